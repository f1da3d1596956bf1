"""What pulls weights to zero is measured against closed forms, and told from what data and momentum do."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.shrinkage import forgetting, held_back, shrinkage
from tb_convergence.diagnose.estimators.sudden import before
from tb_convergence.series import Series
from tests.diagnose.simulate import Array, Recording, Update, sgd

KERNELS = np.array([0, 1])


def decayed(update: Update, share: float) -> Update:
    """Takes a share off the weights beside each update."""
    return lambda w, g: [d - share * x for d, x in zip(update(w, g), w, strict=True)]


def pulled(update: Update, *, penalty: float, noise: float, steps: int = 60, seed: int = 0) -> Series:
    """Two kernels of 40 × 50 whose gradient is λw, and noise of a length that is given as a share of the first λ‖w‖."""
    rng = np.random.default_rng(seed)
    weights: list[Array] = [rng.normal(size=(40, 50)) for _ in range(2)]
    recording, size = Recording(["a", "b"]), noise * max(penalty, 1.0)
    for _ in range(steps):
        gradients = [penalty * w + size * rng.normal(size=w.shape) for w in weights]
        after = [w + d for w, d in zip(weights, update(weights, gradients), strict=True)]
        recording.step(weights, gradients, after, loss=1.0)
        weights = after
    return recording.series()


def test_the_strength_of_a_penalty_is_that_of_its_gradient() -> None:
    """λ itself; and the pull over the rest is that of the lengths in the steps before the weights have halved."""
    series = pulled(sgd(0.01), penalty=2.0, noise=0.1)
    found = shrinkage(series, KERNELS)
    assert found is not None
    assert (found.in_gradient, found.steady, sorted(found.columns)) == (True, True, [0, 1])
    assert found.strength == pytest.approx(2.0, rel=0.02)
    assert found.share == pytest.approx(0.02, rel=0.02)
    halved = int(np.flatnonzero(series.norm("weight")[:, 0] < 0.5 * series.norm("weight")[0, 0])[0])
    rest = [2.0 * series.norm("weight")[t, 0] / (0.2 * np.sqrt(2000)) for t in range(halved)]
    assert found.over_rest == pytest.approx(float(np.median(rest)), rel=0.05)
    assert found.left == pytest.approx(float((series.norm("weight")[-1] / series.norm("weight")[0]).mean()), rel=0.02)


def test_decay_is_seen_in_the_update_alone() -> None:
    """3 % a step; its gradient is noise, of which no λ follows."""
    found = shrinkage(pulled(decayed(sgd(0.001), 0.03), penalty=0.0, noise=1.0), KERNELS)
    assert found is not None
    assert (found.in_gradient, found.steady) == (False, True)
    assert np.isnan(found.strength)
    assert found.share == pytest.approx(0.03, rel=0.01)
    assert found.left == pytest.approx(0.97**59, rel=0.03)


@pytest.mark.parametrize(
    ("update", "penalty", "noise", "steps"),
    [
        (sgd(0.01), 0.0, 1.0, 60),  # noise alone
        (sgd(0.01), 2.0, 3.0, 60),  # the data pull harder
        (sgd(0.001), 2.0, 0.1, 60),  # not far yet
        (sgd(0.01), 2.0, 0.1, 2),  # too short
        (decayed(sgd(0.1), 0.03), 0.0, 1.0, 60),  # noise hides the decay
    ],
)
def test_what_does_not_rule_or_did_not_shrink_them_is_no_pull(
    update: Update, penalty: float, noise: float, steps: int
) -> None:
    """Weights must have halved, by steps of which more than half is the pull."""
    assert shrinkage(pulled(update, penalty=penalty, noise=noise, steps=steps), KERNELS) is None


def test_the_gradient_of_one_kernel_alone_proves_nothing() -> None:
    """A regression whose weights began too large looks like that."""
    series = pulled(sgd(0.01), penalty=2.0, noise=0.1)
    assert shrinkage(series, KERNELS[:1]) is None
    assert shrinkage(series, KERNELS[:0]) is None


def test_a_constant_force_is_no_steady_share() -> None:
    """As that of an L1 penalty: it takes a growing share of what is left."""
    rng = np.random.default_rng(0)
    weights: list[Array] = [rng.uniform(1.0, 2.0, size=(20, 30)) for _ in range(2)]
    recording = Recording(["a", "b"])
    for _ in range(60):
        gradients = [np.sign(w) for w in weights]
        after = [w - 0.02 * g for w, g in zip(weights, gradients, strict=True)]
        recording.step(weights, gradients, after)
        weights = after
    found = shrinkage(recording.series(), KERNELS)
    assert found is not None
    assert (found.in_gradient, found.steady) == (True, False)


def test_weights_of_zero_or_nan_are_none() -> None:
    """Nothing can be a share of them."""
    series = pulled(sgd(0.01), penalty=2.0, noise=0.1)
    for value in (0.0, np.nan, np.inf):
        series.values["weight_norm"][:] = value
        assert shrinkage(series, KERNELS) is None


def test_a_step_to_zero_that_the_gradient_asks_for_is_no_decay() -> None:
    """Signs of it, as Adam takes, of weights that began too large: they lie closer along the weights than it does."""
    rng = np.random.default_rng(0)
    weights: list[Array] = [rng.uniform(-1.0, 1.0, size=(20, 30)) for _ in range(2)]
    recording = Recording(["a", "b"])
    for _ in range(60):
        gradients = [np.sign(w) * rng.exponential(size=w.shape) ** 3 for w in weights]
        after = [w - 0.01 * np.sign(g) for w, g in zip(weights, gradients, strict=True)]
        recording.step(weights, gradients, after)
        weights = after
    series = recording.series()
    assert 0.2 < np.median(series.recorded("cosine_weight_gradient")[:20]) < np.sqrt(0.5)
    assert shrinkage(series, KERNELS) is None


@pytest.mark.parametrize(("share", "told"), [(1.8, True), (2.2, True), (0.3, True), (0.02, False)])
def test_a_decay_that_rules_is_told_whatever_becomes_of_the_length(share: float, *, told: bool) -> None:
    """Of noise with a decay that turns the weights round, or makes them grow; by its length over the rate's."""
    series = pulled(decayed(sgd(0.01), share), penalty=0.0, noise=1.0, steps=40)
    found = forgetting(series, KERNELS, np.full(40, share), np.full(40, 0.01))
    assert (found is not None) is told
    if found is not None:
        weight, gradient = (series.norm(x) for x in ("weight", "gradient"))
        slow = [share * np.hypot(*weight[t]) / (0.01 * np.hypot(*gradient[t])) for t in range(40)]
        assert found.over_rest == pytest.approx(float(np.median(slow)), rel=1e-6)
        assert (found.in_gradient, found.steady, found.share) == (False, True, share)


