"""One batch, other batches, and noise are told apart."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.batches import (
    above_rounding,
    breaks,
    differ,
    drowned,
    even,
    kinds,
    one,
    same_examples,
    visible,
)
from tests.diagnose.networks import Mlp, train
from tests.diagnose.simulate import Recording, sgd

NOTHING = np.full(50, np.nan)


@pytest.mark.parametrize("factor", [1.0, 2.0, -3.0])
def test_changes_that_follow_are_of_one_batch(factor: float) -> None:
    """Whatever factor the gradients share, and with a few steps too long for the trapezoid."""
    ratio = factor * np.linspace(0.9, 1.1, 50)
    ratio[[0, 20]] = np.nan, 30.0
    assert one(ratio)
    assert not differ(ratio, np.zeros(50))


def test_changes_that_do_not_are_of_others() -> None:
    """Unless the gradients turn round exactly at every step."""
    ratio = np.random.default_rng(0).normal(size=50)
    assert not one(ratio)
    assert differ(ratio, np.zeros(50))
    assert not differ(ratio, np.full(50, -0.98))


def test_nothing_known_is_neither() -> None:
    """NaN, and no steps at all."""
    for ratio in (NOTHING, NOTHING[:0], np.full(50, np.inf)):
        assert not one(ratio)
        assert not differ(ratio, NOTHING[: len(ratio)])
        assert not drowned(ratio, NOTHING[: len(ratio)])


def test_a_loss_is_above_rounding_until_it_has_fallen_by_nine_decades() -> None:
    """From its highest, wherever that is; to the end where it does not, and at once nowhere."""
    log = -np.arange(40.0)
    assert above_rounding(log) == 21  # e^−21 is the first below 1e-9
    assert above_rounding(np.append(-5.0, log + 5.0)) == 22
    assert above_rounding(log[:20]) == 20
    assert above_rounding(log[:1]) == 1
    assert above_rounding(log[:0]) == 0
    assert above_rounding(np.zeros(7)) == 7


def test_noise_in_many_dimensions_is_drowned() -> None:
    """Its length is steady, its directions are orthogonal; a descent, or a tenth as much noise, is not."""
    rng = np.random.default_rng(1)
    for scale, expected in ((1.0, True), (0.0, False), (0.03, False)):
        g = 3.0 * np.exp(-0.03 * np.arange(80.0))[:, None] * np.ones(400) / 20.0 + scale * rng.normal(size=(80, 400))
        norm = np.linalg.norm(g, axis=1)
        angle = np.append(np.nan, (g[1:] * g[:-1]).sum(axis=1) / (norm[1:] * norm[:-1]))
        assert drowned(norm, angle) is expected


def test_breaks_are_where_parallel_gradients_turn_and_the_loss_changes_for_no_reason() -> None:
    """Against the slow twin; a step too far on one batch turns the gradient too, and explains its loss."""
    rng = np.random.default_rng(3)
    angle = np.where(rng.random(60) < 0.1, rng.uniform(-1.0, 1.0, 60), 0.97)
    ratio = np.where(rng.random(60) < 0.5, rng.normal(0.0, 8.0, 60), 1.0)
    slow = [i for i in range(60) if angle[i] < 0.5 and (ratio[i] < 0.0 or ratio[i] > 5.0)]
    assert breaks(ratio, angle).tolist() == slow
    assert slow
    assert not len(breaks(np.ones(60), angle))
    assert not len(breaks(ratio, np.minimum(angle, 0.6)))
    assert not len(breaks(np.full(5, np.nan), np.full(5, np.nan)))
    assert not len(breaks(np.empty(0), np.empty(0)))


def test_a_run_that_blew_up_is_not_drowned() -> None:
    """What is left of it, a last bias that swings, has a steady length in any direction, too; it did not begin so."""
    rng = np.random.default_rng(2)
    g = rng.normal(size=(80, 400))
    norm = np.linalg.norm(g, axis=1)
    angle = np.append(np.nan, (g[1:] * g[:-1]).sum(axis=1) / (norm[1:] * norm[:-1]))
    assert drowned(norm, angle)
    norm[1:4] *= (1e2, 1e5, 1e9)
    assert not drowned(norm, angle)


def test_added_noise_is_of_one_size_in_all_variables() -> None:
    """Layers' gradients are not; a single variable, and what is not known, say nothing."""
    rng, recording, w = np.random.default_rng(0), Recording(["a", "b"]), [np.ones((6, 5)), np.ones(4)]
    for _ in range(60):
        recording.step(w, [rng.normal(size=x.shape) for x in w], w)
    series = recording.series()
    assert even(series)
    norm = series.values["gradient_norm"]
    for changed in (norm * np.array([1.0, 2.0]), np.full_like(norm, np.nan), np.zeros_like(norm), norm[:0]):
        assert not even(replace(series, values={**series.values, "gradient_norm": changed}))
    assert not even(train(Mlp((64, 32, 10)), sgd(0.1), 40))
    alone = Recording(["a"])
    alone.step(w[:1], w[:1], w[:1])
    assert not even(alone.series())


