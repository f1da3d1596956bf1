"""Long runs on disk: fewer rows, the same numbers, and the last steps always there."""

import pathlib
import warnings

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

import tb_convergence
from tb_convergence.read.local import read_logdir
from tb_convergence.record.flight import KEPT
from tb_convergence.record.pacing import AFTER
from tb_convergence.record.recorder import Recorder
from tb_convergence.record.ring import rows_for
from tb_convergence.schema.statistics import COSINES, LENGTHS
from tb_convergence.series import Series
from tests.record.written import expected

RATE, MOMENTUM = 0.05, 0.9
SCALES = np.array([1.0, 4.0], np.float32)


def trained(
    logdir: pathlib.Path, steps: int, *, broken: int | None = None, **pace: float
) -> tuple[Series, NDArray[np.float64]]:
    """Heavy ball on a parabola that is shaken; what was recorded, and the weights, [steps + 1, 2].

    ``broken``: the step from which on the loss is not finite.
    """
    tb_convergence.start(logdir, **pace)  # type: ignore[arg-type]  # every is whole where it is given
    w, velocity = tf.Variable([1.0, -2.0]), tf.Variable([0.0, 0.0])
    noise = tf.constant(np.random.default_rng(0).normal(size=(steps, 2)), tf.float32)

    @tf.function
    def step(i: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(SCALES * w * w) + tf.reduce_sum(noise[i] * w)
            if broken is not None:
                loss = tf.where(i >= broken, tf.constant(np.nan), loss)
        grads = tape.gradient(loss, [w])
        grads = [tf.where(tf.math.is_finite(g), g, tf.zeros_like(g)) for g in grads]
        velocity.assign(MOMENTUM * velocity - RATE * grads[0])
        w.assign_add(velocity)
        tb_convergence.log_step(tape, grads, loss=loss)

    weights = [w.numpy()]
    for i in range(steps):
        step(tf.constant(i))
        weights.append(w.numpy())
    tb_convergence.record.log_step.recorder().flush(final=True)
    (found,) = read_logdir(str(logdir))
    return found.series, np.array(weights, np.float64)


def numbers(weights: NDArray[np.float64], steps: int) -> dict[str, NDArray[np.float64]]:
    """Lengths and cosines of every step, in plain numpy from the weights alone."""
    noise = np.random.default_rng(0).normal(size=(steps, 2)).astype(np.float32)
    return expected(list(weights), list(2.0 * SCALES * weights[:-1] + noise))


@pytest.fixture(scope="module")
def every_tenth(tmp_path_factory: pytest.TempPathFactory) -> tuple[Series, NDArray[np.float64]]:
    """300 steps, of which each tenth is written."""
    return trained(tmp_path_factory.mktemp("every"), 300, every=10)


def test_every_tenth_step_and_the_last_64(every_tenth: tuple[Series, NDArray[np.float64]]) -> None:
    """Read back as one series, in which no step is there twice, and nothing is said to be wrong."""
    series, _ = every_tenth
    assert series.steps.tolist() == [*range(0, 300 - KEPT, 10), *range(300 - KEPT, 300)]
    assert (series.windows == 1).all()
    assert not series.notes


def test_the_previous_step_is_the_one_before_in_training(every_tenth: tuple[Series, NDArray[np.float64]]) -> None:
    """Not the one written before: every length and every cosine is that of plain numpy."""
    series, weights = every_tenth
    want = numbers(weights, 300)
    for name in (*LENGTHS, *COSINES):
        got = series.recorded(name)[:, 0]
        np.testing.assert_allclose(got, want[name][series.steps], rtol=2e-4, atol=2e-5, err_msg=name)


def test_a_small_budget_ends_in_windows(tmp_path: pathlib.Path) -> None:
    """Inner products of every window are the means of those of its steps; the file stays below the budget."""
    series, weights = trained(tmp_path, 2000, max_megabytes=0.05)
    assert sum(p.stat().st_size for p in tmp_path.iterdir()) < 0.05e6
    assert series.windows.max() >= 8
    assert series.windows.sum() == 2000
    np.testing.assert_array_equal(series.steps, np.cumsum(series.windows) - series.windows)
    assert not series.notes
    want = numbers(weights, 2000)
    product = want["gradient_norm"] * want["previous_update_norm"] * want["cosine_gradient_previous_update"]
    for i in np.flatnonzero(series.windows > 1):
        part = slice(series.steps[i], series.steps[i] + series.windows[i])
        np.testing.assert_allclose(
            series.norm("gradient")[i, 0] ** 2, (want["gradient_norm"][part] ** 2).mean(), rtol=1e-4
        )
        np.testing.assert_allclose(
            series.inner("gradient", "previous_update")[i, 0], product[part].mean(), rtol=1e-3, atol=1e-5
        )
        assert series.recorded("update_norm_largest")[i, 0] == pytest.approx(want["update_norm"][part].max(), rel=1e-4)


def test_what_breaks_in_a_long_run_is_there_step_by_step(tmp_path: pathlib.Path) -> None:
    """The loss turns NaN in the midst of windows."""
    series, _ = trained(tmp_path, 5000, broken=4444, max_megabytes=0.4)
    single = set(series.steps[series.windows == 1].tolist())
    assert set(range(4445 - KEPT, 4445 + AFTER)) <= single
    assert np.isnan(series.step("loss")[series.steps == 4444]).all()
    assert np.isfinite(series.step("loss")[series.steps < 4444]).all()
    assert series.windows.sum() == 5000
    assert series.windows.max() > 1


@pytest.mark.parametrize(
    "wrong", [{"every": 0}, {"every": 1.5}, {"every": True}, {"max_megabytes": 0}, {"max_megabytes": "1"}]
)
def test_a_wrong_setting_is_told(tmp_path: pathlib.Path, wrong: dict[str, object]) -> None:
    """With its name, what was expected and what came."""
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}: expected"):
        tb_convergence.start(tmp_path, **wrong)  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize(("compiled", "kept"), [(False, 5000), (True, rows_for(1) - 1)])
def test_a_loop_inside_one_function(tmp_path: pathlib.Path, compiled: bool, kept: int) -> None:
    """A plain tf.function is read while it runs. XLA gives nothing out before its end: the newest rows, a warning."""
    recorder = Recorder()
    w = tf.Variable([1.0, 2.0])

    @tf.function(jit_compile=compiled)
    def train() -> None:
        for _ in tf.range(5000):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(w * w)
            grads = tape.gradient(loss, [w])
            w.assign_sub(1e-4 * grads[0])
            tb_convergence.log_step(tape, grads)

    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        patch.setattr("tb_convergence.record.log_step._RECORDER", recorder)
        tb_convergence.start(tmp_path)
        train()
        recorder.flush(final=True)
    (found,) = read_logdir(str(tmp_path))
    steps = found.series.steps
    np.testing.assert_array_equal(steps, np.arange(5000 - len(steps), 5000))
    assert kept // 2 < len(steps) <= kept
    lost = [w.message for w in caught if "overwritten" in str(w.message)]
    assert len(lost) == (1 if compiled else 0)
    assert not compiled or f"({5000 - len(steps)} lost so far)" in str(lost[0])