@pytest.mark.parametrize("share", [np.full(40, np.nan), np.where(np.arange(40) < 15, 0.5, 1e-3)], ids=["none", "few"])
def test_a_decay_that_is_not_known_or_seldom_strong_does_not_rule(share: Array) -> None:
    """And an empty run has none."""
    series = pulled(sgd(0.01), penalty=0.0, noise=1.0, steps=40)
    assert forgetting(series, KERNELS, share, np.full(40, 0.01)) is None
    assert forgetting(before(series, 0), KERNELS, share[:0], share[:0]) is None


def test_what_a_decay_takes_back_is_what_it_is_of_each_step() -> None:
    """And what longer weights would save at the slope that there is: row by row, of the later half."""
    series = pulled(decayed(sgd(0.01), 0.02), penalty=-0.5, noise=0.1, steps=41)
    loss = np.linspace(2.0, 1.0, 41)
    made, saved = [], []
    for t in range(20, 41):
        weight, update = (float(np.hypot(*series.norm(x)[t])) for x in ("weight", "update"))
        made.append(0.02 * weight / update)
        saved.append(-float(series.inner("weight", "gradient")[t].sum()) / loss[t])
    assert held_back(series, KERNELS, 0.02, loss) == pytest.approx((np.median(made), np.median(saved)), rel=1e-6)


def test_without_steps_or_numbers_nothing_is_held_back() -> None:
    """Weights that stay, numbers that are not finite, no row or one."""
    still = pulled(sgd(0.0), penalty=0.0, noise=0.1, steps=40)
    assert np.isnan(held_back(still, KERNELS, 0.02, np.ones(40))[0])
    assert np.isnan(held_back(still, KERNELS, 0.02, np.full(40, np.nan))[1])
    with np.errstate(all="ignore"):
        assert all(np.isnan(x) for x in held_back(before(still, 0), KERNELS, 0.02, np.ones(0)))
        assert np.isfinite(held_back(before(still, 1), KERNELS, 0.02, np.ones(1))[1])
