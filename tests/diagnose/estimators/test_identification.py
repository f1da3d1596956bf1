"""The optimizer is read off its updates, exactly, or not at all."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.identification import (
    EXACT,
    Family,
    Normal,
    each,
    evenly,
    fit,
    row_equations,
    whole,
    windowed,
    with_exact,
)
from tests.diagnose.networks import Mlp, train
from tests.diagnose.simulate import Array, Recording, Update, adam, parabola, sgd

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


def test_rows_of_even_weight_are_rows_over_their_own_length() -> None:
    """The slow twin; what is not finite, or did not move, counts for nothing."""
    rows = row_equations(train(NET, sgd(0.1, 0.9), 12))
    even = evenly(rows)
    for t in range(1, 12):
        weight = 2.0 ** -round(np.log2(rows.c[t] + rows.noise[t] / EXACT))
        np.testing.assert_array_equal(even.a[t], weight * rows.a[t])
        assert 0.7 < even.c[t] < 1.42
    assert even.c[0] == 0.0
    rows.a[3, 0, 0], rows.b[4, 1], rows.c[5], rows.c[6] = np.inf, np.nan, np.inf, 0.0
    assert not evenly(rows).a[3:7].any()
    none = evenly(Normal(np.empty((0, 4, 4)), np.empty((0, 4)), np.empty(0), np.empty(0)))
    assert len(none.c) == 0


def test_a_rate_that_changes_at_every_step_is_identified_in_each() -> None:
    """With its momentum; of a single number no row alone says anything, and Adam has no such rate."""
    rates = 0.02 * (1.0 + np.cos(np.linspace(0.0, 3.0, 40)))

    def scheduled(weights: list[Array], gradients: list[Array]) -> list[Array]:
        t = len(velocity)
        velocity.append(
            [0.9 * v - rates[t] * g for v, g in zip(velocity[-1], gradients, strict=True)]
            if t
            else [-rates[t] * g for g in gradients]
        )
        return velocity[-1]

    velocity: list[list[Array]] = []
    series = train(NET, scheduled, 40)
    found = each(evenly(row_equations(series)), 8, int(series.sizes.sum()))
    np.testing.assert_allclose(found.learning_rate[2:], rates[2:], rtol=1e-2)
    np.testing.assert_allclose(found.momentum[2:], 0.9, rtol=1e-2)
    velocity.clear()
    alone = parabola(scheduled, 40)
    assert np.isnan(each(evenly(row_equations(alone)), 8, 1).learning_rate[10:]).mean() > 0.9  # 8 alike may be one
    series = train(NET, adam(1e-3), 40)
    assert np.isnan(each(evenly(row_equations(series)), 8, int(series.sizes.sum())).learning_rate).all()


def test_what_no_optimizer_has_is_not_identified_where_descent_explains_each_row() -> None:
    """Labels that grow by 12 % a step under a rate that changes: all rows along one line fit a momentum above 1."""
    direction, rates = np.array([0.6, 0.8, 0.3, -0.2]), 0.05 * (1.0 + np.cos(np.linspace(0.0, 3.0, 60)))
    recording, w = Recording(["w"]), np.ones(4)
    for t in range(60):
        g = direction * 1.12**t
        recording.step([w], [g], [w - rates[t] * g])
        w = w - rates[t] * g
    found = each(evenly(row_equations(recording.series())), 8, 4)
    np.testing.assert_allclose(found.learning_rate[2:], rates[2:], rtol=1e-2)
    assert (found.momentum[2:] == 0.0).all()


@pytest.mark.parametrize(("off", "told"), [(0.5, True), (1.0, False)])
def test_one_sample_put_right_wrongly_does_not_hide_the_optimizer(off: float, *, told: bool) -> None:
    """In half of the rows a kernel's update is 3 % too long; where that is so in all, samples are moved otherwise."""
    series = train(NET, sgd(0.02, 0.9), 80)
    first, *others = series.variables
    series = replace(series, variables=(replace(first, sampled=256), *others))
    rows = np.random.default_rng(0).random(80) < off
    series.values["update_norm"][rows, 0] *= 1.03
    seen = each(evenly(row_equations(series)), 8, int(series.sizes.sum()))
    found = with_exact(seen, series, 8)
    assert (seen.model[2:] < 0).mean() > 0.4
    assert bool((found.model[2:] >= 0).all()) is told
    assert not told or found.momentum[10:] == pytest.approx(np.full(70, 0.9), abs=1e-3)
