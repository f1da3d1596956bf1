"""Clipped gradients are told from free ones."""

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.clipping import _holds, at_limit, clipped, limit, limit_of_each
from tb_convergence.diagnose.estimators.gram import of_model
from tb_convergence.series import Series
from tests.diagnose.networks import Mlp, train
from tests.diagnose.simulate import Array, Recording, parabola, sgd

RNG = np.random.default_rng(3)


def recorded(clip: str) -> Series:
    """Thirty steps of two variables with gradients that shrink, clipped in one of the ways of TensorFlow."""
    recording = Recording(["a", "b"])
    for step in range(30):
        g = [RNG.normal(size=6) * 0.95**step, RNG.normal(size=4) * 0.95**step]
        if clip == "global norm":
            whole = float(np.linalg.norm(np.concatenate(g)))
            g = [x * min(1.0, 0.5 / whole) for x in g]
        if clip == "norm":
            g = [x * min(1.0, 0.5 / float(np.linalg.norm(x))) for x in g]
        if clip == "value":
            g = [np.clip(x, -0.1, 0.1) for x in g]
        recording.step([np.ones(6), np.ones(4)], g, [np.ones(6), np.ones(4)])
    return recording.series()


@pytest.mark.parametrize("clip", ["global norm", "norm", "value"])
def test_each_way_of_clipping_shows(clip: str) -> None:
    """By a length or a largest element that stands at its limit."""
    assert clipped(recorded(clip))


def test_free_gradients_are_not_clipped() -> None:
    """However alike they are, no two have one length."""
    assert not clipped(recorded("nothing"))


def test_a_gradient_that_shrinks_geometrically_is_not_clipped() -> None:
    """As on a parabola."""
    assert not at_limit(np.array([[2.0 * 0.8**i] for i in range(40)])).any()


@pytest.mark.parametrize("values", [[], [np.nan] * 5, [0.0] * 5, [1.0], [1.0, 1.0], [np.inf, np.nan, 1.0]])
def test_nothing_is_said_of_too_little(values: list[float]) -> None:
    """Empty, missing, zero, one step, two steps, broken ones."""
    assert not at_limit(np.array(values).reshape(-1, 1)).any()


def test_columns_are_judged_one_by_one() -> None:
    """As one at a time, slowly."""
    values = RNG.choice([np.nan, np.inf, 0.0, 0.3, 1.0, 1.0 + 1e-6, 2.0], (12, 200))

    def slow(column: list[float]) -> bool:
        finite = [x for x in column if np.isfinite(x)]
        near = [x for x in finite if x >= max(finite) * (1.0 - 1e-4)]
        return bool(finite) and max(finite) > 0.0 and len(near) >= max(3, 0.25 * len(finite))

    assert at_limit(values).tolist() == [slow(column) for column in values.T.tolist()]


def _stepped(norm: float | None, *, cut_first: bool, steps: int = 60, rate: float = 0.1) -> Series:
    """Gradient descent on noise, its gradients clipped to ``norm`` before or after they are recorded."""
    recording, w, rng = Recording(["w"]), np.ones(50), np.random.default_rng(0)
    for _ in range(steps):
        g = rng.normal(size=50) * rng.uniform(0.5, 2.0)
        used = g if norm is None else g * min(1.0, norm / float(np.linalg.norm(g)))
        recording.step([w], [used if cut_first else g], [w - rate * used], rate=rate)
        w = w - rate * used
    return recording.series()


@pytest.mark.parametrize("cut_first", [True, False])
def test_a_limit_far_below_the_gradients_sets_the_length_of_steps(*, cut_first: bool) -> None:
    """Seen in the gradients themselves, or in the steps alone; one that cuts spikes only, or none, is no such limit."""
    series = _stepped(0.01, cut_first=cut_first)
    found = limit(of_model(series), series.step("learning_rate"))
    assert found is not None
    assert found.norm == pytest.approx(0.01, rel=1e-3)
    assert np.isnan(found.uncut) if cut_first else found.uncut == pytest.approx(8.8, rel=0.2)
    for norm in (None, 10.0):
        series = _stepped(norm, cut_first=cut_first)
        assert limit(of_model(series), series.step("learning_rate")) is None


