"""Lines over steps."""

import numpy as np
import pytest

from tb_convergence.report.buckets import starts
from tb_convergence.report.lines import lines, reduced
from tests.report.golden import series
from tests.serve.unpack import unpack


def test_short_runs_are_sent_as_recorded() -> None:
    """NaN and infinities too: they are real values."""
    body = unpack(lines(series(), "gradient_norm", ["dense/bias"], points=6))
    assert body.floats(6).tolist() == [0, 1, 2, 3, 10, 11]
    assert body.floats(6)[0] == 1.7e9
    np.testing.assert_array_equal(body.floats(6), series().values["gradient_norm"][:, 1])
    assert (body.header["decimated"], body.rest) == (False, b"")


def test_the_whole_model_is_one_line_without_a_name() -> None:
    """√(1² + 10²) at the first step."""
    body = unpack(lines(series(), "gradient_norm", [], points=100))
    assert body.header["series"] == [""]
    body.floats(12)
    assert body.floats(6)[0] == pytest.approx(101**0.5)


def test_a_bucket_keeps_its_spikes() -> None:
    """Last, smallest and largest of each; against a loop."""
    values = np.random.default_rng(1).normal(size=1000)
    values[::7] = np.nan
    start = starts(1000, 37)
    last, low, high = reduced(values, start, np.zeros(1000, bool))
    for i, (begin, end) in enumerate(zip(start, [*start[1:], 1000], strict=True)):
        part = values[begin:end]
        np.testing.assert_equal([last[i], low[i], high[i]], [part[-1], np.nanmin(part), np.nanmax(part)])


def test_a_bucket_of_nothing_but_nan_is_nan() -> None:
    """Without a warning."""
    last, low, high = reduced(np.full(10, np.nan), starts(10, 2), np.zeros(10, bool))
    assert np.isnan([*last, *low, *high]).all()


def test_one_step_that_is_not_finite_is_seen_in_any_bucket() -> None:
    """A NaN because there was no number is passed over; a NaN that was computed is not."""
    values = np.ones(10)
    values[[2, 6]] = np.nan
    last, low, high = reduced(values, starts(10, 2), np.arange(10) == 6)
    np.testing.assert_equal([last, low, high], [[1, np.nan], [1, 1], [1, 1]])


def test_an_empty_range_has_no_points() -> None:
    """A zoom beyond the end."""
    body = unpack(lines(series(), "loss", [], first=100, points=10))
    assert (body.header["points"], body.header["recorded"], body.header["total"], body.rest) == (0, 0, 6, b"")


def test_an_unknown_variable_is_an_error() -> None:
    """Never an empty line."""
    with pytest.raises(KeyError):
        lines(series(), "gradient_norm", ["dense/gamma"], points=10)
