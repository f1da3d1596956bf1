"""One byte a cell."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.derived import statistic
from tb_convergence.report.tile import (
    HIGHEST,
    INFINITE,
    LOWEST,
    NO_DATA,
    NOT_A_NUMBER,
    ZERO,
    Axis,
    axis_of,
    codes,
    tile,
)
from tests.report.golden import series
from tests.serve.unpack import unpack

NORM, COSINE = statistic("gradient_norm"), statistic("cosine_gradient_update")


def test_each_kind_of_cell_has_its_code() -> None:
    """No data, zero, infinite and NaN are four different things; no two look alike."""
    body = unpack(tile(series(), NORM, columns=100, pool="max"))
    assert body.floats(6).tolist() == body.floats(6).tolist() == [0, 1, 2, 3, 10, 11]
    kernel, bias, last = body.codes(3, 6)
    assert kernel[2] == ZERO
    assert bias[3:].tolist() == [INFINITE, NOT_A_NUMBER, NOT_A_NUMBER]
    assert last[:2].tolist() == [NO_DATA, NO_DATA]
    assert (last[2:] >= LOWEST).all()
    assert kernel[5] == LOWEST  # 1e-4, the smallest
    assert bias[2] == HIGHEST  # 1e3, the largest


def test_a_code_stands_for_its_value() -> None:
    """Decoded, it is right to half a step of the scale."""
    values = np.logspace(-6, 3, 500)[:, None]
    axis = axis_of(values, NORM)
    found = codes(values, np.ones_like(values, bool), axis).astype(float)
    decoded = axis.low + (found - LOWEST) / (HIGHEST - LOWEST) * (axis.high - axis.low)
    assert np.abs(decoded - np.log10(values)).max() <= 0.5 * (axis.high - axis.low) / (HIGHEST - LOWEST) + 1e-9


def test_a_signed_scale_keeps_zero_in_the_middle() -> None:
    """Cosines from −1 to 1; a zero is a value like any other there."""
    axis = axis_of(np.array([[0.3]]), COSINE)
    assert (axis.low, axis.high) == (-1.0, 1.0)
    found = codes(np.array([[-1.0, 0.0, 1.0, -5.0, 5.0]]), np.ones((1, 5), bool), axis)
    assert found.tolist() == [[LOWEST, 126, HIGHEST, LOWEST, HIGHEST]]


def test_the_axis_is_that_of_the_whole_run() -> None:
    """Zooming in does not change what a colour means."""
    whole = unpack(tile(series(), NORM, columns=100, pool="max")).header
    part = unpack(tile(series(), NORM, first=10, last=11, columns=100, pool="max")).header
    assert (part["low"], part["high"]) == (whole["low"], whole["high"]) == (-4.0, 3.0)
    assert part["recorded"] == 2


def test_one_spike_does_not_wash_out_a_signed_scale() -> None:
    """It takes the colour of the end."""
    free = replace(COSINE, low=None, high=None)
    values = np.random.default_rng(0).normal(size=(1000, 1))
    values[3] = 1e9
    axis = axis_of(values, free)
    assert axis.high == -axis.low < 10


@pytest.mark.parametrize("values", [np.zeros((0, 2)), np.full((3, 2), np.nan), np.zeros((3, 2)), np.full((3, 2), 7.0)])
@pytest.mark.parametrize("entry", [NORM, replace(COSINE, low=None, high=None)])
def test_an_axis_has_two_ends_whatever_there_is(values: np.ndarray, entry: object) -> None:
    """Empty, all NaN, all zero, constant."""
    axis = axis_of(values, entry)  # type: ignore[arg-type]
    assert axis.low < axis.high
    assert codes(values, np.isfinite(values), axis).shape == values.shape


def test_a_log_scale_of_the_catalogue_is_in_log10_units() -> None:
    """The ends stand in the statistic's own unit there."""
    assert axis_of(np.zeros((1, 1)), replace(NORM, low=1e-3, high=10.0)) == Axis("log", -3.0, 1.0)
