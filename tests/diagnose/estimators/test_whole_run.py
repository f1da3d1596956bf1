"""The optimizer of a whole run: with its first step, and where the rounding of the weights blurs its steps."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.identification import (
    EXACT,
    HEAVY,
    Family,
    Normal,
    evenly,
    row_equations,
    solved,
    whole,
)
from tb_convergence.diagnose.estimators.whole_run import AS_GOOD, BLURRED, by_rounding, fit_all, through_rounding
from tb_convergence.series import Series
from tests.diagnose.simulate import Recording, Update, sgd


def _bowl(update: Update, steps: int, curvatures: list[float], *, start: float = 1.0) -> Series:
    """½ Σ hᵢ wᵢ², recorded."""
    recording, w, h = Recording(["w"]), np.full(len(curvatures), start), np.array(curvatures)
    with np.errstate(all="ignore"):
        for _ in range(steps):
            (delta,) = update([w], [h * w])
            recording.step([w], [h * w], [w + delta])
            w = w + delta
    return recording.series()


@pytest.mark.parametrize(("rate", "momentum"), [(209.0, 0.95), (17.4, 0.7)])
def test_a_momentum_is_told_in_a_run_that_blows_up_along_one_direction(rate: float, momentum: float) -> None:
    """From the first step, which had none: later ones are parallel to their gradients, which fits any."""
    series = _bowl(sgd(rate, momentum), 60, [0.5, 0.005])
    found = fit_all(series, evenly(row_equations(series)))
    assert found.learning_rate[0] == pytest.approx(rate, rel=1e-4)
    assert found.momentum[0] == pytest.approx(momentum, rel=1e-3)


def test_a_run_of_one_step_shows_its_rate() -> None:
    """Where it is of more numbers than one, and the update is along the gradient: one that goes on has more in it."""
    for momentum, size, known in ((0.0, 6, True), (0.9, 6, True), (0.0, 1, False)):
        series = _bowl(sgd(0.03, momentum), 1, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0][:size])
        found = fit_all(series, evenly(row_equations(series)))
        assert found.learning_rate[0] == pytest.approx(0.03 if known else np.nan, rel=1e-6, nan_ok=True)
    resumed, velocity = Recording(["w"]), np.array([0.3, -0.2, 0.1])
    resumed.step([np.ones(3)], [np.ones(3)], [np.ones(3) + velocity - 0.1])
    series = resumed.series()
    assert np.isnan(fit_all(series, evenly(row_equations(series))).learning_rate[0])


def test_a_run_that_goes_on_from_elsewhere_is_identified_without_its_first_step() -> None:
    """Whose update has a momentum in it that was not recorded."""
    update = sgd(0.05, 0.8)
    _bowl(update, 5, [1.0, 0.4, 0.3])
    series = _bowl(update, 30, [1.0, 0.4, 0.3])
    found = fit_all(series, evenly(row_equations(series)))
    assert found.momentum[0] == pytest.approx(0.8, rel=1e-3)


def _rounded(rate: float, momentum: float, *, nesterov: bool = False, steps: int = 60, noise: float = 0.4) -> Series:
    """4,000 weights in float32 under gradients of many sizes, which change by ``noise`` of themselves at each step."""
    rng = np.random.default_rng(1)
    recording, w = Recording(["w"]), (0.1 * rng.normal(size=4000)).astype(np.float32)
    sizes = np.exp(1.5 * rng.normal(size=4000)) / 100.0
    g, velocity = sizes * rng.normal(size=4000), np.zeros(4000)
    for _ in range(steps):
        velocity = momentum * velocity - rate * g
        after = (w + (momentum * velocity - rate * g if nesterov else velocity)).astype(np.float32)
        recording.step([w.astype(float)], [g], [after.astype(float)])
        g, w = (1.0 - noise**2) ** 0.5 * g + noise * sizes * rng.normal(size=4000), after
    return recording.series()


@pytest.mark.parametrize(
    ("rate", "momentum", "nesterov"), [(3e-7, 0.0, False), (1e-6, 0.0, False), (6e-8, 0.9, False), (6e-8, 0.9, True)]
)
def test_steps_that_rounding_blurs_are_identified(rate: float, momentum: float, nesterov: bool) -> None:
    """No model is exact there; the sparsest one that leaves no more than rounding takes is right to 1 %."""
    series = _rounded(rate, momentum, nesterov=nesterov)
    rows = evenly(row_equations(series))
    run = whole(rows)
    assert 1e-3 < run.noise[0] / run.c[0] < BLURRED
    found = fit_all(series, rows)
    family = Family.NESTEROV if nesterov else Family.MOMENTUM if momentum else Family.DESCENT
    assert found.family(0) is family
    assert found.learning_rate[0] == pytest.approx(rate, rel=0.01)
    assert found.momentum[0] == pytest.approx(momentum, rel=0.01)
    assert found.residual[0] > EXACT


def test_steps_that_rounding_swallows_are_not() -> None:
    """Most of them do not change a weight at all: the rate would seem smaller than it is."""
    series = _rounded(3e-8, 0.0)
    assert fit_all(series, evenly(row_equations(series))).model[0] < 0


def test_a_momentum_that_would_not_have_shown_is_not_denied() -> None:
    """Where gradients hardly change, a rate ten times as large explains the steps of momentum as well."""
    for momentum in (0.0, 0.9):
        rate = 1e-6 * (1.0 - momentum)
        series = _rounded(rate, momentum, noise=0.003, steps=200)
        found = through_rounding(by_rounding(series))
        assert np.isnan(found.learning_rate[0]) or found.learning_rate[0] == pytest.approx(rate, rel=0.05)


def test_what_is_not_rounding_is_not_taken_for_it() -> None:
    """Updates of which 1 % is noise of another kind, of weights that rounding does not touch."""
    rng = np.random.default_rng(2)
    recording, w = Recording(["w"]), rng.normal(size=100)
    for _ in range(30):
        g = rng.normal(size=100)
        recording.step([w], [g], [w - 0.1 * g + 0.01 * rng.normal(size=100)])
    series = recording.series()
    assert fit_all(series, evenly(row_equations(series))).model[0] < 0


def test_a_bias_shows_the_rate_that_is_lost_in_a_kernel() -> None:
    """Its weights are near zero, so that hardly anything of its updates is rounded away."""
    rng, rate = np.random.default_rng(3), 0.1
    recording, w, b = (
        Recording(["kernel", "bias"]),
        rng.normal(size=50).astype(np.float32),
        np.array([1e-4], np.float32),
    )
    for t in range(60):
        g, h = 1e-6 * rng.normal(size=50), 1e-6 * np.array([np.cos(t / 9.0)])
        after = (w - rate * g).astype(np.float32), (b - rate * h).astype(np.float32)
        recording.step([w.astype(float), b.astype(float)], [g, h], [x.astype(float) for x in after])
        w, b = after
    series = recording.series()
    rows = evenly(row_equations(series))
    assert through_rounding(whole(rows)).model[0] < 0
    assert fit_all(series, rows).learning_rate[0] == pytest.approx(rate, rel=0.01)


@pytest.mark.parametrize(("decay", "told"), [(2e-8, False), (1e-7, True)])
def test_a_decay_that_would_be_rounded_away_is_none(decay: float, told: bool) -> None:
    """Weights less half a unit in their last place, 6e-8 of them, are the same weights: what looks so is rounding."""
    rate = 3e-7
    run = by_rounding(_rounded(rate, 0.0))
    more = -2.0 * decay * run.b[:, 3] + decay**2 * run.a[:, 3, 3]
    run = Normal(run.a, run.b - decay * run.a[:, :, 3], run.c + more, run.noise)
    found = through_rounding(run)
    assert found.decay[0] == pytest.approx(decay if told else 0.0, rel=0.1)
    assert found.learning_rate[0] == pytest.approx(rate, rel=0.01)
    assert told or found.residual[0] > AS_GOOD * solved(run, (0, 3))[1][0]  # with the decay, it would fit much better


def test_the_rounding_of_a_decay_is_no_momentum() -> None:
    """Weights less 1.3e-7 of themselves, and then the step: each is rounded in the same way again and again."""
    rng, rate, decay = np.random.default_rng(6), np.float32(4e-6), np.float32(1.3e-7)
    recording, w = Recording(["w"]), (0.1 * rng.normal(size=4000)).astype(np.float32)
    for _ in range(60):
        g = (rng.normal(size=4000) / 100.0).astype(np.float32)
        after = (w - decay * w) - rate * g
        recording.step([w.astype(float)], [g.astype(float)], [after.astype(float)])
        w = after
    run = by_rounding(recording.series())
    assert run.noise[0] / run.c[0] < BLURRED
    assert through_rounding(run).model[0] < HEAVY
