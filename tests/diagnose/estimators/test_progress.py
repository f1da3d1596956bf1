"""Descent that the next gradient confirms, and the pace of the loss, against closed forms."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.gram import of_model
from tb_convergence.diagnose.estimators.noise import trend
from tb_convergence.diagnose.estimators.progress import climbs, confirmed, pace, surely_downhill
from tests.diagnose.simulate import Recording, adam, parabola, sgd


def test_noise_shares_the_descent() -> None:
    """|G|²/(|G|² + S) for gradients G + noise, with steps too short to matter."""
    rng, w = np.random.default_rng(0), np.zeros(200)
    recording, signal = Recording(["w"]), np.full(200, 0.5)
    for _ in range(400):
        g = signal + rng.normal(size=200)
        recording.step([w], [g], [w - 1e-6 * g])
        w = w - 1e-6 * g
    found = confirmed(of_model(recording.series()), slice(0, None))
    assert found is not None
    assert found.share == pytest.approx(0.25 / 1.25, rel=0.05)
    assert found.mean > 10.0 * found.error


def test_at_the_floor_the_next_batch_takes_it_back() -> None:
    """½w² with noise: E⟨g, Δ⁻⟩ = η²hS > 0 less the descent, in all −ηh/2 of what was promised."""
    rng, w, rate = np.random.default_rng(0), np.zeros(50), 0.2
    recording = Recording(["w"])
    for _ in range(3000):
        g = w + rng.normal(size=50)
        recording.step([w], [g], [w - rate * g])
        w = w - rate * g
    found = confirmed(of_model(recording.series()), slice(100, None))
    assert found is not None
    assert found.share == pytest.approx(-rate / 2.0, rel=0.1)


def test_the_pace_of_a_geometric_loss() -> None:
    """w² under descent: −2 ln(1 − 2η) a step, forever."""
    curve = trend(parabola(sgd(0.01), 100).step("loss"))
    assert curve is not None
    found = pace(curve)
    assert found is not None
    assert found.late == pytest.approx(-2.0 * np.log(0.98), rel=1e-3)
    assert found.rows_to_halve == pytest.approx(np.log(2.0) / found.late)
    assert found.remaining > 50.0 * found.late


def test_what_remains_of_an_exponential_approach() -> None:
    """Ln L = 1 + e^(−t/τ): from the end on, e^(−T/τ) is left."""
    t = np.arange(400)
    curve = trend(np.exp(1.0 + np.exp(-t / 150.0)))
    assert curve is not None
    found = pace(curve)
    assert found is not None
    assert found.remaining == pytest.approx(np.exp(-350.0 / 150.0), rel=0.05)  # from the middle of the last quarter


def test_nothing_has_no_pace() -> None:
    """Constant, rising, short and negative losses."""
    flat = trend(np.ones(100))
    assert flat is not None
    found = pace(flat)
    assert found is not None
    assert found.rows_to_halve == np.inf
    for loss in (np.ones(30), np.linspace(-1.0, -2.0, 100)):
        curve = trend(loss)
        assert curve is not None
        assert pace(curve) is None
    assert confirmed(of_model(parabola(sgd(0.1), 3)), slice(0, None)) is None


def test_what_climbs_does_so_from_its_first_step_on() -> None:
    """A wrong sign; not momentum that swings past the minimum, nor Adam, nor a run without updates."""
    assert climbs(of_model(parabola(sgd(-0.1), 20)))
    assert climbs(of_model(parabola(sgd(-0.1, 0.9), 20)))
    for update in (sgd(0.1), sgd(0.1, 0.99), adam(0.5)):
        assert not climbs(of_model(parabola(update, 60)))
    assert not climbs(of_model(parabola(sgd(0.0), 20)))
    assert climbs(of_model(parabola(sgd(-0.1), 1)))
    unknown = parabola(sgd(-0.1), 20)
    unknown.values["update_norm"][:] = np.nan
    assert not climbs(of_model(unknown))


def test_a_slope_that_goes_on_is_downhill_for_sure() -> None:
    """Also where steps shrink fast; not at rest, beyond the minimum, or in fewer rows than asked for."""
    rates = iter(0.01 * 0.5 ** np.arange(30))
    shrinks = of_model(parabola(lambda _, g: [-x * rate for x in g for rate in [next(rates)]], 30))
    known, all_ = {"sigmas": 5.0}, slice(0, None)
    for model in (shrinks, of_model(parabola(sgd(0.01), 30))):
        assert surely_downhill(model, all_, fewest=20, **known)
        assert not surely_downhill(model, slice(0, 5), fewest=20, **known)
    assert not surely_downhill(of_model(parabola(sgd(0.9), 30)), all_, fewest=20, **known)
    assert not surely_downhill(of_model(parabola(sgd(0.01), 1)), all_, fewest=20, **known)
    assert not surely_downhill(of_model(parabola(sgd(np.nan), 30)), all_, fewest=20, **known)
