"""Even rows: the same sums, whatever the rows stood for before."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.evened import HEAD, evened
from tb_convergence.schema.statistics import VECTORS
from tb_convergence.series import Series
from tests.diagnose.simulate import adam, parabola, sgd
from tests.diagnose.windowed import windowed


@pytest.mark.parametrize("series", [parabola(sgd(0.1), steps) for steps in (1, 2, 200)])
def test_single_steps_stay_the_very_same(series: Series) -> None:
    """As do no rows at all, each tenth step, and a run with a gap."""
    assert evened(series) is series
    tens = replace(series, steps=10 * series.steps)
    assert evened(tens) is tens
    gap = replace(series, steps=np.where(series.steps > 100, series.steps + 10**6, series.steps))
    assert evened(gap) is gap


def test_sums_over_the_run_stay_as_they_are() -> None:
    """Inner products of every pair of vectors, steps, and the loss."""
    single = parabola(adam(0.01), 3000)
    even = evened(windowed(single, 400))
    assert 30 < len(even) < 600
    assert even.windows.sum() == 3000
    np.testing.assert_allclose((even.windows * even.step("loss")).sum(), single.step("loss").sum(), rtol=1e-6)
    for i, a in enumerate(VECTORS):
        for b in VECTORS[i:]:
            got = np.nansum(even.windows[:, None] * even.inner(a, b))
            want = np.nansum(single.inner(a, b))
            assert got == pytest.approx(want, rel=5e-3, abs=1e-6 * np.nansum(np.abs(single.inner(a, b)))), (a, b)


def test_rows_are_even_but_for_the_first_window() -> None:
    """The first window stays in detail, the first rows one by one."""
    series = windowed(parabola(adam(0.01), 3000), 400)
    even = evened(series)
    widest = series.windows.max()
    assert even.steps[:HEAD].tolist() == list(range(HEAD))
    later = even.windows[even.steps >= widest]
    assert len(later) > 10
    assert (later[:-2] >= widest).all()
    assert (later[:-2] < 2 * widest).all()


def test_each_row_is_what_a_loop_makes_of_its_steps() -> None:
    """Root mean squares, means and extremes, one window after the other."""
    series = windowed(parabola(adam(0.01), 1500), 200)
    even = evened(series)
    ends = np.append(even.steps[1:], 1500)
    for i, (start, end) in enumerate(zip(even.steps, ends, strict=True)):
        rows = np.flatnonzero((series.steps >= start) & (series.steps < end))
        weight = series.windows[rows]
        square = (weight * series.norm("gradient")[rows, 0] ** 2).sum() / weight.sum()
        assert even.norm("gradient")[i, 0] == pytest.approx(np.sqrt(square), rel=1e-6)
        assert even.recorded("gradient_max")[i, 0] == series.recorded("gradient_max")[rows, 0].max()
        assert even.recorded("weight_mean")[i, 0] == pytest.approx(
            (weight * series.recorded("weight_mean")[rows, 0]).sum() / weight.sum(), rel=1e-6, abs=1e-12
        )


def test_the_step_at_which_numbers_break_is_not_blurred() -> None:
    """A window begins there."""
    single = parabola(adam(0.01), 3000)
    loss = single.step("loss").copy()
    loss[2345:] = np.nan
    even = evened(windowed(replace(single, step_values={**single.step_values, "loss": loss}), 800))
    (broken,) = np.flatnonzero(np.isnan(even.step("loss")) & np.isfinite(np.roll(even.step("loss"), 1)))
    assert even.steps[broken] == 2345


def test_strided_rows_and_a_flight_recording_become_even() -> None:
    """Each hundredth step, and the last 64 one by one."""
    single = parabola(adam(0.01), 5000)
    kept = np.concatenate([np.arange(0, 4900, 100), np.arange(4936, 5000)])
    series = replace(
        single,
        steps=single.steps[kept],
        wall_times=single.wall_times[kept],
        windows=single.windows[kept],
        values={k: v[kept] for k, v in single.values.items()},
        step_values={k: v[kept] for k, v in single.step_values.items()},
    )
    even = evened(series)
    assert len(even) <= 52
    assert even.steps[:10].tolist() == list(range(0, 1000, 100))
