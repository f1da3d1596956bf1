"""The manifest: what the numbers of a session's records mean."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import prod
from typing import Any

from tb_convergence.schema.envelope import DamagedPayloadError, Kind, unwrap, wrap


@dataclass(frozen=True, slots=True)
class Variable:
    """One trained variable.

    Attributes:
      name: unique within the manifest, stable from run to run.
      shape: of the variable.
      dtype: TensorFlow's name, e.g. ``float32``.
      depth: rank in forward order, from 0 at the input.
      sampled: number of elements that the statistics other than ``gradient_norm``, ``gradient_nonfinite_count`` and
        ``dead_unit_fraction`` are estimated from; ``None``: all of them.
      activation: the layer's activation, e.g. ``relu``; ``None`` when unknown.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    depth: int
    sampled: int | None = None
    activation: str | None = None

    @property
    def size(self) -> int:
        """Number of elements."""
        return prod(self.shape)

    @property
    def observed(self) -> int:
        """Number of elements that sampled statistics are estimated from."""
        return self.size if self.sampled is None else self.sampled


@dataclass(frozen=True, slots=True)
class Manifest:
    """Describes the records that carry its ``index``.

    Attributes:
      session: identifies one process's recording; sorts by start time.
      started: Unix time in seconds at which the session began.
      index: 0 for the first manifest of a stream; a change of the variables begins the next.
      stream: the ``name=`` given to ``log_step``; ``None`` for the unnamed one.
      variables: the second axis of a record's values.
      statistics: the third axis of a record's values, names of ``schema.statistics.VARIABLE_STATISTICS``.
      step_statistics: the second axis of a record's step values.
      optimizer: ``{"class": …, "config": {…}}`` when one is known, else ``None``.
      recorder: versions and settings of the recording process, for people to read.
      dropout: layer → share of its inputs that it drops while training, 0 to 1, of the layers of Keras that drop any.
      untrained: attributes of layers of the model's author that hold a trainable ``tf.Variable`` which Keras does not
        know, and which is not among ``variables``.
    """

    session: str
    started: float
    index: int
    stream: str | None
    variables: tuple[Variable, ...]
    statistics: tuple[str, ...]
    step_statistics: tuple[str, ...]
    optimizer: Mapping[str, Any] | None = None
    recorder: Mapping[str, Any] = field(default_factory=dict)
    dropout: Mapping[str, float] = field(default_factory=dict)
    untrained: tuple[str, ...] = ()


def encode(manifest: Manifest) -> bytes:
    """The manifest as bytes in an envelope."""
    return wrap(Kind.MANIFEST, json.dumps(asdict(manifest), separators=(",", ":")).encode())


def decode(data: bytes) -> Manifest:
    """The manifest of ``encode``'s bytes; unknown keys of a later minor version are ignored.

    Raises:
      DamagedPayloadError: the bytes are not a manifest.
      NewerSchemaError: a later schema wrote them.
    """
    payload = unwrap(data, Kind.MANIFEST)
    try:
        return _from_json(json.loads(payload))
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedPayloadError(f"not a manifest: {error!r}") from error


def _from_json(fields: dict[str, Any]) -> Manifest:
    return Manifest(
        session=fields["session"],
        started=float(fields["started"]),
        index=int(fields["index"]),
        stream=fields["stream"],
        variables=tuple(_variable(v) for v in fields["variables"]),
        statistics=tuple(fields["statistics"]),
        step_statistics=tuple(fields["step_statistics"]),
        optimizer=fields.get("optimizer"),
        recorder=fields.get("recorder", {}),
        dropout={str(name): float(rate) for name, rate in fields.get("dropout", {}).items()},
        untrained=tuple(map(str, fields.get("untrained", ()))),
    )


def _variable(fields: dict[str, Any]) -> Variable:
    return Variable(
        name=fields["name"],
        shape=tuple(fields["shape"]),
        dtype=fields["dtype"],
        depth=int(fields["depth"]),
        sampled=fields.get("sampled"),
        activation=fields.get("activation"),
    )
