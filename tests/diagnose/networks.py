"""Small networks in numpy with gradients by hand, trained and recorded: what real trainings look like."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from sklearn.datasets import load_digits

from tb_convergence.series import Series
from tests.diagnose.probes import seen
from tests.diagnose.simulate import Array, Recording, Update


@cache
def digits() -> tuple[Array, Array]:
    """Images [1797, 64] in 0 … 1 and labels [1797]."""
    data = load_digits()
    return data.data / 16.0, data.target


@dataclass(frozen=True)
class Mlp:
    """A multilayer perceptron; ``gain`` scales the initial kernels.

    ``head``: ``softmax`` with cross-entropy; ``twice``: the same of softmax's own probabilities, taken for logits;
    ``linear``, ``sigmoid``: squared error.
    """

    sizes: tuple[int, ...]
    activation: str = "relu"
    init: str = "he"
    gain: float = 1.0
    normalized: bool = False
    head: str = "softmax"

    def initial(self, rng: np.random.Generator) -> list[Array]:
        """Kernel, bias, kernel, bias, …"""
        weights = []
        for fan_in, fan_out in zip(self.sizes, self.sizes[1:], strict=False):
            variance = 2.0 / fan_in if self.init == "he" else 2.0 / (fan_in + fan_out)
            weights += [self.gain * rng.normal(0, np.sqrt(variance), (fan_in, fan_out)), np.zeros(fan_out)]
        return weights

    def names(self) -> list[str]:
        """Names of the variables, as Keras gives them."""
        return [f"dense_{i}/{part}" for i in range(len(self.sizes) - 1) for part in ("kernel", "bias")]

    def activations(self) -> list[str | None]:
        """The activation behind each variable."""
        hidden: list[str | None] = [self.activation] * (2 * len(self.sizes) - 4)
        head = "softmax" if self.head == "twice" else self.head
        return [*hidden, head, head]

    def outputs(self, weights: list[Array], x: Array) -> Array:
        """What the net answers, behind the activation of its last layer."""
        last = len(weights) // 2 - 1
        for i in range(last + 1):
            x = x @ weights[2 * i] + weights[2 * i + 1]
            if self.normalized and i < last:
                x = (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
            x = self._act(x) if i < last else x
        if self.head == "linear":
            return x
        return 1.0 / (1.0 + np.exp(-np.clip(x, -500, 500))) if self.head == "sigmoid" else softmax(x)

    def loss(self, weights: list[Array], x: Array, labels: Array) -> tuple[float, list[Array]]:
        """The mean loss and its gradient."""
        last = len(weights) // 2 - 1
        inputs, pre, scales = [x], [], []
        for i in range(last + 1):
            z = inputs[-1] @ weights[2 * i] + weights[2 * i + 1]
            if self.normalized and i < last:
                scale = np.sqrt(z.var(axis=1, keepdims=True) + 1e-5)
                z = (z - z.mean(axis=1, keepdims=True)) / scale
                scales.append(scale)
            pre.append(z)
            inputs.append(self._act(z) if i < last else z)
        value, delta = HEADS[self.head](inputs[-1], labels)
        gradients: list[Array] = []
        for i in reversed(range(last + 1)):
            if i < last:
                delta = (delta @ weights[2 * i + 2].T) * self._slope(pre[i])
                if self.normalized:
                    z = pre[i]
                    delta = delta - delta.mean(axis=1, keepdims=True) - z * (delta * z).mean(axis=1, keepdims=True)
                    delta = delta / scales[i]
            gradients = [inputs[i].T @ delta, delta.sum(axis=0), *gradients]
        return value, gradients

    def _act(self, z: Array) -> Array:
        if self.activation == "relu":
            return np.maximum(z, 0.0)
        return np.tanh(z) if self.activation == "tanh" else 1.0 / (1.0 + np.exp(-np.clip(z, -500, 500)))

    def _slope(self, z: Array) -> Array:
        if self.activation == "relu":
            return (z > 0).astype(float)
        a = self._act(z)
        return 1.0 - a**2 if self.activation == "tanh" else a * (1.0 - a)


@dataclass(frozen=True)
class Rnn:
    """A recurrent net over the rows of the digits (or any [N, T, D]), with softmax cross-entropy at its end."""

    inputs: int = 8
    units: int = 32
    classes: int = 10
    radius: float = 1.0
    linear: bool = False

    def initial(self, rng: np.random.Generator) -> list[Array]:
        """Kernel, recurrent kernel of spectral radius about ``radius``, bias, output kernel, output bias."""
        kernel = rng.normal(0, np.sqrt(1.0 / self.inputs), (self.inputs, self.units))
        recurrent = rng.normal(0, self.radius / np.sqrt(self.units), (self.units, self.units))
        out = rng.normal(0, np.sqrt(1.0 / self.units), (self.units, self.classes))
        return [kernel, recurrent, np.zeros(self.units), out, np.zeros(self.classes)]

    def names(self) -> list[str]:
        """Names of the variables, as Keras gives them."""
        return ["rnn/kernel", "rnn/recurrent_kernel", "rnn/bias", "dense/kernel", "dense/bias"]

    def activations(self) -> list[str | None]:
        """The activation behind each variable."""
        inner = "linear" if self.linear else "tanh"
        return [inner, inner, inner, "softmax", "softmax"]

    def loss(self, weights: list[Array], x: Array, labels: Array) -> tuple[float, list[Array]]:
        """The mean loss and its gradient, by backpropagation through time."""
        kernel, recurrent, bias, out, out_bias = weights
        states = [np.zeros((len(x), self.units))]
        for t in range(x.shape[1]):
            z = x[:, t] @ kernel + states[-1] @ recurrent + bias
            states.append(z if self.linear else np.tanh(z))
        value, delta = cross_entropy(states[-1] @ out + out_bias, labels)
        g_out, g_out_bias = states[-1].T @ delta, delta.sum(axis=0)
        delta = delta @ out.T
        g_kernel, g_recurrent, g_bias = np.zeros_like(kernel), np.zeros_like(recurrent), np.zeros_like(bias)
        for t in reversed(range(x.shape[1])):
            delta = delta if self.linear else delta * (1.0 - states[t + 1] ** 2)
            g_kernel += x[:, t].T @ delta
            g_recurrent += states[t].T @ delta
            g_bias += delta.sum(axis=0)
            delta = delta @ recurrent.T
        return value, [g_kernel, g_recurrent, g_bias, g_out, g_out_bias]


def cross_entropy(logits: Array, labels: Array) -> tuple[float, Array]:
    """Mean softmax cross-entropy and its gradient with respect to the logits."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(shifted)
    p /= p.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    value = float(np.mean(np.log(np.exp(shifted).sum(axis=1)) - shifted[rows, labels]))
    delta = p.copy()
    delta[rows, labels] -= 1.0
    return value, delta / len(labels)


