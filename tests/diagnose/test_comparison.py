"""Two runs side by side: what is told of them."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.comparison import Difference, compare
from tb_convergence.series import Series
from tests.diagnose.cut import cut
from tests.diagnose.networks import Mlp, train
from tests.diagnose.simulate import parabola, sgd


def _named(series: Series, run: str, **changes: object) -> Series:
    return replace(series, run=run, **changes)  # type: ignore[arg-type]  # any field


def test_the_learning_rate_is_named_as_what_explains_a_divergence() -> None:
    """The article's second example against a rate that converges, in either order."""
    high, low = _named(parabola(sgd(1.5), 20), "high"), _named(parabola(sgd(0.1), 40), "low")
    for found in (compare(high, low), compare(low, high)):
        assert found.explanation is not None
        assert found.explanation.kind == "learning_rate"
        assert sorted(float(v or 0) for v in found.explanation.values) == pytest.approx([0.1, 1.5])
        assert "They part at step 0" in found.summary
        assert "high does worse (diverged); what explains it is the learning rate, 1.5 instead of 0.1." in found.summary


def test_momentum_is_seen_in_the_updates_alone() -> None:
    """No optimizer was named to the recorder."""
    found = compare(_named(parabola(sgd(0.1, 0.9), 100), "a"), _named(parabola(sgd(0.1, 0.3), 100), "b"))
    assert [d.kind for d in found.differences] == ["momentum"]
    assert found.differences[0].values == pytest.approx((0.9, 0.3), rel=1e-3)


def test_equal_runs_differ_in_nothing() -> None:
    """And nothing is explained."""
    run = parabola(sgd(0.1), 30)
    found = compare(_named(run, "a"), _named(run, "b"))
    assert (found.parting, found.differences, found.explanation) == (None, (), None)
    assert found.summary == "They do not part on the steps that both have recorded. Neither does clearly worse."


def test_settings_that_a_user_chose_are_told() -> None:
    """Class and configuration of the optimizer; not set and zero are the same."""
    run = parabola(sgd(0.1), 30)
    plain = {"class": "SGD", "config": {"momentum": 0.0, "clipnorm": None}}
    clipped = {"class": "Adam", "config": {"clipnorm": 1.0, "nesterov": False}}
    found = compare(_named(run, "a", optimizer=plain), _named(run, "b", optimizer=clipped))
    assert found.differences == (
        Difference("optimizer", "optimizer", ("SGD", "Adam")),
        Difference("clipping", "clipnorm", (None, 1.0)),
    )


def test_initial_weights_activations_and_variables_are_told() -> None:
    """Ten times the initial weights; another seed of the same initializer is none."""
    net = Mlp((64, 32, 10))
    usual, other = train(net, sgd(0.1), 20, seed=1), train(net, sgd(0.1), 20, seed=2)
    assert compare(usual, other).differences == ()
    weights = {**usual.values, "weight_norm": usual.norm("weight") * 10}
    kinds = {d.kind for d in compare(replace(usual, values=weights), other).differences}
    assert kinds == {"initial_weight"}
    first, *rest = usual.variables
    tanh = replace(usual, variables=(replace(first, activation="tanh"), *rest))
    relu = replace(other, variables=(replace(first, activation="relu"), *rest))
    assert [(d.kind, d.values) for d in compare(tanh, relu).differences] == [("activation", ("tanh", "relu"))]
    missing = replace(other, variables=(replace(first, name="extra"), *rest))
    assert [(d.name, d.values[0] is None) for d in compare(usual, missing).differences] == [
        (first.name, False),
        ("extra", True),
    ]


def test_the_same_model_built_twice_differs_in_nothing() -> None:
    """Keras goes on counting: the second model's first layer is dense_3."""
    first = train(Mlp((64, 32, 32, 10)), sgd(0.1), 40, seed=1)
    names = [f"dense_{i}" if i else "dense" for i in range(6)]
    plain = _with_names(_named(first, "a"), names[:3])
    again = _with_names(_named(train(Mlp((64, 32, 32, 10)), sgd(0.2), 40, seed=1), "b"), names[3:])
    found = compare(plain, again)
    assert [d.kind for d in found.differences] == ["learning_rate"]
    assert found.parting is not None
    assert (found.parting.step, found.parting.statistic, found.parting.variable) == (0, "update_norm", "dense/kernel")
    assert " in a, " in found.summary


def _with_names(series: Series, layers: list[str]) -> Series:
    """The same, its variables named as Keras names those of ``layers``, kernel and bias in turn."""
    names = [f"{layers[i // 2]}/{'bias' if i % 2 else 'kernel'}" for i in range(len(series.variables))]
    return replace(series, variables=tuple(replace(v, name=n) for v, n in zip(series.variables, names, strict=True)))


def test_another_activation_in_every_layer_is_one_difference() -> None:
    """Nobody changes it layer by layer; where nothing else differs, it explains the outcome."""
    run = train(Mlp((64, 32, 32, 10)), sgd(0.1), 40, seed=1)
    loss = 2.3 * np.exp(np.linspace(0.0, 4.0, 40))
    worse = replace(_with_activation(run, "tanh"), step_values={**run.step_values, "loss": loss})
    found = compare(worse, _with_activation(run, "relu"))
    assert len(found.differences) == len(run.variables)
    assert found.explanation == found.differences[0]
    assert found.summary.endswith("what explains it is the activation of dense_0/kernel, tanh instead of relu.")


def _with_activation(series: Series, activation: str) -> Series:
    """The same, under the name of ``activation``, which all its layers have."""
    return _named(series, activation, variables=tuple(replace(v, activation=activation) for v in series.variables))


def test_what_nothing_explains_is_said() -> None:
    """A worse run whose settings are the same: a gradient that is 20 times too long in a function of the same step."""
    worse, better = parabola(sgd(0.1), 20, factor=20.0), parabola(sgd(0.1), 40)
    found = compare(_named(worse, "a"), _named(better, "b"))
    assert found.explanation is None
    assert "nothing that was recorded of its settings differs" in found.summary


def test_an_empty_run_is_compared_with_nothing() -> None:
    """No row on one side, or on both."""
    empty = cut(parabola(sgd(0.1), 30), 0)
    assert compare(empty, parabola(sgd(0.1), 30)).parting is None
    assert compare(empty, empty).differences == ()
