"""How a training is declared: one frozen record of plain values, so that a repair or an advice is ``replace``."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from json import dumps


@dataclass(frozen=True, slots=True)
class Training:
    """One training, faulty or not.

    Attributes:
      task: data (``tasks.py``) or, with ``landscape:`` in front, a function of its own weights (``landscapes.py``).
      model: kind of network (``networks.py``).
      widths: of the hidden layers.
      activation: of the hidden layers.
      init: of the kernels: ``standard`` is He for ReLU and its kin, else Glorot.
      gain, bias: the initial kernels are multiplied by the first, the hidden biases are set to the second.
      normalization: ``batch``, ``layer`` or none, after each hidden layer.
      dropout: rate after each hidden layer.
      output, loss: activation of the last layer; loss, by default the one that fits the task.
      optimizer: ``optimizers.py``; ``keras-`` in front: Keras' own.
      rate, momentum, decay, clip: learning rate, momentum, decoupled weight decay, largest global gradient norm.
      schedule: of the learning rate, ``kind:number``.
      batch: examples a step; 0: all of them.
      steps: of training that are recorded; ``pretrain``: healthy steps before.
      frozen: number of leading variables that are not trained.
      accumulate: steps whose gradients are added up before an update.
      precision: ``float32`` or ``mixed`` (float16 with loss scaling).
      examples: number of training examples; 0: all.
      fault, factor, since: what is wrong (``faults.py``), how much, and from which step on.
      eager: runs without ``tf.function``.
      seed: of data, weights and batches.
    """

    task: str
    model: str = "mlp"
    widths: tuple[int, ...] = (32, 32)
    activation: str = "relu"
    init: str = "standard"
    gain: float = 1.0
    bias: float = 0.0
    normalization: str = ""
    dropout: float = 0.0
    output: str = ""
    loss: str = ""
    optimizer: str = "sgd"
    rate: float = 0.1
    momentum: float = 0.0
    decay: float = 0.0
    clip: float = 0.0
    schedule: str = "constant"
    batch: int = 32
    steps: int = 150
    pretrain: int = 0
    frozen: int = 0
    accumulate: int = 1
    precision: str = "float32"
    examples: int = 0
    fault: str = ""
    factor: float = 1.0
    since: int = 0
    eager: bool = False
    seed: int = 0


Change = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled training.

    Attributes:
      name: ``group/what``; the group of a faulty case is the finding that must come first.
      training: what is run.
      truth: findings that are right as the first cause; empty: healthy.
      repair: changes that make the faulty training work; its twin must end clearly better.
      onset: step at which the fault begins to act; ``None``: healthy.
      measure: what tells good from bad: ``loss``, ``error`` (share of wrong classes), ``val`` (loss on data kept back).
      reach: a healthy training must end below this share of its initial ``measure``.
      below: ``reach`` is a value of its own, not a share.
      probes: whether the caller gives ``log_step`` inputs, labels, outputs and a loss function.
      metrics: whether the caller gives ``log_step`` the loss on data kept back.
    """

    name: str
    training: Training
    truth: frozenset[str] = frozenset()
    repair: Change = field(default_factory=dict)
    onset: int | None = None
    measure: str = "loss"
    reach: float = 0.7
    below: bool = False
    probes: bool = False
    metrics: bool = False

    @property
    def healthy(self) -> bool:
        """Whether nothing may be raised."""
        return not self.truth

    @property
    def held_out(self) -> bool:
        """Which half it belongs to, by a hash of its name alone."""
        return hashlib.sha256(self.name.encode()).digest()[0] % 2 == 1

    @property
    def repaired(self) -> Training:
        """The twin without the fault."""
        return changed(self.training, self.repair)

    @property
    def constant_rate(self) -> bool:
        """Whether learning rate and momentum are numbers that the updates must show."""
        t = self.training
        family = t.optimizer.removeprefix("keras-")
        plain = t.schedule == "constant" and not (t.decay or t.clip or t.frozen) and t.accumulate == 1
        return family in {"sgd", "momentum", "nesterov"} and plain and t.precision == "float32" and not t.fault


def changed(training: Training, change: Change) -> Training:
    """``training`` with other values.

    Raises:
      TypeError: there is no such field.
    """
    return replace(training, **change)  # type: ignore[arg-type]  # names and kinds are checked by the suite's test


def fingerprint(training: Training, *extra: object) -> str:
    """A name for what was run: the same declaration gives the same."""
    text = dumps([asdict(training), *(repr(e) for e in extra)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
