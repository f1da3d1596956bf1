"""What a recording left on disk, read back without TensorBoard; and the same numbers computed independently."""

import pathlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.core.util import event_pb2

from tb_convergence.schema import manifest as manifests
from tb_convergence.schema import record as records
from tb_convergence.schema.envelope import Kind
from tb_convergence.schema.manifest import Manifest
from tb_convergence.schema.statistics import VECTORS, cosine, length
from tb_convergence.schema.tags import Tag, parse

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Event:
    """One of our values in an event file."""

    tag: Tag
    step: int
    data: bytes
    metadata: Any


@dataclass(frozen=True)
class Written:
    """The rows of one manifest.

    Attributes:
      steps: [T].
      values: statistic → [T, V].
      step_values: statistic → [T].
    """

    manifest: Manifest
    steps: NDArray[np.int64]
    values: Mapping[str, Floats]
    step_values: Mapping[str, Floats]


def events(logdir: pathlib.Path) -> Iterator[Event]:
    """Every value of ours in the event files below ``logdir``."""
    for path in sorted(logdir.rglob("*tfevents*")):
        for raw in tf.data.TFRecordDataset(str(path)):
            event = event_pb2.Event.FromString(raw.numpy())
            for value in event.summary.value:
                tag = parse(value.tag)
                if tag is not None:
                    yield Event(tag, event.step, value.tensor.string_val[0], value.metadata)


def read(logdir: pathlib.Path) -> list[Written]:
    """What was written, by stream and manifest."""
    found = list(events(logdir))
    known = [manifests.decode(e.data) for e in found if e.tag.kind is Kind.MANIFEST]
    rows = [(e.tag, records.decode(e.data)) for e in found if e.tag.kind is Kind.RECORD]
    written = []
    for m in known:
        mine = [r for tag, r in rows if (tag.session, tag.stream, r.manifest) == (m.session, m.stream, m.index)]
        values = np.concatenate([r.values for r in mine]).astype(np.float64)
        step_values = np.concatenate([r.step_values for r in mine])
        written.append(
            Written(
                m,
                np.concatenate([r.steps for r in mine]),
                {name: values[:, :, i] for i, name in enumerate(m.statistics)},
                {name: step_values[:, i] for i, name in enumerate(m.step_statistics)},
            )
        )
    return written


def read_one(logdir: pathlib.Path) -> Written:
    """What was written, where there is one stream of one set of variables."""
    (written,) = read(logdir)
    return written


def expected(weights: Sequence[Any], gradients: Sequence[Any]) -> dict[str, Floats]:
    """Lengths and cosines of one variable in plain numpy: w_0 … w_T and g_0 … g_{T−1} → name → [T]."""
    w = np.array([np.ravel(x) for x in weights], np.float64)
    g = np.array([np.ravel(x) for x in gradients], np.float64)
    update = np.diff(w, axis=0)
    nothing = np.full_like(g[:1], np.nan)
    before = [np.concatenate([nothing, x[:-1]]) for x in (g, update)]
    vectors = dict(zip(VECTORS, (w[:-1], g, update, *before), strict=True))
    found = {length(name): np.sqrt((x**2).sum(1)) for name, x in vectors.items()}
    for a, b in combinations(VECTORS, 2):
        with np.errstate(invalid="ignore"):
            found[cosine(a, b)] = (vectors[a] * vectors[b]).sum(1) / (found[length(a)] * found[length(b)])
    found["gradient_max"] = np.abs(g).max(1)
    found["gradient_zero_fraction"] = (g == 0).mean(1)
    found["weight_mean"] = w[:-1].mean(1)
    return found


def assert_same(written: Written, variable: int, weights: Sequence[Any], gradients: Sequence[Any]) -> None:
    """Every statistic of a variable is that of the independent computation."""
    for name, series in expected(weights, gradients).items():
        np.testing.assert_allclose(written.values[name][:, variable], series, rtol=2e-5, atol=2e-6, err_msg=name)
