"""The ends of windows in lines and maps."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.derived import statistic
from tb_convergence.report.lines import lines
from tb_convergence.report.tile import NO_DATA, tile
from tb_convergence.report.window_ends import ends
from tb_convergence.series import Series
from tests.report.golden import series
from tests.serve.unpack import unpack

NAN = np.nan
STEPS, VARIABLES = 6, 3


def windowed() -> Series:
    """The golden run with its last two rows as windows, in one of which the first variable leapt to 1e6 for a step."""
    low, high = np.full((2, STEPS, VARIABLES), NAN)
    low[4:, 0], high[4:, 0] = 1e-5, [1.0, 1e6]
    loss_low, loss_high = np.full((2, STEPS), NAN)
    loss_low[4:], loss_high[4:] = 0.25, 64.0
    of = series()
    return replace(
        of,
        windows=np.array([1, 1, 1, 1, 4, 8], np.int32),
        values={**of.values, "gradient_norm_smallest": low, "gradient_norm_largest": high},
        step_values={"loss": np.ones(STEPS), "loss_smallest": loss_low, "loss_largest": loss_high},
    )


def test_a_row_of_one_step_is_both_its_ends() -> None:
    """Where there is no window nothing is kept beside the value."""
    of = windowed()
    values = of.values["gradient_norm"][:, 0]
    low, high = ends(of, "gradient_norm", (0,), values) or (None, None)
    np.testing.assert_array_equal(low, [*values[:4], 1e-5, 1e-5])
    np.testing.assert_array_equal(high, [*values[:4], 1.0, 1e6])


def test_several_variables_have_bounds() -> None:
    """√(3² + 4²), against the plain sum; a variable without a number leaves none."""
    of = windowed()
    high = np.full((STEPS, VARIABLES), NAN)
    high[5] = [3.0, 4.0, NAN]
    of = replace(of, values={**of.values, "gradient_norm_largest": high, "gradient_norm_smallest": high})
    of_two = ends(of, "gradient_norm", (0, 1), np.ones(STEPS))
    of_all = ends(of, "gradient_norm", (0, 1, 2), np.ones(STEPS))
    assert of_two is not None
    assert of_all is not None
    assert of_two[1].tolist() == [1, 1, 1, 1, 1, 5]
    assert of_all[1].tolist() == [1] * STEPS


def test_without_windows_there_are_no_ends() -> None:
    """Nor of a statistic that keeps none, nor of an empty run."""
    assert ends(series(), "gradient_norm", (0,), np.ones(STEPS)) is None
    assert ends(windowed(), "weight_norm", (0,), np.ones(STEPS)) is None
    empty = replace(series(), windows=np.zeros(0, np.int32))
    assert ends(empty, "loss", (), np.zeros(0)) is None


@pytest.mark.parametrize(
    ("name", "variables", "largest"), [("gradient_norm", ["dense/kernel"], 1e6), ("loss", [], 64.0)]
)
@pytest.mark.parametrize("points", [100, 2])
def test_a_line_has_an_envelope_that_holds_the_spike(
    name: str, variables: list[str], largest: float, points: int
) -> None:
    """Decimated or not: it is not decimation that hides it."""
    body = unpack(lines(windowed(), name, variables, points=points))
    count = body.header["points"]
    assert body.header["envelope"] is True
    assert body.header["decimated"] is (count < STEPS)
    body.floats(2 * count)
    last, low, high = (body.floats(count) for _ in range(3))
    assert high[-1] == largest
    assert low[-1] < last[-1] < high[-1]
    assert body.rest == b""


def test_a_line_without_windows_has_none() -> None:
    """So that nothing is sent twice."""
    assert unpack(lines(series(), "gradient_norm", ["dense/kernel"], points=100)).header["envelope"] is False


def test_a_map_of_the_largest_shows_the_spike_and_one_of_the_last_the_average() -> None:
    """The brightest cell is the one that exploded; what has no data stays so."""
    norm = statistic("gradient_norm")
    bodies = {pool: unpack(tile(windowed(), norm, columns=100, pool=pool)) for pool in ("max", "min", "last")}
    for body in bodies.values():
        body.floats(2 * STEPS)
    codes = {pool: body.codes(VARIABLES, STEPS) for pool, body in bodies.items()}
    assert bodies["max"].header["high"] == pytest.approx(6.0)
    assert codes["max"][0, 5] > codes["max"][0, 4]
    assert bodies["min"].header["low"] == pytest.approx(-5.0)
    assert bodies["last"].header["low"] == pytest.approx(-4.0)
    assert codes["max"][2, 0] == NO_DATA
