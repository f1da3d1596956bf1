"""Published architectures with random weights: every gradient is recorded under its own variable's name.

Each variable is given a gradient of a norm of its own; the record must show that norm under that variable's name. In
ResNet50 and InceptionV3 the order in which variables were made is not the order in which a model lists them.
"""

import pathlib
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import tb_convergence
from tb_convergence.record.matching import match
from tb_convergence.record.naming import names
from tb_convergence.record.observer import notes
from tests.record.written import Written, read_one

MODELS: dict[str, tuple[Callable[..., Any], int]] = {
    "ResNet50": (keras.applications.ResNet50, 32),
    "InceptionV3": (keras.applications.InceptionV3, 75),
    "MobileNetV2": (keras.applications.MobileNetV2, 32),
    "DenseNet121": (keras.applications.DenseNet121, 32),
}


class Planted:
    """A model's variables under the loss Σᵥ aᵥ Σ v, whose gradient has the norm that was planted."""

    def __init__(self, variables: list[Any]) -> None:
        self.variables = variables
        self.norms = np.arange(1.0, len(variables) + 1)
        self.factors = [n / np.sqrt(np.prod(v.shape)) for n, v in zip(self.norms, variables, strict=True)]

    def gradients(self) -> tuple[tf.GradientTape, list[Any]]:
        """The tape, and what it returned."""
        with tf.GradientTape() as tape:
            loss = tf.add_n([tf.reduce_sum(v.value * a) for v, a in zip(self.variables, self.factors, strict=True)])
        return tape, tape.gradient(loss, self.variables)

    def log(self, given: Callable[[Any], Any], **options: Any) -> None:
        """One step; ``given`` changes what ``log_step`` is given."""
        tape, grads = self.gradients()
        tb_convergence.log_step(tape, given(grads), **options)


def assert_planted(got: Written, expected: dict[str, float]) -> None:
    """Each norm under its own name."""
    known = [v.name for v in got.manifest.variables]
    assert len(set(known)) == len(known)
    found = dict(zip(known, got.values["gradient_norm"][-1], strict=True))
    assert found.keys() == expected.keys()
    np.testing.assert_allclose([found[n] for n in expected], list(expected.values()), rtol=1e-4)


CHANGES: dict[str, tuple[Callable[[Any], Any], float]] = {
    "as they are": (list, 1.0),
    "scaled": (lambda g: [0.5 * x for x in g], 0.5),
    "in reverse": (lambda g: g[::-1], 1.0),
}


def planted_in(name: str) -> tuple[Planted, dict[str, float]]:
    """A model's variables with their gradients, and the norm of each by the variable's path."""
    build, size = MODELS[name]
    planted = Planted(list(build(weights=None, input_shape=(size, size, 3), classes=10).trainable_variables))
    paths = {v.path: n for v, n in zip(planted.variables, planted.norms, strict=True)}
    assert len(paths) == len(planted.variables)
    return planted, paths


@pytest.mark.parametrize("name", MODELS)
def test_every_gradient_belongs_to_its_own_name(name: str) -> None:
    """As they are, as other tensors in the same order, and in reverse."""
    planted, paths = planted_in(name)
    for change, scale in CHANGES.values():
        tape, grads = planted.gradients()
        found = match(change(grads), None, notes(tape), tape.watched_variables())
        norms = [float(tf.norm(g)) / scale for g in found.gradients]
        assert names(found.sources) == tuple(v.path for v in found.sources)
        np.testing.assert_allclose(norms, [paths[n] for n in names(found.sources)], rtol=1e-4)


def test_every_gradient_is_recorded_under_its_own_name(tmp_path: pathlib.Path) -> None:
    """Down to the record, in the model whose order of creation is not that of its list."""
    planted, paths = planted_in("ResNet50")
    assert [v.path for v in sorted(planted.variables, key=lambda v: v.value.handle._id)] != list(paths)
    tb_convergence.start(tmp_path)
    planted.log(list)
    tb_convergence.start(tmp_path / "next")  # ends the session: a step without an update waits for one
    assert_planted(read_one(tmp_path), paths)


def test_two_models_of_one_shape_whose_gradients_fit_both(tmp_path: pathlib.Path) -> None:
    """Refused, with both listed and the call that settles it; that call then works."""
    first, second = (keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name=n)]) for n in ("one", "two"))
    tb_convergence.start(tmp_path)
    with tf.GradientTape(persistent=True) as tape:
        loss = tf.reduce_sum(first(tf.ones([1, 3]))) + 2 * tf.reduce_sum(second(tf.ones([1, 3])))
    grads = tape.gradient(loss, first.trainable_variables)
    tape.gradient(loss, second.trainable_variables)
    clipped = [0.5 * g for g in grads]
    with pytest.raises(tb_convergence.AmbiguousGradientsError) as raised:
        tb_convergence.log_step(tape, clipped)
    for part in ("one/kernel (3, 2)", "two/kernel (3, 2)", "one/bias", "two/bias", "variables=["):
        assert part in str(raised.value)
    tb_convergence.log_step(tape, clipped, variables=first.trainable_variables)
    tb_convergence.start(tmp_path / "next")
    assert_planted(read_one(tmp_path), {"one/kernel": 0.5 * np.sqrt(6), "one/bias": 0.5 * np.sqrt(2)})


class Backwards(keras.Model):
    """Called in another order than its attributes are in; all shapes are equal."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = (keras.layers.Dense(3) for _ in range(3))

    def call(self, x: Any) -> Any:
        """First ``c``, then ``a``, then ``b``."""
        return self.b(self.a(self.c(x)))


@pytest.mark.parametrize("change", ["as they are", "scaled"])
def test_a_model_called_in_another_order_than_its_attributes(tmp_path: pathlib.Path, change: str) -> None:
    """Order and shape alone would mix up all of them; depth is the order of the calls."""
    model = Backwards()
    model(tf.ones([1, 3]))
    planted = Planted(list(model.trainable_variables))
    scale = 1.0 if change == "as they are" else 3.0
    tb_convergence.start(tmp_path)
    planted.log(lambda g: [scale * x for x in g] if scale != 1 else g, model=model)
    tb_convergence.start(tmp_path / "next")
    got = read_one(tmp_path)
    own = ["a.kernel", "a.bias", "b.kernel", "b.bias", "c.kernel", "c.bias"]
    assert_planted(got, dict(zip(own, scale * planted.norms, strict=True)))
    depth = {v.name: v.depth for v in got.manifest.variables}
    assert depth["c.kernel"] < depth["a.kernel"] < depth["b.kernel"]
