"""Of a large group an eighth is read whole at each step; in between, norms are those of samples, put right."""

import pathlib
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import tb_convergence
from tb_convergence.record import host
from tb_convergence.record.assembly import BLOCK, EXTRAS, SAMPLE_NORM, Assembly
from tb_convergence.record.exact import LONGEST
from tb_convergence.record.samples import Samples
from tb_convergence.record.sampling import limit_for
from tb_convergence.record.statistics import gradient_extremes
from tb_convergence.record.turns import READ_AT_ONCE, TURNS, Turns, turns
from tb_convergence.schema.manifest import Variable
from tests.record.written import read_one

SHAPES = [(300, 300), (300,)] * 16
WAYS = [lambda f: f, tf.function, tf.function(jit_compile=True), None]
ways = pytest.mark.parametrize("way", WAYS, ids=["eager", "graph", "xla", "host"])


class Reader:
    """Reads one step after the other, as a group does."""

    def __init__(self, shapes: list[tuple[int, ...]], way: Any) -> None:
        self.samples = Samples(
            [Variable(str(i), s, "float32", i) for i, s in enumerate(shapes)], limit_for(len(shapes))
        )
        self.turns = Turns(shapes)
        self.assembly = Assembly(self.samples.sizes, 0, len(EXTRAS), self.turns.several)
        self.steps = 0
        self._read = None if way is None else way(self._in_tensorflow)

    def _in_tensorflow(self, gradients: list[Any], number: Any) -> Any:
        pieces = self.samples.pieces(gradients, self.turns.parts)
        found = gradient_extremes(self.turns.joined(pieces), self.samples.taken.astype(np.float64))
        return tf.concat([found, self.turns.read(gradients, pieces, number)], 1)

    def _on_host(self, gradients: list[Any]) -> Any:
        found = host.extremes(self.samples.batch_on_host(gradients), self.samples.taken)
        odd = [g is not None and not np.isfinite(f[SAMPLE_NORM]) for g, f in zip(gradients, found, strict=True)]
        read = host.exact(gradients, self.turns.due(self.steps, odd))
        return np.concatenate([found, read], 1)

    def step(self, gradients: list[Any]) -> Any:
        """[V, 3]."""
        if self._read is None:
            extras = self._on_host(gradients)
        else:
            given = [None if g is None else tf.constant(g, tf.float32) for g in gradients]
            extras = self._read(given, tf.constant(self.steps, tf.int64)).numpy()
        head = [self.steps, 0, 1, 0, self.steps]
        self.steps += 1
        cell = np.concatenate([head, np.zeros(len(extras) * BLOCK), extras.ravel()])
        row = self.assembly.rows(cell[None])[0, 2:].reshape(len(extras), -1)
        return row[:, [1, 17, 18]]  # ‖g‖, and after five lengths, ten cosines and two extremes the count and the share


def drawn(seed: int, scale: float = 1.0) -> list[Any]:
    """Gradients whose columns differ in scale, so that a sample falls short of the whole; the first is dead."""
    rng = np.random.default_rng(seed)
    made = [scale * rng.normal(size=s) * np.linspace(0.1, 2.0, s[-1]) for s in SHAPES]
    for g in made:
        g[..., 0] = 0.0
    return [g.astype(np.float32) for g in made]


def norms(gradients: list[Any]) -> Any:
    """The twin."""
    return np.array([np.linalg.norm(g.astype(np.float64)) for g in gradients])


def test_small_groups_are_read_at_every_step() -> None:
    """There it costs nothing to speak of."""
    assert turns([(512, 1024)]) == [[0]]
    assert turns([]) == [[]]
    assert len(turns([(READ_AT_ONCE + 1,)])) == TURNS


def test_every_variable_of_a_large_group_has_a_turn_or_is_read_always() -> None:
    """Neighbours together, about as many elements in each turn; what may be an embedding at every step."""
    found = turns([*SHAPES, (LONGEST + 1, 8)])
    places = [i for turn in found for i in turn]
    assert places == list(range(len(SHAPES)))
    sizes = [sum(np.prod(SHAPES[i]) for i in turn) for turn in found]
    assert max(sizes) < 1.5 * min(sizes)


