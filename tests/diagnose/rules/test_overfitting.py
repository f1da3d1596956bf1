"""A validation loss that turns while training goes on is told, with the step to stop at."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.overfitting import RULE
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence
from tests.diagnose.networks import Mlp, digits, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.simulate import Array, adam, parabola, sgd


def _data(wrong: float) -> tuple[Array, Array]:
    """A hundred digits, some of them with the wrong label."""
    rng, (x, labels) = np.random.default_rng(0), digits()
    return x[:100], np.where(rng.random(100) < wrong, rng.integers(0, 10, 100), labels[:100])


def test_a_few_wrong_labels_learned_by_heart_are_overfitting() -> None:
    """Validation turns early; the step is named."""
    validation = (digits()[0][1000:], digits()[1][1000:])
    series = train(Mlp((64, 128, 10)), adam(3e-3), 600, data=_data(0.3), validation=validation)
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert answer.severity is Severity.WARNING
    values = series.step("metric/val_loss")
    assert answer.row is not None
    assert values[answer.row] < 1.1 * np.nanmin(values)


def test_enough_data_are_clear() -> None:
    """The same net on a thousand."""
    x, labels = digits()
    series = train(
        Mlp((64, 64, 10)), adam(1e-3), 600, data=(x[:1000], labels[:1000]), validation=(x[1000:], labels[1000:])
    )
    assert isinstance(ask(RULE, series), Clear)


def _asked(validation: Array, loss: Array | None = None, name: str = "metric/val_loss") -> Answer:
    series = parabola(sgd(0.01), len(validation))
    values = {**series.step_values, name: validation}
    return ask(RULE, replace(series, step_values=values | ({} if loss is None else {"loss": loss})))


def test_it_must_rise_by_a_tenth_and_for_good() -> None:
    """Noise, a small rise, and a rise that comes back are clear."""
    fall, steps = np.geomspace(2.0, 0.5, 20), np.ones(20)
    noise = 0.05 * np.random.default_rng(0).normal(size=20)
    assert isinstance(_asked(np.concatenate([fall, 0.5 * steps])), Clear)
    assert isinstance(_asked(np.concatenate([fall, 0.53 * steps])), Clear)
    assert isinstance(_asked(np.concatenate([fall, 0.5 * steps + noise])), Clear)
    assert isinstance(_asked(np.concatenate([fall, np.geomspace(0.5, 1.0, 20), 0.4 * steps])), Clear)
    assert isinstance(_asked(np.concatenate([fall, np.geomspace(0.5, 1.0, 20)])), Found)


def test_a_run_that_breaks_as_a_whole_does_not_overfit() -> None:
    """Training rises as well."""
    both = np.concatenate([np.geomspace(2.0, 0.5, 20), np.geomspace(0.5, 5.0, 20)])
    assert isinstance(_asked(both, loss=both), Clear)


def test_without_validation_it_asks_for_it() -> None:
    """Other metrics are none."""
    for name in ("metric/accuracy", "metric/loss_scale", "val_loss"):
        answer = _asked(np.ones(30), name=name)
        assert isinstance(answer, NotApplicable)
        assert "metrics=" in answer.reason
    assert isinstance(_asked(np.ones(3)), NotEnoughEvidence)
    assert isinstance(_asked(np.full(30, np.nan)), NotEnoughEvidence)


def test_a_net_that_learned_by_heart_is_told() -> None:
    """Training at nothing, validation at forty percent of its start; information where that fell too."""
    high, low = np.append([2.0, 1.0], np.full(38, 0.8)), np.append([2.0, 1.0], np.full(38, 0.1))
    falling = np.geomspace(2.0, 1e-4, 40)
    answer = _asked(high, loss=falling)
    assert isinstance(answer, Found)
    assert "by heart" in answer.summary
    fell = _asked(low, loss=falling)
    assert isinstance(fell, Found)
    assert (answer.severity, fell.severity) == (Severity.WARNING, Severity.INFO)
    assert isinstance(_asked(high, loss=-falling), Clear)


def test_a_gap_that_opens_is_information() -> None:
    """Validation keeps four tenths of its loss, training a tenth; in a run that went wrong nothing is said."""
    series = train(Mlp((64, 16, 10)), sgd(0.1), 200)
    left = np.exp(-np.arange(200) / 80.0)
    for training, raised in ((left, True), (np.exp(np.arange(200) / 20.0), False)):
        values = {"loss": 2.3 * training, "metric/val_loss": 2.3 * np.maximum(left, 0.4)}
        answer = ask(RULE, replace(series, step_values={**series.step_values, **values}))
        assert isinstance(answer, Found) is raised
        assert not isinstance(answer, Found) or answer.severity is Severity.INFO


@pytest.mark.parametrize(("kept", "left", "told"), [(0.12, 0.005, True), (0.12, 0.04, False), (0.008, 0.0001, False)])
def test_what_was_learned_by_heart_is_told_from_a_tenth_of_the_first_loss(
    kept: float, left: float, *, told: bool
) -> None:
    """Or from a hundredth, where there is ten times less of training; below, validation has learned well enough."""
    series, falls = train(Mlp((64, 16, 10)), sgd(0.1), 200), np.exp(-np.arange(200) / 20.0)
    values = {"loss": 2.3 * np.maximum(falls, left), "metric/val_loss": 2.3 * np.maximum(falls, kept)}
    assert isinstance(ask(RULE, replace(series, step_values={**series.step_values, **values})), Found) is told


def test_a_training_loss_below_zero_may_fall_on_as_well() -> None:
    """As of counts; validation is told by its own logarithm, which it has."""
    turned = np.concatenate([np.geomspace(2.0, 0.5, 20), np.geomspace(0.5, 1.0, 20)])
    answer = _asked(turned, loss=np.linspace(1.0, -1.0, 40))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.WARNING
    assert isinstance(
        _asked(turned, loss=np.concatenate([np.linspace(1.0, -1.0, 20), np.linspace(-1.0, 1.0, 20)])), Clear
    )


@pytest.mark.parametrize(("left", "told"), [(0.03, True), (0.005, False)])
def test_a_wide_gap_is_information_though_validation_went_well(left: float, *, told: bool) -> None:
    """Where more than ten times as much is left of validation as of training, and more than a hundredth."""
    answer = _asked(np.geomspace(1.0, left, 40), loss=np.geomspace(1.0, 1e-4, 40))
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or answer.severity is Severity.INFO