def softmax(logits: Array) -> Array:
    """Probabilities, along the last axis."""
    p: Array = np.exp(logits - logits.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def twice(logits: Array, labels: Array) -> tuple[float, Array]:
    """Cross-entropy that takes probabilities for logits, and its gradient with respect to the true logits."""
    p = softmax(logits)
    value, delta = cross_entropy(p, labels)
    return value, p * (delta - (delta * p).sum(axis=1, keepdims=True))


def squared(outputs: Array, labels: Array) -> tuple[float, Array]:
    """Mean squared error of ``outputs`` [N, K] and its gradient; labels [N] or [N, K]."""
    error = outputs - labels.reshape(outputs.shape)
    return float(np.mean(error**2)), 2.0 * error / error.size


def squared_of_sigmoid(logits: Array, labels: Array) -> tuple[float, Array]:
    """Mean squared error behind a sigmoid."""
    a = 1.0 / (1.0 + np.exp(-np.clip(logits, -500, 500)))
    value, delta = squared(a, labels)
    return value, delta * a * (1.0 - a)


HEADS = {"softmax": cross_entropy, "twice": twice, "linear": squared, "sigmoid": squared_of_sigmoid}


def train(
    net: Mlp | Rnn,
    update: Update,
    steps: int,
    *,
    data: tuple[Array, Array] | None = None,
    batch: int | None = 32,
    seed: int = 0,
    every: int = 1,
    frozen: tuple[int, ...] = (),
    weights: list[Array] | None = None,
    look: bool = False,
    validation: tuple[Array, Array] | None = None,
) -> Series:
    """Trains and records; ``batch`` ``None``: all data; ``every``: steps whose gradients are accumulated.

    ``look``: with the optional statistics of inputs, labels and outputs; ``validation``: data whose loss is taken at
    every tenth step.
    """
    rng = np.random.default_rng(seed)
    x, labels = digits() if data is None else data
    if isinstance(net, Rnn) and x.ndim == 2:
        x = x.reshape(len(x), -1, net.inputs)
    start = net.initial(rng) if weights is None else weights
    weights = [w.astype(np.float32).astype(float) for w in start]
    recording = Recording(net.names(), net.activations())
    pending = [np.zeros_like(w) for w in weights]
    with np.errstate(all="ignore"):
        for step in range(steps):
            chosen = rng.choice(len(x), batch, replace=False) if batch else slice(None)
            loss, gradients = net.loss(weights, x[chosen], labels[chosen])
            pending = [p + g / every for p, g in zip(pending, gradients, strict=True)]
            deltas = [np.zeros_like(w) for w in weights]
            if (step + 1) % every == 0:
                deltas, pending = update(weights, pending), [np.zeros_like(w) for w in weights]
            deltas = [np.zeros_like(d) if i in frozen else d for i, d in enumerate(deltas)]
            # float32 weights, as TensorFlow holds them: the update is what rounding leaves of it
            after = [(w + d).astype(np.float32).astype(float) for w, d in zip(weights, deltas, strict=True)]
            looked = seen(net, weights, x[chosen], labels[chosen]) if look and isinstance(net, Mlp) else {}
            if validation is not None and step % 10 == 0:
                looked["metric/val_loss"] = net.loss(weights, *validation)[0]
            recording.step(weights, gradients, after, loss=float(np.float32(loss)), looked=looked)
            weights = after
    return recording.series()
