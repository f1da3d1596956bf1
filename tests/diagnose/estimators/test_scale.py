"""Gradients of a size that no data can give them."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.layers import layers
from tb_convergence.diagnose.estimators.scale import (
    bias_excess,
    bias_scatter,
    bias_share,
    kernel_share,
    logit_bias_excess,
)
from tests.diagnose.networks import Mlp, cross_entropy, digits, train
from tests.diagnose.simulate import sgd


def test_a_mean_cross_entropy_stays_within_its_bound() -> None:
    """Even of answers that are sure and wrong."""
    logits = 50.0 * np.eye(10)[np.zeros(32, int)]
    _, delta = cross_entropy(logits, np.ones(32, int))
    assert np.linalg.norm(delta.sum(axis=0)) == pytest.approx(np.sqrt(2.0))


def test_a_sum_over_the_batch_exceeds_it() -> None:
    """32 times the gradient of the last bias, recorded as it was used."""
    series = train(Mlp((64, 32, 10)), sgd(0.01), 30)
    found = layers(series.variables)
    assert 0.0 < bias_excess(series, found, 10) < 1.0
    series.values["gradient_norm"][:] *= 32.0
    assert bias_excess(series, found, 10) > 1.1


@pytest.mark.parametrize("weight", [1.0, 32.0, 1e-3])
def test_no_sum_or_weighting_exceeds_what_its_loss_allows(weight: float) -> None:
    """Mean, sum over 32, or small weights; a gradient a hundred times that size does."""
    series = train(Mlp((64, 32, 10)), sgd(0.01), 30)
    found = layers(series.variables)
    series.values["gradient_norm"][:] *= weight
    series.step("loss")[:] *= weight
    assert 0.0 < logit_bias_excess(series, found, 10) < 1.0
    series.values["gradient_norm"][:] *= 100.0 / min(weight, 1.0)
    assert logit_bias_excess(series, found, 10) > 1.1


def test_of_one_sigmoid_the_most_is_one() -> None:
    """|p − y| is, where that of two classes has a length of √2. Without a last bias, or numbers, nothing is known."""
    series = train(Mlp((64, 32, 10)), sgd(0.01), 30)
    found = layers(series.variables)
    series.step("loss")[:] = 0.5
    series.values["gradient_norm"][:] = 0.6
    assert logit_bias_excess(series, found, 1) == pytest.approx(0.6)
    assert logit_bias_excess(series, found, 2) == pytest.approx(0.6 / np.sqrt(2.0))
    assert logit_bias_excess(series, (), 2) == 0.0
    series.step("loss")[:] = np.nan
    assert logit_bias_excess(series, found, 2) == 0.0
    series.values["gradient_norm"][:] = np.inf
    assert logit_bias_excess(series, found, 2) == 0.0


def test_uniform_answers_to_one_class_have_the_whole_gradient() -> None:
    """Less what a second softmax leaves of it; labels of all classes, and unknown ones, tell nothing."""
    series, classes = train(Mlp((64, 32, 10)), sgd(0.01), 12), 10
    series = replace(series, step_values={"label_entropy": np.full(12, 0.5)})
    length = np.sqrt(2.0 * (np.log(classes) - 0.5) / classes)
    series.values["gradient_norm"][:, 3] = length / classes
    assert bias_share(series, 3, classes, rows=10) == pytest.approx(1.0 / classes)
    for entropy in (np.log(classes), np.nan):
        series.step("label_entropy")[:] = entropy
        assert np.isnan(bias_share(series, 3, classes, rows=10))


def test_without_a_cross_entropy_nothing_is_known() -> None:
    """Another first loss, no classes, no bias, no row."""
    series = train(Mlp((64, 32, 10)), sgd(0.01), 30)
    found = layers(series.variables)
    assert bias_excess(series, found, 1) == 0.0
    assert bias_excess(series, (), 10) == 0.0
    series.step("loss")[0] = 30.0
    assert bias_excess(series, found, 10) == 0.0
    series.step("loss")[0] = np.nan
    assert bias_excess(series, found, 10) == 0.0


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_kernels_and_biases_agree(activation: str) -> None:
    """About the size of the signal in the layers, which is about 1."""
    series = train(Mlp((64, 32, 32, 10), activation), sgd(0.05), 60)
    assert kernel_share(series, layers(series.variables)) > 0.2


def test_kernels_at_a_hundredth_do_not() -> None:
    """In each layer; a net of tiny kernels has them by nature, and says nothing."""
    series = train(Mlp((64, 32, 32, 10)), sgd(0.05), 60)
    series.values["gradient_norm"][:, ::2] *= 0.01
    assert kernel_share(series, layers(series.variables)) < 0.05
    series.values["weight_norm"][:, ::2] *= 0.01
    assert kernel_share(series, layers(series.variables)) == 1.0


def test_a_net_of_the_digits_has_inputs_of_usual_size() -> None:
    """Which the first layer's gradients tell."""
    x, _ = digits()
    series = train(Mlp((64, 32, 10)), sgd(0.05), 40)
    assert kernel_share(series, layers(series.variables)) > 0.5 * float(np.sqrt((x**2).mean()))


@pytest.mark.parametrize("batch", [8, 32, 128])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_last_bias_scatters_as_the_loss_does(seed: int, batch: int) -> None:
    """Both are means over the examples of a batch, however many these are; and a hundredth of a gradient shows."""
    series = train(Mlp((64, 32, 10), gain=0.7), sgd(1e-4), 60, seed=seed, batch=batch)
    found = layers(series.variables)
    right = bias_scatter(series, found, 10)
    assert 0.74 < right < 10.0
    series.values["gradient_norm"][:] *= 0.01
    assert bias_scatter(series, found, 10) == pytest.approx(0.01 * right)


def test_without_scatter_nothing_is_known() -> None:
    """One batch, no classes, no layer, a loss of another kind, or none."""
    series = train(Mlp((64, 32, 10)), sgd(1e-4), 60, batch=None)
    found = layers(series.variables)
    assert bias_scatter(series, found, 10) == np.inf
    assert bias_scatter(series, found, 1) == np.inf
    assert bias_scatter(series, (), 10) == np.inf
    for value in (50.0, np.nan):
        series.step("loss")[:] = value
        assert bias_scatter(series, found, 10) == np.inf