def test_kinds_change_where_the_loss_leaps() -> None:
    """Every tenth row of data that come sorted; not where the loss leaps as far in between, hardly, or too often."""
    t = np.arange(80)
    first = (t % 10 == 0) & (t > 0)
    angle, ratio = np.where(first, 0.1, 0.97), np.where(first, 30.0, 1.0)
    loss = np.where(t // 10 % 2 == 0, 1.0, 3.0) * (1.0 + 1e-4 * t)
    assert kinds(loss, ratio, angle).tolist() == [10, 20, 30, 40, 50, 60, 70]
    assert not len(kinds(np.ones(80), ratio, angle))
    assert not len(kinds(np.where(t % 2 == 0, 1.0, 9.0), ratio, angle))
    assert not len(kinds(loss[:40], ratio[:40], angle[:40]))
    for rows in (0, 1):
        assert not len(kinds(loss[:rows], ratio[:rows], angle[:rows]))
    assert not len(kinds(NOTHING, NOTHING, NOTHING))


def test_changes_above_rounding_count_where_there_are_enough() -> None:
    """Else all of them; row by row."""
    rng = np.random.default_rng(0)
    loss, ratio = -np.ones(60), rng.normal(size=60)
    change = np.where(np.arange(60) < 25, 1e-3, 1e-7)
    by_hand = [r for r, c, x in zip(ratio, change, loss, strict=True) if abs(c) > 1e-5 * abs(x)]
    assert visible(ratio, change, loss).tolist() == by_hand
    assert visible(ratio, 1e-4 * change, loss).tolist() == ratio.tolist()
    assert visible(ratio[:19], change[:19], loss[:19]).tolist() == ratio[:19].tolist()
    assert not len(visible(ratio[:0], change[:0], loss[:0]))


def _seen(**values: object) -> bool:
    """Whether steps of which inputs and labels are these are taken to see the same examples."""
    series = train(Mlp((64, 8, 10)), sgd(0.1), 40, batch=32)
    same = {f"{of}_{what}": np.full(40, 0.5) for of in ("input", "label") for what in ("mean", "std")}
    return same_examples(replace(series, step_values={**series.step_values, **same, **values}))  # type: ignore[dict-item]


def test_examples_are_the_same_where_inputs_and_labels_are() -> None:
    """In mean and spread, but for rounding, wherever they were looked at; not where only one is known."""
    rounded, other = 0.5 + 1e-7 * np.arange(40.0) / 40.0, np.where(np.arange(40) == 20, 0.51, 0.5)
    now_and_then = np.where(np.arange(40) % 10 == 0, 0.5, np.nan)
    assert _seen()
    assert _seen(input_mean=rounded, label_std=now_and_then)
    assert not _seen(input_mean=other)
    assert not _seen(label_std=other)
    assert not _seen(label_mean=NOTHING[:40], label_std=NOTHING[:40])
    assert not _seen(input_mean=np.where(np.arange(40) < 2, 0.5, np.nan))


def test_a_mean_of_zero_is_the_same_within_rounding_of_the_spread() -> None:
    """Of standardized data, whose mean is rounding alone."""
    assert _seen(input_mean=1e-8 * np.random.default_rng(0).normal(size=40))