def test_gradients_of_one_batch_that_hardly_change_are_not_held_back() -> None:
    """They have one length, and one direction, by themselves; nor is anything held back where nothing was recorded."""
    recording, w = Recording(["w"]), np.ones(5)
    for _ in range(30):
        recording.step([w], [w], [w - 1e-7 * w])
        w = w - 1e-7 * w
    series = recording.series()
    assert limit(of_model(series), series.step("learning_rate")) is None
    assert limit(of_model(_stepped(0.01, cut_first=True, steps=1)), np.ones(1)) is None


@pytest.mark.parametrize(("momentum", "clip", "held"), [(0.9, 0.05, True), (0.9, None, False), (0.0, 0.05, True)])
def test_a_limit_shows_in_the_rate_under_momentum_and_schedules(
    momentum: float, clip: float | None, *, held: bool
) -> None:
    """η‖g‖ stays where ‖g‖ does not; what is not known, or nothing at all, holds nothing."""
    inner, count = sgd(0.1, momentum, clip=clip), 0

    def scheduled(weights: list[Array], gradients: list[Array]) -> list[Array]:
        nonlocal count
        count += 1
        share = 0.5 * (1.0 + np.cos(count / 80.0)) if momentum == 0.0 else 1.0
        return [share * u for u in inner(weights, gradients)]

    series = train(Mlp((64, 16, 10)), scheduled, 100)
    context = Context(series)
    rates = context.fits.learning_rate
    found = limit(context.model, np.full(100, 0.1), rates)
    assert (found is not None) is held
    assert found is None or momentum == 0.0 or found.norm == pytest.approx(0.05, rel=0.02)
    assert limit(context.model, np.full(100, 0.1), np.full(100, np.nan)) is None or momentum == 0.0


def test_a_limit_shows_in_a_rate_that_grows_as_the_gradient_shrinks() -> None:
    """On one batch hardly anything changes from row to row, but the two make one product; a free rate does not."""
    norm = np.exp(-0.01 * np.arange(200.0))
    assert _holds(0.1 * np.exp(0.001 * np.cos(np.arange(200.0))), norm)
    assert not _holds(0.1 * norm, norm)
    assert not _holds(np.full(200, np.nan), norm)


def held_each(limits: tuple[float, float], *, rate: float = 0.1) -> Series:
    """Thirty steps of two variables, each straight down its gradient, which is cut to its limit."""
    recording, w = Recording(["a", "b"]), [np.ones(6), np.ones(4)]
    for _ in range(30):
        g = [RNG.normal(size=6), 0.3 * RNG.normal(size=4)]
        cut = [x * min(1.0, most / float(np.linalg.norm(x))) for x, most in zip(g, limits, strict=True)]
        recording.step(w, g, [x - rate * c for x, c in zip(w, cut, strict=True)], loss=1.0, rate=rate)
    return recording.series()


@pytest.mark.parametrize(
    ("limits", "told"),
    [((0.01, 0.01), True), ((np.inf, np.inf), False), ((0.01, np.inf), False), ((0.01, 0.02), False)],
)
def test_a_limit_for_each_variable_sets_all_steps_where_it_is_one(limits: tuple[float, float], *, told: bool) -> None:
    """As Keras' ``clipnorm``, which leaves each variable's direction and none of the whole's."""
    series = held_each(limits)
    found = limit_of_each(series, series.step("learning_rate"))
    assert (found is not None) is told
    if found is not None:
        assert found.norm == pytest.approx(0.01, rel=1e-5)
        assert found.uncut == pytest.approx(max(np.median(series.norm("gradient"), axis=0)))
    assert limit_of_each(series, np.full(30, np.nan)) is None


def test_of_one_variable_or_a_few_steps_nothing_is_said() -> None:
    """The norm of the whole tells it of one."""
    for series in (parabola(sgd(0.1), 30), parabola(sgd(0.1), 1)):
        assert limit_of_each(series, series.step("learning_rate")) is None
