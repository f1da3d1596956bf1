"""How near outputs come to labels."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.reach import label_range, share_of_labels
from tb_convergence.series import Series
from tests.diagnose.simulate import parabola, sgd

STEPS = 40


def _looked(**changed: float) -> Series:
    """Labels about 3000 ± 4000, of size 5000; outputs that grow from 1 to 10 every tenth step; a squared error."""
    series, seen = parabola(sgd(0.1), STEPS), np.where(np.arange(STEPS) % 10 == 0, 1.0, np.nan)
    outputs = seen * np.linspace(1.0, 13.0, STEPS)  # the last look is at step 30, at 10.2
    values = {
        "loss": np.full(STEPS, changed.get("loss", 2.5e7)),
        "label_mean": seen * 3000.0,
        "label_std": seen * 4000.0,
        "label_classes": seen * changed.get("classes", np.nan),
        "output_mean": outputs * 0.6,
        "output_std": outputs * 0.8,
    }
    return replace(series, step_values=values)


def test_the_share_is_that_of_root_mean_squares() -> None:
    """Of the last outputs that were looked at."""
    assert share_of_labels(_looked()) == pytest.approx(np.linspace(1.0, 13.0, STEPS)[30] / 5000.0)


def test_what_is_no_regression_of_these_labels_has_none() -> None:
    """Classes; logarithms of labels; nothing looked at, or once; outputs that do not grow, or no longer; zeros."""
    assert share_of_labels(_looked(classes=3.0)) is None
    assert share_of_labels(_looked(loss=50.0)) is None
    assert share_of_labels(parabola(sgd(0.1), STEPS)) is None
    once, shrinks, nothing, rests = _looked(), _looked(), _looked(), _looked()
    once.step("output_mean")[1:] = np.nan
    assert share_of_labels(once) is None
    for name in ("output_mean", "output_std"):
        shrinks.step(name)[:] = -shrinks.step(name)[::-1] if name == "output_mean" else 0.0
    assert share_of_labels(shrinks) is None
    for name in ("label_mean", "label_std"):
        nothing.step(name)[:] = 0.0
    assert share_of_labels(nothing) is None
    for name in ("output_mean", "output_std"):
        rests.step(name)[10:] = rests.step(name)[10] * np.where(np.isnan(rests.step(name)[10:]), np.nan, 1.0)
    assert share_of_labels(rests) is None


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_say_nothing(value: float) -> None:
    """Of outputs that have exploded."""
    series = _looked()
    series.step("output_std")[:] = value
    assert share_of_labels(series) is None


def test_the_range_is_that_of_all_looks() -> None:
    """Unknown and infinite labels are left out; without any it is not known."""
    series, seen = parabola(sgd(0.1), 4), np.array([np.nan, 2.0, -1.0, np.inf])
    looked = replace(series, step_values={"label_min": seen, "label_max": seen + 1.0})
    assert label_range(looked) == (-1.0, 3.0)
    assert np.isnan(label_range(series)).all()
