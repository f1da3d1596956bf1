"""Gradients beside the tape's own."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.reference import reference_factor, sampled_error, sampled_share
from tb_convergence.series import Series
from tests.diagnose.simulate import Array, Recording, parabola, sgd


def _recorded(gradient: Array, reference: Array) -> Series:
    recording, w = Recording(["w"]), np.ones(3)
    recording.step([w], [gradient], [w - gradient], references=[reference])
    return recording.series()


@pytest.mark.parametrize("factor", [1.0, 0.5, -2.0])
def test_the_factor_is_that_of_the_projection(factor: float) -> None:
    """⟨g, r⟩/⟨r, r⟩, whatever g has besides."""
    reference, besides = np.array([1.0, 2.0, 0.0]), np.array([0.0, 0.0, 5.0])
    assert reference_factor(_recorded(factor * reference + besides, reference)) == pytest.approx(factor, rel=1e-5)


def test_without_a_reference_there_is_no_factor() -> None:
    """Nor beside one of zero, or one that is not finite."""
    assert np.isnan(reference_factor(parabola(sgd(0.1), 3))).all()
    for reference in (np.zeros(3), np.full(3, np.nan), np.full(3, np.inf)):
        assert np.isnan(reference_factor(_recorded(np.ones(3), reference))).all()


def test_the_sampled_share_is_that_of_the_promises() -> None:
    """0 where all elements are known, 1 where one of each is a sample; unknown where no step promises anything."""
    series = parabola(sgd(0.1), 5)
    sampled = replace(series, variables=tuple(replace(v, sampled=1) for v in series.variables))
    assert sampled_share(series) == 0.0
    assert sampled_share(sampled) == 1.0
    assert np.isnan(sampled_share(parabola(sgd(0.0), 5)))
    assert (sampled_error(series), sampled_error(sampled)) == (0.0, 0.1)
    assert sampled_error(parabola(sgd(0.0), 5)) == 0.0
    recording, w = Recording(["a", "b"]), np.ones(2)
    recording.step([w, w], [w, 3.0 * w], [w - w, w - w])
    both = recording.series()
    half = replace(both, variables=(replace(both.variables[0], sampled=1), both.variables[1]))
    assert sampled_share(half) == pytest.approx(0.25)
