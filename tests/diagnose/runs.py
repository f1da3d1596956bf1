"""Named healthy and faulty trainings by seed.

Thresholds were chosen from theory and tried on seeds below 100; seed 113 of the negative loss led to one correction.
``test_held_out.py`` judges on seeds and architectures that no threshold was chosen on: 100, 101, 200 and 201.
"""

from collections.abc import Callable

import numpy as np

from tb_convergence.series import Series
from tests.diagnose.networks import Mlp, Rnn, train
from tests.diagnose.simulate import Array, Recording, Update, adam, parabola, sgd

Run = Callable[[int], Series]


def architecture(seed: int) -> Mlp:
    """A ReLU net of two to five layers, as wide as the seed says."""
    rng = np.random.default_rng(seed)
    return Mlp((64, *rng.integers(16, 97, rng.integers(1, 5)).tolist(), 10))


def warm_up(make: Callable[[float], Update], rate: float, steps: int) -> Update:
    """The learning rate rises linearly over ``steps``; for optimizers whose update is linear in it."""
    inner, count = make(rate), 0

    def update(weights: list[Array], gradients: list[Array]) -> list[Array]:
        nonlocal count
        count += 1
        return [d * min(1.0, count / steps) for d in inner(weights, gradients)]

    return update


def regression(seed: int) -> tuple[Array, Array]:
    """Two classes of points, 512 × 8, that a line almost divides."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(512, 8))
    return x, (x @ rng.normal(size=8) + 0.3 * rng.normal(size=512) > 0).astype(int)


def not_meant_to_fall(seed: int, *, negative: bool) -> Series:
    """A loss without a trend, as of a policy gradient or a discriminator, with wandering weights."""
    rng = np.random.default_rng(seed)
    recording, w = Recording(["kernel"]), rng.normal(size=(8, 8))
    for _ in range(200):
        g = rng.normal(size=w.shape)
        after = w - 1e-3 * g
        loss = rng.normal() if negative else 0.69 + 0.05 * rng.normal()
        recording.step([w], [g], [after], loss=loss)
        w = after
    return recording.series()


def resumed_converged(seed: int) -> Series:
    """A net that had converged: loss near zero, most gradients exactly zero, updates of nothing."""
    rng = np.random.default_rng(seed)
    recording, w = Recording(["kernel", "bias"]), [rng.normal(size=(8, 8)), rng.normal(size=8)]
    for step in range(100):
        g = [np.zeros_like(x) if step % 3 else 1e-9 * rng.normal(size=x.shape) for x in w]
        recording.step(w, g, [x - 0.1 * y for x, y in zip(w, g, strict=True)], loss=0.0 if step % 3 else 1e-12)
    return recording.series()


def constant(seed: int) -> Series:
    """Nothing changes at all: no gradient, no loss."""
    w = np.random.default_rng(seed).normal(size=(4, 4))
    recording = Recording(["kernel"])
    for _ in range(50):
        recording.step([w], [np.zeros_like(w)], [w], loss=0.0)
    return recording.series()


HEALTHY: dict[str, Run] = {
    "adam": lambda s: train(architecture(s), adam(1e-3), 300, seed=s),
    "adam, large steps": lambda s: train(architecture(s), adam(5e-3), 300, seed=s),
    "sgd": lambda s: train(architecture(s), sgd(0.1), 300, seed=s),
    "sgd, small steps": lambda s: train(architecture(s), sgd(0.01), 300, seed=s),
    "momentum": lambda s: train(architecture(s), sgd(0.02, 0.9), 300, seed=s),
    "nesterov": lambda s: train(architecture(s), sgd(0.02, 0.9, nesterov=True), 300, seed=s),
    "clipped": lambda s: train(architecture(s), sgd(0.1, clip=1.0), 300, seed=s),
    "batch of 4": lambda s: train(architecture(s), adam(1e-3), 300, seed=s, batch=4),
    "batch of 1": lambda s: train(architecture(s), sgd(0.01), 300, seed=s, batch=1),
    "accumulation": lambda s: train(architecture(s), sgd(0.2), 400, seed=s, every=8),
    "frozen": lambda s: train(architecture(s), adam(1e-3), 200, seed=s, frozen=(0, 1)),
    "normalized": lambda s: train(Mlp((64, 64, 64, 64, 10), normalized=True), adam(3e-3), 300, seed=s),
    "tanh": lambda s: train(Mlp((64, 48, 48, 10), "tanh", "glorot"), sgd(0.1), 300, seed=s),
    "shallow sigmoid": lambda s: train(Mlp((64, 48, 10), "sigmoid", "glorot"), adam(1e-2), 300, seed=s),
    "deep he": lambda s: train(Mlp((64, *[32] * 11, 10)), adam(1e-3), 300, seed=s),
    "wide": lambda s: train(Mlp((64, 512, 10)), sgd(0.05), 150, seed=s),
    "recurrent": lambda s: train(Rnn(), adam(3e-3), 200, seed=s),
    "warm-up": lambda s: train(architecture(s), warm_up(adam, 1e-3, 100), 150, seed=s),
    "warm-up, cut short": lambda s: train(architecture(s), warm_up(sgd, 0.1, 10_000), 60, seed=s),
    "full batch": lambda s: train(Mlp((8, 16, 2)), sgd(0.5), 200, seed=s, batch=None, data=regression(s)),
    "full batch, edge of stability": lambda s: train(
        Mlp((8, 32, 2)), sgd(2.0), 300, seed=s, batch=None, data=regression(s)
    ),
    "full batch, momentum": lambda s: train(
        Mlp((8, 16, 2)), sgd(0.1, 0.9), 200, seed=s, batch=None, data=regression(s)
    ),
    "two classes, to the floor": lambda s: train(Mlp((8, 64, 2)), adam(1e-2), 600, seed=s, data=regression(s)),
    "linear": lambda s: train(Mlp((8, 2)), sgd(0.1), 400, seed=s, data=regression(s)),
    "two steps": lambda s: train(architecture(s), adam(1e-3), 2, seed=s),
    "eight steps": lambda s: train(architecture(s), sgd(0.1), 8, seed=s),
    "negative loss": lambda s: not_meant_to_fall(s, negative=True),
    "discriminator": lambda s: not_meant_to_fall(s, negative=False),
    "resumed": resumed_converged,
    "constant": constant,
    "parabola": lambda s: parabola(sgd(0.05 + 0.01 * (s % 50)), 60),
    "parabola, adam": lambda s: parabola(adam(0.02 + 0.01 * (s % 10)), 200),
}

_SIGMOID = Mlp((64, *[32] * 11, 10), "sigmoid", "glorot")

FAULTY: dict[str, tuple[str, Run]] = {
    "parabola, rate too high": ("high-learning-rate", lambda s: parabola(sgd(1.2 + 0.1 * (s % 20)), 12)),
    "parabola, momentum": ("high-learning-rate", lambda s: parabola(sgd(1.96 + 0.05 * (s % 5), 0.9), 200)),
    "parabola, half": ("wrong-gradient", lambda s: parabola(sgd(0.1), 10 + s % 30, factor=0.5)),
    "parabola, other factor": ("wrong-gradient", lambda s: parabola(sgd(0.02), 30, factor=1.5 + 0.1 * (s % 30))),
    "sigmoid, sgd": ("vanishing-gradient", lambda s: train(_SIGMOID, sgd(0.1), 150, seed=s)),
    "sigmoid, adam": ("vanishing-gradient", lambda s: train(_SIGMOID, adam(1e-3), 150, seed=s)),
    "relu killed": ("high-learning-rate", lambda s: train(architecture(s), sgd(30.0), 150, seed=s)),
    "relu killed, adam": ("high-learning-rate", lambda s: train(architecture(s), adam(1.0), 150, seed=s)),
    "rate too low": ("low-learning-rate", lambda s: train(architecture(s), sgd(1e-4), 200, seed=s)),
    "rate too low, adam": ("low-learning-rate", lambda s: train(architecture(s), adam(1e-6), 200, seed=s)),
    "recurrent": ("exploding-gradient", lambda s: train(Rnn(inputs=1, radius=3.0), sgd(0.05), 150, seed=s)),
    "never applied": ("unapplied-update", lambda s: train(architecture(s), sgd(0.0), 50, seed=s)),
}
