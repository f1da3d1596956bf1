"""What the best constant answer costs is known from labels, else from the width of the last layer."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.constant_answer import constant_loss, least_constant_loss

NAN = float("nan")


def test_labels_tell_it_by_what_the_best_constant_answer_to_them_costs() -> None:
    """The entropy of balanced classes, and the variance; found by trying constants."""
    labels = np.random.default_rng(0).normal(size=2000)
    tried = [float(np.mean((labels - c) ** 2)) for c in np.linspace(-1.0, 1.0, 2001)]
    assert constant_loss(NAN, float(labels.std()), classes=1, guessing=False) == pytest.approx(min(tried), rel=1e-4)
    assert constant_loss(float(np.log(10)), 3.0, classes=10, guessing=True) == pytest.approx(np.log(10))
    assert constant_loss(0.2, NAN, classes=10, guessing=True) == pytest.approx(np.log(10))  # one batch shows less


@pytest.mark.parametrize(("classes", "guessing", "known"), [(10, True, True), (10, False, False), (2, True, False)])
def test_without_labels_the_last_layer_tells_it(classes: int, *, guessing: bool, known: bool) -> None:
    """Where it may name classes, of which there are three or more."""
    found = constant_loss(NAN, NAN, classes=classes, guessing=guessing)
    assert found == pytest.approx(np.log(classes)) if known else np.isnan(found)
    assert np.isnan(constant_loss(NAN, 0.0, classes=1, guessing=False))  # a single label does not spread


def test_the_least_is_that_of_the_cheapest_usual_loss() -> None:
    """Of normal labels the mean absolute error is √(2/π) σ; NaN where no labels were seen."""
    labels = np.random.default_rng(0).normal(size=200_000)
    assert least_constant_loss(NAN, 3.0) == pytest.approx(3.0 * np.abs(labels).mean(), rel=0.01)
    assert least_constant_loss(NAN, 0.5) == 0.25
    assert least_constant_loss(0.1, 3.0) == 0.1
    assert np.isnan(least_constant_loss(NAN, NAN))
