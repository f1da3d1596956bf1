"""Where two runs part."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.parting import (
    LARGE,
    SMALL,
    first_lasting,
    parting,
    roughness,
    running_median,
)
from tests.diagnose.cut import cut
from tests.diagnose.networks import Mlp, train
from tests.diagnose.simulate import Update, adam, parabola, sgd

NET = Mlp((64, 32, 32, 10))


def test_runs_from_the_same_weights_part_at_the_very_step_of_the_difference() -> None:
    """Another learning rate shows in the first update, another momentum in the second, a factor in the gradient."""
    usual = parabola(sgd(0.1), 30)
    rate, momentum, factor = (
        parting(parabola(sgd(0.2), 30), usual),
        parting(parabola(sgd(0.1, 0.5), 30), usual),
        parting(parabola(sgd(0.1), 30, factor=0.5), usual),
    )
    assert rate is not None
    assert momentum is not None
    assert factor is not None
    assert (rate.step, rate.statistic, rate.variable) == (0, "update_norm", "w")
    assert rate.values == pytest.approx((0.8, 0.4))
    assert (momentum.step, momentum.statistic) == (1, "update_norm")
    assert (factor.step, factor.statistic) == (0, "gradient_norm")
    assert rate.limit == pytest.approx(SMALL)


def test_a_run_does_not_part_from_itself() -> None:
    """Nor from its own beginning."""
    run = train(NET, sgd(0.1), 60, seed=3)
    assert parting(run, run) is None
    assert parting(run, cut(run, 20)) is None


@pytest.mark.parametrize("seed", range(40, 46))
@pytest.mark.parametrize("update", [lambda: sgd(0.1), lambda: adam(1e-3), lambda: sgd(0.02, 0.9)])
def test_another_seed_alone_is_no_parting(seed: int, update: Callable[[], Update]) -> None:
    """Runs that differ in weights and batches only."""
    assert parting(train(NET, update(), 150, seed=seed), train(NET, update(), 150, seed=seed + 100)) is None


def test_runs_from_different_weights_part_where_the_difference_exceeds_their_noise() -> None:
    """Ten times the largest stable rate throws the weights out within a few steps."""
    found = parting(train(NET, sgd(10.0), 150, seed=5), train(NET, sgd(0.1), 150, seed=6))
    assert found is not None
    assert found.step <= 5
    assert max(found.values) / min(found.values) > 1 + LARGE


def test_a_run_that_breaks_parts_from_one_that_does_not() -> None:
    """NaN against a number is a difference, and the value is told as it is."""
    run = parabola(sgd(0.1), 30)
    loss = run.step("loss").copy()
    loss[12:] = np.nan
    found = parting(replace(run, step_values={**run.step_values, "loss": loss}), run)
    assert found is not None
    assert (found.step, found.statistic, found.variable) == (12, "loss", None)
    assert np.isnan(found.values[0])


def test_what_only_one_run_holds_is_not_compared() -> None:
    """A loss that was not passed, variables of other names or shapes, no common step, no row at all."""
    run = parabola(sgd(0.1), 30)
    assert parting(parabola(sgd(0.1), 30, loss=False), run) is None
    renamed = tuple(replace(v, name="other") for v in run.variables)
    assert parting(replace(run, variables=renamed), replace(run, step_values={})) is None
    assert parting(replace(run, steps=run.steps + 1000), run) is None
    assert parting(cut(run, 0), run) is None
    assert parting(cut(run, 1), run) is None


def test_a_spike_is_no_parting() -> None:
    """One step of thirty."""
    run = parabola(sgd(0.1), 30)
    loss = run.step("loss").copy()
    loss[12] *= 3
    assert parting(replace(run, step_values={**run.step_values, "loss": loss}), run) is None


def test_the_first_lasting_row_is_what_a_search_of_every_row_finds() -> None:
    """Against the obvious way, on all patterns of eight rows."""
    for bits in range(256):
        over = np.array([bool(bits >> i & 1) for i in range(8)])
        slow = next((i for i in range(8) if over[i : i + 3].all() and len(over[i:]) >= 3), None)
        tail = next((i for i in range(6, 8) if over[i:].all() and len(over) - i >= 2), None)
        assert first_lasting(over, 3) == (slow if slow is not None else tail), over


def test_the_running_median_is_the_median_of_the_neighbours() -> None:
    """Fewer at the ends; NaN is no difference; empty stays empty."""
    x = np.array([1.0, 9.0, 2.0, 3.0, 50.0, 4.0])
    slow = [np.median(x[max(0, i - 2) : i + 3]) for i in range(6)]
    assert running_median(x, 5).tolist() == slow
    assert running_median(np.array([np.nan, 1.0, np.nan]), 3).tolist() == [0.5, 0.0, 0.5]
    assert len(running_median(np.zeros(0), 5)) == 0


def test_roughness_is_the_noise_of_the_logarithm_and_blind_to_a_trend() -> None:
    """White noise of 10 %, with and without a decay; nothing to see in constants, one value or no positive one."""
    rng = np.random.default_rng(0)
    noisy = np.exp(0.1 * rng.normal(size=4000))
    assert roughness(noisy) == pytest.approx(0.1, rel=0.1)
    assert roughness(noisy * np.exp(-1e-3 * np.arange(4000))) == pytest.approx(0.1, rel=0.1)
    assert roughness(np.full(9, 2.0)) == 0.0
    assert roughness(np.array([1.0])) == roughness(np.array([-1.0, np.nan, 0.0])) == roughness(np.zeros(0)) == 0.0
