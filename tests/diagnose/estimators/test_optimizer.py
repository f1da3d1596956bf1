"""The optimizer is told as it is: its family, its settings, and how far it is from the edge."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.identification import Family
from tb_convergence.diagnose.estimators.optimizer import Basis, Source, portrait
from tb_convergence.series import Series
from tests.diagnose.cut import cut
from tests.diagnose.networks import Mlp, train
from tests.diagnose.simulate import adam, parabola, sgd

KERAS = {"class": "SGD", "config": {"learning_rate": 0.1, "momentum": 0.9, "weight_decay": None}}


def configured(series: Series, **config: float) -> Series:
    """The same run with these settings."""
    return replace(series, optimizer={"class": "SGD", "config": {**KERAS["config"], **config}})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("momentum", "nesterov", "family"),
    [(0.0, False, Family.DESCENT), (0.9, False, Family.MOMENTUM), (0.9, True, Family.NESTEROV)],
)
def test_settings_are_read_from_the_updates(momentum: float, family: Family, *, nesterov: bool) -> None:
    """Beside what was configured."""
    found = portrait(configured(train(Mlp((64, 16, 10)), sgd(0.1, momentum, nesterov=nesterov), 40)))
    assert found.family is family
    settings = {s.name: s for s in found.settings}
    assert settings["learning_rate"].identified == pytest.approx(0.1, rel=1e-4)
    assert settings["momentum"].identified == pytest.approx(momentum, abs=1e-4)
    assert settings["momentum"].agrees == (momentum == 0.9)
    assert settings["weight_decay"].agrees


def test_the_edge_of_a_parabola_is_exact() -> None:
    """Curvature 2 at every quantile; 1.5 · 2 lies beyond 2 in every step measured."""
    found = portrait(parabola(sgd(1.5), 20)).stability
    assert found is not None
    assert (found.basis, found.source, found.noisy) == (Basis.RECURRENCE, Source.SUCCESSIVE, False)
    np.testing.assert_allclose([found.number, found.limit, *found.curvature], [3.0, 2.0, *[2.0] * 21], rtol=1e-5)
    assert (found.steps, found.above, found.first_above) == (19, 19, 1)


def test_minibatches_are_told_from_a_loss_without_noise() -> None:
    """Their curvature is an upper bound only."""
    found = portrait(train(Mlp((64, 16, 10)), sgd(1e-2), 60)).stability
    assert found is not None
    assert found.noisy


def test_adam_on_minibatches_has_no_number_and_says_what_to_do() -> None:
    """Silence with a reason rather than a wrong limit."""
    found = portrait(train(Mlp((64, 16, 10)), adam(1e-3), 40))
    assert (found.family, found.stability) == (Family.UNKNOWN, None)
    assert "loss_fn=" in (found.reason or "")


def test_a_batch_looked_at_twice_tells_any_optimizer_how_far_its_step_went() -> None:
    """With Adam, too: landing at −0.5 of the slope is 1.5 of the way to the minimum, and 2 is the limit."""
    series = train(Mlp((64, 16, 10)), adam(1e-3), 40)
    looked = {"slope_before": np.full(40, -1.0), "slope_after": np.full(40, 0.5), "learning_rate": np.full(40, 1e-3)}
    found = portrait(replace(series, step_values={**series.step_values, **looked})).stability
    assert found is not None
    assert (found.basis, found.source, found.noisy) == (Basis.STEP, Source.SAME_BATCH, False)
    np.testing.assert_allclose([found.number, found.limit, found.learning_rate], [1.5, 2.0, 1e-3])
    np.testing.assert_allclose(found.curvature, 1500.0)


def test_only_the_steps_asked_for_count() -> None:
    """A page that is zoomed in."""
    found = portrait(parabola(sgd(1.5), 20), slice(5, 10))
    assert (found.updates, found.stability.first_above if found.stability else None) == (5, 5)


def test_nesterov_on_one_parameter_is_not_called_wrong() -> None:
    """There it is the same as a smaller momentum without: what was configured is neither confirmed nor denied."""
    found = portrait(configured(parabola(sgd(0.1, 0.9, nesterov=True), 40), nesterov=True))
    assert found.family is Family.MOMENTUM
    assert {s.name: s.agrees for s in found.settings}["momentum"] is None


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_short_run_is_no_error(steps: int) -> None:
    """It says how many steps it takes."""
    found = portrait(cut(parabola(sgd(0.1), 4), steps))
    assert found.stability is not None or (found.reason or "").startswith("It takes 4 steps")


def test_numbers_that_are_not_finite_are_left_out() -> None:
    """A run that overflows."""
    found = portrait(parabola(sgd(1e30), 30))
    assert found.stability is None or np.isfinite(found.stability.number)


def test_a_constant_run_has_no_updates() -> None:
    """A learning rate of zero."""
    assert portrait(parabola(sgd(0.0), 10)).updates == 0
