"""Rows → records and manifests → a ``tf.summary`` writer."""

import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.core.framework import summary_pb2
from tensorflow.python.ops import summary_ops_v2

from tb_convergence.record.counter import Counter
from tb_convergence.record.naming import Names
from tb_convergence.record.own_writer import OwnWriter
from tb_convergence.record.pacing import MEGABYTES, Budget
from tb_convergence.record.rows import Rows
from tb_convergence.schema.envelope import Kind, metadata_content
from tb_convergence.schema.manifest import Manifest
from tb_convergence.schema.manifest import encode as encode_manifest
from tb_convergence.schema.record import MAX_ROWS, Record
from tb_convergence.schema.record import encode as encode_record
from tb_convergence.schema.tags import PLUGIN_NAME, Tag, records_tag

EVENT = 200  # bytes of an event around its payload: tag, metadata, time, checksums


def session_id(started: float) -> str:
    """A name that sorts by the time at which the session began, in UTC, e.g. ``20261122-171500-3fa9c1``."""
    return time.strftime("%Y%m%d-%H%M%S", time.gmtime(started)) + "-" + secrets.token_hex(3)


class Session:
    """One process's recording through one writer.

    Args:
      writer: makes or gives the writer; called when there is something to write. One of our own is told how it went.
      every: of how many steps one is written, where ``log_step`` does not say.
      max_megabytes: what the session may write, in 1e6 bytes.

    Attributes:
      holds_newest: whether the newest step is held back until another comes or all is written, for numbers that are
        known only after it.
      listeners: told of each payload, with its tag and first step, before it is written.
    """

    def __init__(self, writer: Callable[[], Any], *, every: int = 1, max_megabytes: float = MEGABYTES) -> None:
        self.started = time.time()
        self.id = session_id(self.started)
        self.every = every
        self.budget = Budget(1e6 * max_megabytes)
        self.listeners: list[Callable[[Tag, bytes, int], None]] = []
        self.holds_newest = False
        self._writer = writer

    def write(self, tag: Tag, data: bytes, step: int, *, counted: int = 0) -> None:
        """Writes one payload and flushes, so that a killed process loses nothing that was written.

        ``counted``: how many of its bytes have been taken from the budget already.
        """
        for heard in tuple(self.listeners):
            heard(tag, data, step)
        self.budget.used += len(data) + EVENT - counted
        metadata = summary_pb2.SummaryMetadata(data_class=summary_pb2.DATA_CLASS_TENSOR)
        metadata.plugin_data.plugin_name = PLUGIN_NAME
        metadata.plugin_data.content = metadata_content(tag.kind)
        default = summary_ops_v2._summary_state.writer
        try:
            writer = self._writer()
            with tf.init_scope(), writer.as_default():  # flushes on leaving
                tf.summary.write(str(tag), tf.constant(data), step=step, metadata=metadata)
        except Exception as error:
            if isinstance(self._writer, OwnWriter):
                self._writer.failed(error)
            raise
        finally:  # TensorFlow does not, when it cannot flush: every later step would go to this writer
            summary_ops_v2._summary_state.writer = default
        if isinstance(self._writer, OwnWriter):
            self._writer.succeeded()


class Stream:
    """The records of one ``name=`` in a session.

    Attributes:
      counter: of the steps to which the caller gives no number.
      names: of its variables.
    """

    def __init__(self, session: Session, name: str | None, counter: Counter) -> None:
        self.session, self.name, self.counter = session, name, counter
        self.names = Names()
        self._sequence = 0
        self._manifests = 0

    def next_manifest(self) -> int:
        """The index of the stream's next manifest."""
        self._manifests += 1
        return self._manifests - 1

    def write_manifest(self, manifest: Manifest) -> None:
        """Writes a manifest under its own tag."""
        tag = Tag(self.session.id, self.name, Kind.MANIFEST, manifest.index)
        self.session.write(tag, encode_manifest(manifest), 0)

    def write_rows(self, manifest: Manifest, rows: Rows) -> None:
        """Writes rows as records of at most 64 that do not decrease in their step.

        A record that cannot be written keeps its number, so that the reader sees that it is missing.
        """
        for part in _parts(rows.steps):
            mine = rows[part]
            record = _record(manifest, self._sequence, mine)
            self._sequence += 1
            self.session.write(
                records_tag(self.session.id, self.name, record.sequence),
                encode_record(record),
                int(record.steps[0]),
                counted=len(mine) * mine.width,
            )


def _parts(steps: NDArray[np.int64]) -> Iterator[slice]:
    """Cuts a run of steps where it goes back and after every 64."""
    start = 0
    for i in range(1, len(steps) + 1):
        if i == len(steps) or steps[i] < steps[i - 1] or i - start == MAX_ROWS:
            yield slice(start, i)
            start = i


def _record(manifest: Manifest, sequence: int, rows: Rows) -> Record:
    return Record(
        manifest=manifest.index,
        sequence=sequence,
        steps=rows.steps,
        wall_times=rows.times,
        windows=rows.windows,
        step_values=rows.step_values,
        values=rows.values,
    )
