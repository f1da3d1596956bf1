"""Variables that another's gradient moves are named, exactly where lengths tell."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.misassigned_gradients import RULE
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable, NotEnoughEvidence
from tests.diagnose.faults import swapped
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.simulate import Update, adam, sgd

NET = Mlp((64, 32, 32, 32, 10))
KERNELS = {2: 4, 4: 2}


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("update", [(0.1, 0.0), (0.02, 0.9)], ids=["descent", "momentum"])
def test_lengths_name_the_pair(update: tuple[float, float], seed: int) -> None:
    """Whose gradient it was, of variables that could be confused."""
    found = diagnose(train(NET, swapped(sgd(*update), KERNELS), 150, seed=seed)).findings[0]
    assert (found.id, found.severity) == ("misassigned-gradients", Severity.ERROR)
    assert set(found.variables) == {"dense_1/kernel", "dense_2/kernel"}
    assert "dense_1/kernel is moved by the gradient of dense_2/kernel" in found.summary


def test_three_in_a_circle_and_biases_are_seen() -> None:
    """Any permutation of variables of one shape."""
    answer = ask(RULE, train(NET, swapped(sgd(0.1), {1: 3, 3: 5, 5: 1}), 100))
    assert isinstance(answer, Found)
    assert set(answer.variables) == {"dense_0/bias", "dense_1/bias", "dense_2/bias"}


def test_under_adam_updates_are_strangers_to_their_gradients() -> None:
    """A warning, since only cosines tell."""
    answer = ask(RULE, train(NET, swapped(adam(1e-3), KERNELS), 150))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.WARNING
    assert set(answer.variables) == {"dense_1/kernel", "dense_2/kernel"}


@pytest.mark.parametrize(
    "update",
    [sgd(0.1), sgd(0.02, 0.9), sgd(0.02, 0.9, nesterov=True), sgd(0.1, clip=0.1), adam(1e-3), adam(0.1), sgd(30.0)],
    ids=["descent", "momentum", "nesterov", "clipped", "adam", "fast adam", "too fast"],
)
def test_updates_of_their_own_gradients_are_clear(update: Update) -> None:
    """However the run goes."""
    assert isinstance(ask(RULE, train(NET, update, 150)), Clear)


@pytest.mark.parametrize("gradient_of", [{}, KERNELS], ids=["own", "swapped"])
@pytest.mark.parametrize(("share", "told"), [(0.3, False), (1e-3, True)], ids=["strong", "weak"])
def test_what_weight_decay_moves_is_moved_by_no_gradient(
    share: float, gradient_of: dict[int, int], *, told: bool
) -> None:
    """A decay that outweighs all steps makes strangers of updates and gradients; a usual one hides nobody's."""
    answer = ask(RULE, train(NET, swapped(_decayed(adam(1e-3), share), gradient_of), 150))
    assert isinstance(answer, Found) is (told and bool(gradient_of))


def _decayed(inner: Update, share: float) -> Update:
    """Beside the steps of ``inner``, each takes a ``share`` of the weights."""
    return lambda weights, gradients: [u - share * w for u, w in zip(inner(weights, gradients), weights, strict=True)]


def test_without_equal_shapes_nothing_can_be_confused() -> None:
    """And few steps prove nothing."""
    assert isinstance(ask(RULE, train(Mlp((64, 16, 10)), sgd(0.1), 30)), NotApplicable)
    assert isinstance(ask(RULE, train(NET, swapped(sgd(0.1), KERNELS), 5)), NotEnoughEvidence)


@pytest.mark.parametrize(("cosine", "told"), [(-0.3, False), (0.0, True), (0.15, True), (0.5, False)])
def test_what_others_move_may_climb_a_little(cosine: float, *, told: bool) -> None:
    """Steps that go up the gradient for certain have the wrong sign instead."""
    series = train(NET, adam(1e-3), 100)
    values = np.array(series.values["cosine_gradient_update"])
    values[:, list(KERNELS)] = cosine
    changed = replace(series, values={**series.values, "cosine_gradient_update": values})
    assert isinstance(ask(RULE, changed), Found) is told


@pytest.mark.parametrize(("cosine", "told"), [(-0.5, True), (-0.1, False)])
def test_a_small_last_layer_shows_that_updates_can_follow(cosine: float, *, told: bool) -> None:
    """One output of few weights beside layers of one shape: over the run, chance is small for it, too."""
    series = train(NET, adam(1e-3), 100)
    few = tuple(replace(v, shape=(10, 1) if v.name == "dense_3/kernel" else v.shape) for v in series.variables)
    values = np.zeros_like(series.values["cosine_gradient_update"])
    values[:, 6] = cosine
    changed = replace(series, variables=few, values={**series.values, "cosine_gradient_update": values})
    assert isinstance(ask(RULE, changed), Found) is told
