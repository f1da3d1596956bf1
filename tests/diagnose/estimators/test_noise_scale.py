"""Noise beside signal, from replicas; and what noise costs at rest."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.gram import of_model
from tb_convergence.diagnose.estimators.noise_scale import noise_to_signal, share_at_rest
from tb_convergence.series import Series
from tests.diagnose.simulate import Recording, parabola, sgd


def _replicas(count: int, signal: float, noise: float, rows: int = 400) -> Series:
    """Gradients of so many replicas, drawn anew in each row: |G|² and tr S of one."""
    rng, size = np.random.default_rng(0), 64
    drawn = np.sqrt(signal / size) + np.sqrt(noise / size) * rng.normal(size=(rows, count, size))
    values = {
        "replicas": np.full(rows, float(count)),
        "replica_gradient_square": (drawn**2).sum(axis=2).mean(axis=1),
        "mean_gradient_square": (drawn.mean(axis=1) ** 2).sum(axis=1),
    }
    return replace(parabola(sgd(0.1), rows), step_values=values)


@pytest.mark.parametrize(("count", "noise"), [(2, 4.0), (4, 4.0), (8, 40.0)])
def test_replicas_tell_the_noise_of_their_mean(count: int, noise: float) -> None:
    """S/n over |G|², as it was drawn."""
    assert noise_to_signal(_replicas(count, 2.0, noise), fewest=50) == pytest.approx(noise / count / 2.0, rel=0.1)


def test_without_replicas_there_is_nothing_to_tell() -> None:
    """Nor from one alone, a few rows, or numbers that are not finite; equal ones have no noise."""
    assert noise_to_signal(parabola(sgd(0.1), 60), fewest=50) is None
    assert noise_to_signal(_replicas(1, 2.0, 4.0), fewest=50) is None
    assert noise_to_signal(_replicas(4, 2.0, 4.0, rows=20), fewest=50) is None
    assert noise_to_signal(_replicas(4, 2.0, 0.0), fewest=50) == pytest.approx(0.0, abs=1e-9)
    assert noise_to_signal(_replicas(4, 0.0, 0.0), fewest=50) == np.inf
    for value in (np.nan, np.inf):
        broken = _replicas(4, 2.0, 4.0)
        broken.step("mean_gradient_square")[:] = value
        assert noise_to_signal(broken, fewest=50) is None


@pytest.mark.parametrize("rate", [0.02, 0.1])
def test_a_bowl_at_rest_costs_what_its_noise_keeps_it_at(rate: float) -> None:
    """½w² with noise of gradients: the loss lies at ½ tr Σ = ηS/4 for short steps, all of it noise."""
    rng, w, losses = np.random.default_rng(0), np.zeros(200), []
    recording = Recording(["w"])
    for _ in range(400):
        g = w + rng.normal(size=200)
        losses.append(0.5 * float(w @ w))
        recording.step([w], [g], [w - rate * g], loss=losses[-1])
        w = w - rate * g
    late, model = slice(200, None), of_model(recording.series())
    assert share_at_rest(model, float(np.median(losses[200:])), late) == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize("rate", [np.nan, 0.0])
def test_steps_that_promise_nothing_cost_nothing(rate: float) -> None:
    """Nor do those that all point one way; of a single step, a quarter of its promise may be noise."""
    assert share_at_rest(of_model(parabola(sgd(rate), 20)), 1.0, slice(10, None)) == 0.0
    assert share_at_rest(of_model(parabola(sgd(0.01), 20)), 1.0, slice(10, None)) == pytest.approx(0.0, abs=1e-6)
    assert share_at_rest(of_model(parabola(sgd(0.01), 1)), 1.0, slice(0, None)) == pytest.approx(0.01 * 4.0**2 / 4.0)
