"""Steps could be as much longer as the curvature, the weights and the batches allow."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.rules.low_learning_rate import RULE
from tb_convergence.diagnose.rules.rule import Clear, Found
from tb_convergence.series import Series
from tests.diagnose.networks import Mlp, digits, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import regression
from tests.diagnose.simulate import Recording, adam, parabola, sgd

NET = Mlp((64, 64, 32, 10))


def test_without_noise_the_curvature_gives_the_rate() -> None:
    """Half the limit of w², which is 1.0: one step is Newton's."""
    answer = ask(RULE, parabola(sgd(1e-4), 100))
    assert isinstance(answer, Found)
    assert answer.evidence["suggested_learning_rate"] == pytest.approx(0.5, rel=0.01)


def test_the_steepest_curvature_bounds_the_advice() -> None:
    """Along the floor of a valley steps are short beside what the walls allow."""
    recording, w, h = Recording(["w"]), np.array([1.0, 1.0]), np.array([1.0, 0.001])
    for _ in range(200):
        after = w - 0.5 * h * w
        recording.step([w], [h * w], [after], loss=float((h * w**2).sum() + 1.0))
        w = after
    assert isinstance(ask(RULE, recording.series()), Clear)


def test_steps_at_the_size_of_rounding_tell_no_curvature() -> None:
    """All data at once, so that gradients agree; the rate is taken from the length of the steps."""
    answer = ask(RULE, train(NET, sgd(1e-8), 200, batch=None))
    assert isinstance(answer, Found)
    assert answer.evidence["factor"] == pytest.approx(1e6)


def test_batches_in_one_order_confirm_nothing() -> None:
    """The next one is like this one, or the one that it always follows."""
    net, (x, labels) = Mlp((64, 16, 10)), digits()
    order = np.argsort(labels, kind="stable")
    recording, w = Recording(net.names(), net.activations()), net.initial(np.random.default_rng(0))
    for step in range(120):
        rows = order[step % 12 * 149 : (step % 12 + 1) * 149]
        loss, gradients = net.loss(w, x[rows], labels[rows])
        after = [v - 1e-3 * g for v, g in zip(w, gradients, strict=True)]
        recording.step(w, gradients, after, loss=loss)
        w = after
    assert not isinstance(ask(RULE, recording.series()), Found)


def test_accumulation_hides_no_steps_that_are_too_short() -> None:
    """Seven of eight rows leave the weights alone."""
    answer = ask(RULE, train(NET, sgd(1e-6), 400, every=8))
    assert isinstance(answer, Found)
    assert answer.evidence["update_ratio"] > 0.0  # type: ignore[operator]  # a number here


def test_where_curvatures_differ_the_rate_leaves_room_for_the_steepest() -> None:
    """Steps meet a mean of many; the rate advised is still one that trains."""
    h = np.logspace(0.0, -2.0, 20)

    def descended(rate: float, steps: int) -> Series:
        recording, w = Recording(["w"]), np.ones(20)
        for _ in range(steps):
            after = w - rate * h * w
            recording.step([w], [h * w], [after], loss=0.5 * float((h * w**2).sum()))
            w = after
        return recording.series()

    answer = ask(RULE, descended(0.01, 100))
    assert isinstance(answer, Found)
    advised = answer.evidence["suggested_learning_rate"]
    assert isinstance(advised, float)
    assert 0.5 < advised < 2.0
    assert descended(advised, 300).step("loss")[-1] < 0.05 * descended(advised, 1).step("loss")[0]


def test_the_noise_of_batches_is_no_curvature_of_short_steps() -> None:
    """Batches that nearly agree differ by more than steps so short change: what they differ by allows long ones."""
    x, y = regression(0)
    series = train(Mlp((8, 32, 2)), adam(1e-5), 100, data=(x, y), batch=256)
    cosines = np.full_like(series.values["cosine_gradient_previous_gradient"], 0.995)
    answer = ask(RULE, replace(series, values={**series.values, "cosine_gradient_previous_gradient": cosines}))
    assert isinstance(answer, Found)
    assert float(answer.evidence["factor"] or 0.0) > 20.0


def test_a_single_layer_may_take_steps_as_long_as_its_weights() -> None:
    """Those it began with are worth nothing; what lies behind another layer would be lost."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, 8))
    data = x, x @ rng.normal(size=(8, 1)) * 3.0
    start = [0.05 * rng.normal(size=(8, 1)), np.zeros(1)]
    series = train(Mlp((8, 1), head="linear"), sgd(3e-3), 200, data=data, batch=None, weights=start)
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert float(answer.evidence["factor"] or 0.0) > 10.0


@pytest.mark.parametrize(("rate", "told"), [(1e-4, True), (0.1, False)])
def test_random_batches_in_one_order_confirm_what_shuffled_ones_do(rate: float, *, told: bool) -> None:
    """``fit`` with a seed repeats its order in every epoch, which was drawn by lot."""
    net, (x, labels) = Mlp((64, 16, 10)), digits()
    order = np.random.default_rng(1).permutation(len(x))
    recording, w = Recording(net.names(), net.activations()), net.initial(np.random.default_rng(0))
    for step in range(300):
        rows = order[step % 28 * 64 : (step % 28 + 1) * 64]
        loss, gradients = net.loss(w, x[rows], labels[rows])
        after = [v - rate * g for v, g in zip(w, gradients, strict=True)]
        recording.step(w, gradients, after, loss=loss)
        w = after
    series = recording.series()
    assert Context(series).data_period is not None
    assert isinstance(ask(RULE, series), Found) is told


def _hill(rate: float, steps: int, *, start: float, flat: bool = False) -> Series:
    """1 + cos(w) from near its top; or, ``flat``, 1 − e^−w²/2 from far outside its valley."""
    recording, w = Recording(["w"]), np.array([start, start])
    for _ in range(steps):
        bump = float(np.exp(-0.5 * (w**2).sum()))
        loss, g = (1.0 - bump, w * bump) if flat else (2.0 + float(np.cos(w).sum()), -np.sin(w))
        recording.step([w], [g], [w - rate * g], loss=loss)
        w = w - rate * g
    return recording.series()


def test_over_the_top_of_a_hill_the_slope_gives_the_rate() -> None:
    """No curvature bounds it there, and less than ‖g‖²/2L it cannot be; on a plateau there is no such slope."""
    answer = ask(RULE, _hill(1e-5, 100, start=0.7))
    assert isinstance(answer, Found)
    advised = answer.evidence["suggested_learning_rate"]
    assert isinstance(advised, float)
    loss = _hill(advised, 300, start=0.7).step("loss")
    assert loss[-1] < 0.01 * loss[0]
    assert isinstance(ask(RULE, _hill(0.1, 100, start=5.0, flat=True)), Clear)
