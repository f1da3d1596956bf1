"""Steps are made of one example each where batches are of one, and nothing averages over several."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.parts.noisy_gradient.one_example import LONG, one_example
from tb_convergence.diagnose.rules import excessive_momentum
from tb_convergence.series import Series
from tests.diagnose.networks import Mlp, train
from tests.diagnose.simulate import Update, adam, sgd

NET = Mlp((64, 32, 10))


def single(update: Update, *, batch: int = 1, every: int = 1) -> Series:
    return train(NET, update, 120, batch=batch, every=every)


@pytest.mark.parametrize(("batch", "one"), [(1, True), (2, False), (32, False)])
def test_a_batch_of_one_is_known(batch: int, *, one: bool) -> None:
    """Of any optimizer."""
    for update in (sgd(0.02), adam(1e-3)):
        assert one_example(Context(single(update, batch=batch))) is one


def test_what_averages_over_several_is_none() -> None:
    """Gradients of eight batches added up, several replicas, or a momentum that remembers many steps."""
    assert not one_example(Context(single(sgd(0.02), every=8)))
    assert not one_example(Context(single(sgd(2e-4, 0.99))))
    series = single(sgd(0.02))
    replicas = {**series.step_values, "replica_gradient_square": np.ones(120)}
    assert not one_example(Context(replace(series, step_values=replicas)))


def test_a_long_memory_is_one_number() -> None:
    """That of too high a momentum."""
    assert LONG == excessive_momentum.HIGH
