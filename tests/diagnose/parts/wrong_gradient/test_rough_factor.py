"""A factor is seen through the noise of batches."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.rules.rule import Found
from tb_convergence.diagnose.rules.wrong_gradient import RULE
from tests.diagnose.faults import scaled
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.simulate import sgd


@pytest.mark.parametrize("factor", [0.01, 0.1, -1.0])
@pytest.mark.parametrize("batch", [16, 64])
def test_a_factor_is_seen_through_the_noise_of_batches(factor: float, batch: int) -> None:
    """Sign and size, from the fall of the loss alone; the learning rate makes up for small ones."""
    update = scaled(sgd(0.05 / abs(factor)), factor)
    series = train(Mlp((64, 32, 10)), update, 200, batch=batch)
    series.values["gradient_norm"][:] *= abs(factor)
    series.values["previous_gradient_norm"][:] *= abs(factor)
    if factor < 0.0:
        for name in series.values:
            if name.startswith("cosine") and name.count("gradient") == 1:
                series.values[name][:] *= -1.0
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert 1.0 / 3.0 < float(str(answer.evidence["factor"])) / factor < 3.0


@pytest.mark.parametrize("factor", [0.005, 0.02])
def test_a_small_part_of_a_gradient_is_told_by_the_scatter_of_the_loss(factor: float) -> None:
    """Minibatches whose loss hardly falls: to a factor of three. A rate as small has right gradients."""
    series = train(Mlp((64, 32, 10)), sgd(0.05 * factor), 150)
    assert not isinstance(ask(RULE, series), Found)
    for name in ("gradient_norm", "previous_gradient_norm"):
        series.values[name][:] *= factor
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert 1.0 / 3.0 < float(str(answer.evidence["factor"])) / factor < 3.0


@pytest.mark.parametrize(("size", "told"), [(None, True), (1.0, True), (0.002, False)])
def test_inputs_as_small_make_small_gradients_of_all_kernels(size: float | None, *, told: bool) -> None:
    """While biases are near zero, each layer gets what is as small; where inputs were not seen, they are asked for."""
    series = train(Mlp((64, 32, 10)), sgd(0.05), 100)
    values = np.array(series.values["gradient_norm"])
    values[:, [0, 2]] *= 0.003
    looked = {} if size is None else {"input_mean": np.zeros(100), "input_std": np.full(100, size)}
    changed = {**series.values, "gradient_norm": values}
    answer = ask(RULE, replace(series, values=changed, step_values={**series.step_values, **looked}))
    blamed = isinstance(answer, Found) and answer.evidence["source"] == "the gradients of the biases"
    assert blamed is told
    assert not isinstance(answer, Found) or ("inputs=" in answer.advice[-1]) is (size is None)
