"""The optimizer is read off its updates, exactly, or not at all."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.identification import Family, fit, row_equations, whole, windowed
from tests.diagnose.networks import Mlp, train
from tests.diagnose.simulate import Recording, Update, adam, parabola, sgd

NET = Mlp((64, 16, 10))


def test_learning_rate_and_momentum_of_a_noisy_training_are_exact() -> None:
    """Minibatch noise is in the gradient and in the update alike."""
    for rate, momentum in ((0.1, 0.0), (0.02, 0.9), (0.05, 0.5)):
        found = fit(whole(row_equations(train(NET, sgd(rate, momentum), 40))))
        assert found.family(0) is (Family.MOMENTUM if momentum else Family.DESCENT)
        assert found.learning_rate[0] == pytest.approx(rate, rel=1e-3)
        assert found.momentum[0] == pytest.approx(momentum, abs=1e-3)


def test_nesterov_is_told_from_heavy_ball() -> None:
    """Keras's form, with the previous gradient in it."""
    found = fit(whole(row_equations(train(NET, sgd(0.02, 0.9, nesterov=True), 40))))
    assert found.family(0) is Family.NESTEROV
    assert found.learning_rate[0] == pytest.approx(0.02, rel=1e-3)
    assert found.momentum[0] == pytest.approx(0.9, rel=1e-3)


@pytest.mark.parametrize("update", [adam(1e-3), sgd(0.1, clip=0.5)])
def test_what_is_not_linear_is_not_identified(update: Update) -> None:
    """No learning rate is invented for Adam or for a clipped gradient."""
    found = fit(whole(row_equations(train(NET, update, 40))))
    assert found.family(0) is Family.UNKNOWN
    assert np.isnan(found.learning_rate[0])


def test_decoupled_weight_decay_is_found() -> None:
    """Δ = −η g − ηλ w."""
    rng, recording, w = np.random.default_rng(0), Recording(["w"]), np.ones(20)
    for _ in range(20):
        g = rng.normal(size=20)
        after = w - 0.1 * g - 0.01 * w
        recording.step([w], [g], [after])
        w = after
    found = fit(whole(row_equations(recording.series())))
    assert found.learning_rate[0] == pytest.approx(0.1, rel=1e-4)
    assert found.decay[0] == pytest.approx(0.01, rel=1e-4)


def test_in_one_dimension_rank_is_checked() -> None:
    """Gradient descent on a parabola: Δ⁻ is parallel to g, and momentum must not be invented."""
    found = fit(whole(row_equations(parabola(sgd(1.5), 5))))
    assert found.family(0) is Family.DESCENT
    assert found.learning_rate[0] == pytest.approx(1.5, rel=1e-6)


@pytest.mark.parametrize("width", [1, 3, 8, 100])
def test_windows_are_sums_of_rows(width: int) -> None:
    """The slow twin: each window added up by itself."""
    rows = row_equations(train(NET, sgd(0.1), 12))
    twin = [rows.a[max(0, t - width + 1) : t + 1].sum(axis=0) for t in range(12)]
    np.testing.assert_allclose(windowed(rows, width).a, twin, rtol=1e-12)


def test_a_fit_is_the_least_squares_of_the_vectors() -> None:
    """The slow twin: ``lstsq`` on the vectors laid end to end."""
    rng, recording, w = np.random.default_rng(1), Recording(["a", "b"]), [np.ones(6), np.ones(3)]
    rows, targets, before = [], [], None
    for _ in range(10):
        g = [rng.normal(size=x.shape) for x in w]
        old = before or [np.zeros_like(x) for x in w]
        u = [0.7 * p - 0.3 * x for p, x in zip(old, g, strict=True)]
        after = [x + d for x, d in zip(w, u, strict=True)]
        recording.step(w, g, after)
        if before:
            rows.append(np.stack([np.concatenate(g), np.concatenate(before)], axis=1))
            targets.append(np.concatenate(u))
        w, before = after, u
    twin = np.linalg.lstsq(np.concatenate(rows), np.concatenate(targets), rcond=None)[0]
    found = fit(whole(row_equations(recording.series()))).coefficients[0]
    np.testing.assert_allclose(found[:2], twin, rtol=1e-4)


def test_a_single_step_identifies_nothing() -> None:
    """There is no previous update to compare with."""
    found = fit(whole(row_equations(parabola(sgd(0.1), 1))))
    assert found.family(0) is Family.UNKNOWN


@pytest.mark.parametrize("factor", [1e-30, 1e30])
def test_scale_does_not_matter(factor: float) -> None:
    """Tiny and huge gradients are identified alike."""
    found = fit(whole(row_equations(parabola(sgd(0.1, 0.9), 40, start=factor))))
    assert found.momentum[0] == pytest.approx(0.9, rel=1e-4)
