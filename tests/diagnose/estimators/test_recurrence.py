"""What is said of a learning rate on a parabola is what the optimizer itself does there."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.recurrence import Behaviour, largest_root, regions
from tb_convergence.series import Values
from tests.diagnose.simulate import sgd

OPTIMIZERS = [(0.0, False), (0.3, False), (0.9, False), (0.0, True), (0.3, True), (0.9, True), (-0.2, False)]


def path(number: float, momentum: float, *, nesterov: bool, steps: int = 400) -> Values:
    """The slow twin: ½ w² from w = 1 with the optimizer itself, scaled up again where it has all but vanished."""
    update, w, found = sgd(number, momentum, nesterov=nesterov), np.array(1.0), []
    for _ in range(steps):
        found.append(float(w))
        w = w + update([w], [w])[0]
    return np.array(found)


@pytest.mark.parametrize(("momentum", "nesterov"), OPTIMIZERS)
def test_each_region_behaves_as_it_is_called(momentum: float, *, nesterov: bool) -> None:
    """In the middle of each stretch: no change of sign, changes of sign, growth."""
    for region in regions(momentum, nesterov=nesterov):
        end = region.end if np.isfinite(region.end) else 1.1 * region.start
        if end - region.start < 1e-9:
            continue
        x = path(0.5 * (region.start + end), momentum, nesterov=nesterov)
        x = x[np.abs(x) > 1e-200][5:]
        assert (np.abs(x[-1]) > np.abs(x[0])) == (region.behaviour is Behaviour.DIVERGING)
        if region.behaviour is not Behaviour.DIVERGING:
            assert bool((np.sign(x[1:]) != np.sign(x[:-1])).any()) == (region.behaviour is Behaviour.OSCILLATING)


@pytest.mark.parametrize(("momentum", "nesterov"), OPTIMIZERS)
def test_regions_leave_no_gap(momentum: float, *, nesterov: bool) -> None:
    """From zero to infinity."""
    found = regions(momentum, nesterov=nesterov)
    assert (found[0].start, found[-1].end) == (0.0, np.inf)
    assert [r.end for r in found[:-1]] == [r.start for r in found[1:]]
    assert [r.behaviour for r in found] == list(Behaviour)


@pytest.mark.parametrize(("momentum", "nesterov"), OPTIMIZERS)
@pytest.mark.parametrize("number", [0.001, 0.2, 1.7])
def test_the_root_is_the_growth_in_the_long_run(number: float, momentum: float, *, nesterov: bool) -> None:
    """Measured over many steps, so that ringing averages out."""
    x = np.abs(path(number, momentum, nesterov=nesterov, steps=300))
    x = x[x > 1e-250]
    envelope = np.maximum.accumulate(x[::-1])[::-1] if x[-1] < x[0] else np.maximum.accumulate(x)
    measured = (envelope[-1] / envelope[len(x) // 3]) ** (1.0 / (len(x) - 1 - len(x) // 3))
    root = float(largest_root(np.array([number]), momentum, nesterov=nesterov)[0])
    assert measured == pytest.approx(root, abs=0.03)


def test_the_closed_forms_of_gradient_descent() -> None:
    """|1 − ηh|, and regions at 1 and 2; the root at the limit of any optimizer is 1."""
    np.testing.assert_allclose(largest_root(np.array([0.5, 1.0, 3.0]), 0.0, nesterov=False), [0.5, 0.0, 2.0])
    assert [r.start for r in regions(0.0, nesterov=False)] == [0.0, 1.0, 2.0]
    for momentum, nesterov in OPTIMIZERS:
        at = np.array([regions(momentum, nesterov=nesterov)[-1].start])
        assert largest_root(at, momentum, nesterov=nesterov)[0] == pytest.approx(1.0)


def test_numbers_that_are_not_finite_give_none() -> None:
    """NaN in, NaN out, and nothing raised."""
    assert np.isnan(largest_root(np.array([np.nan]), 0.5, nesterov=False)).all()
    assert largest_root(np.array([]), 0.5, nesterov=True).shape == (0,)