@ways
def test_all_are_read_at_first_and_each_again_in_its_turn(way: Any) -> None:
    """Exactly, whatever its sample says."""
    reader, own = Reader(SHAPES, way), turns(SHAPES)
    for step in range(TURNS + 1):
        gradients = drawn(step, scale=10.0**step)
        found = reader.step(gradients)
        read = range(len(SHAPES)) if step == 0 else own[step % TURNS]
        np.testing.assert_allclose(found[read, 0], norms(gradients)[read], rtol=1e-6)
        np.testing.assert_allclose(found[:, 0], norms(gradients), rtol=0.2)
        np.testing.assert_array_equal(found[:, 1], 0)
        np.testing.assert_allclose(found[::2, 2], 1 / 300)
        assert np.isnan(found[1::2, 2]).all()


def test_an_estimate_is_the_sample_times_what_it_fell_short_of() -> None:
    """A multiple of the gradient that was read whole is known exactly; and what a sample takes whole is exact."""
    reader, gradients = Reader(SHAPES, WAYS[0]), drawn(0)
    reader.step(gradients)
    found = reader.step([3 * g for g in gradients])
    np.testing.assert_allclose(found[:, 0], 3 * norms(gradients), rtol=1e-6)


@ways
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_all_are_read_when_a_sample_is_not_finite(way: Any, bad: float) -> None:
    """Then the counts are those of all elements, in every variable."""
    reader, gradients = Reader(SHAPES, way), drawn(0)
    for _ in range(2):
        reader.step(gradients)
    hurt = drawn(1)
    hurt[10][:, 5:] = bad
    hurt[31][3] = bad
    found = reader.step(hurt)
    counts = np.zeros(len(SHAPES))
    counts[[10, 31]] = 300 * 295, 1
    np.testing.assert_array_equal(found[:, 1], counts)
    np.testing.assert_array_equal(np.isnan(found[:, 0]), counts > 0)
    after = reader.step(gradients)
    np.testing.assert_allclose(after[:, 0], norms(gradients), rtol=0.2)


@pytest.mark.parametrize("scale", [0.0, 1e-30, 1e30])
def test_scales_of_any_size(scale: float) -> None:
    """Squares that float32 does not hold, and a network whose gradient has vanished for a while."""
    reader = Reader(SHAPES, WAYS[0])
    for step in range(3):
        gradients = drawn(step, scale)
        np.testing.assert_allclose(reader.step(gradients)[:, 0], norms(gradients), rtol=0.2)
    gradients = drawn(3)
    np.testing.assert_allclose(reader.step(gradients)[:, 0], norms(gradients), rtol=0.2)


def test_a_missing_gradient_stays_missing() -> None:
    """And the others are read as before."""
    reader, gradients = Reader(SHAPES, WAYS[0]), drawn(0)
    missing: list[Any] = [*gradients[:4], None, *gradients[5:]]
    for _ in range(3):
        found = reader.step(missing)
        assert np.isnan(found[4]).all()
        np.testing.assert_allclose(np.delete(found[:, 0], 4), np.delete(norms(gradients), 4), rtol=1e-6)


@pytest.mark.parametrize("jit", [None, True])
def test_a_large_model_is_recorded_by_turns(tmp_path: pathlib.Path, jit: bool | None) -> None:
    """Down to the record, which says so; a gradient that only grows is known exactly at every step."""
    variables = [tf.Variable(g) for g in drawn(0)]
    scale = tf.Variable(1.0)

    @tf.function(jit_compile=jit)
    def train() -> None:
        with tf.GradientTape() as tape:
            loss = tf.add_n([tf.reduce_sum(v * g) for v, g in zip(variables, given, strict=True)]) * scale
        grads = tape.gradient(loss, variables)
        for v, g in zip(variables, grads, strict=True):
            v.assign_sub(0.1 * g)
        tb_convergence.log_step(tape, grads)

    given = [tf.constant(g) for g in drawn(1)]
    tb_convergence.start(tmp_path)
    for factor in (1.0, 3.0, 9.0):
        scale.assign(factor)
        train()
    tb_convergence.flush()
    written, growth = read_one(tmp_path), np.array([[1.0], [3.0], [9.0]])
    assert written.manifest.recorder["whole_every"] == TURNS
    np.testing.assert_allclose(written.values["gradient_norm"], growth * norms(drawn(1)), rtol=1e-5)
    np.testing.assert_allclose(written.values["update_norm"], 0.1 * growth * norms(drawn(1)), rtol=1e-3)
    np.testing.assert_array_equal(written.values["gradient_nonfinite_count"], 0)
    np.testing.assert_allclose(written.values["dead_unit_fraction"][:, ::2], 1 / 300, rtol=1e-6)
