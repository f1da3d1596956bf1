"""Writes real event files, with TensorBoard's framing and protos and our schema, independently of the recorder."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import DATA_CLASS_TENSOR, Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from tensorboard.summary.writer.record_writer import RecordWriter

from tb_convergence.schema import manifest as manifest_codec
from tb_convergence.schema import record as record_codec
from tb_convergence.schema.envelope import Kind, metadata_content
from tb_convergence.schema.manifest import Manifest, Variable
from tb_convergence.schema.record import MAX_ROWS, Record
from tb_convergence.schema.tags import PLUGIN_NAME, Tag, records_tag

STATISTICS = ("weight_norm", "gradient_norm", "update_norm", "gradient_max")
STEP_STATISTICS = ("loss", "learning_rate")
STARTED = 1_700_000_000.0


def variable(name: str, depth: int, shape: tuple[int, ...] = (4, 3)) -> Variable:
    """A float32 variable."""
    return Variable(name, shape, "float32", depth)


def manifest(
    session: str = "s1",
    *,
    started: float = STARTED,
    index: int = 0,
    stream: str | None = None,
    variables: Sequence[Variable] = (variable("a", 0), variable("b", 1)),
    statistics: Sequence[str] = STATISTICS,
) -> Manifest:
    """A manifest of two variables."""
    return Manifest(
        session, started, index, stream, tuple(variables), tuple(statistics), STEP_STATISTICS, dropout={"d": 0.5}
    )


def numbers(steps: Sequence[int], of: Manifest, seed: int = 0) -> NDArray[np.float32]:
    """float32 [T, V, S]: different everywhere, and the same again for the same step and seed."""
    shape = (len(of.variables), len(of.statistics))
    size = shape[0] * shape[1]
    grid = np.asarray(steps, np.float64)[:, None] * size + np.arange(size) + 0.1 * seed
    return (1.0 + grid).reshape(len(steps), *shape).astype(np.float32)


def records(of: Manifest, steps: Sequence[int], *, rows: int = MAX_ROWS, first: int = 0, seed: int = 0) -> list[Record]:
    """The steps cut into records of ``rows``, numbered from ``first``."""
    cut = [list(steps[i : i + rows]) for i in range(0, len(steps), rows)]
    return [_record(of, part, first + number, seed) for number, part in enumerate(cut)]


def _record(of: Manifest, steps: list[int], sequence: int, seed: int) -> Record:
    at = np.array(steps, np.int64)
    return Record(
        manifest=of.index,
        sequence=sequence,
        steps=at,
        wall_times=of.started + at.astype(np.float64) * 0.25,
        windows=np.ones(len(at), np.int32),
        step_values=np.stack([1.0 / (1.0 + at), np.full(len(at), 0.1)], axis=1),
        values=numbers(steps, of, seed),
    )


class EventFile:
    """An event file that is being written; ``close`` it, or use it with ``with``."""

    def __init__(self, run: Path, name: str = "events.out.tfevents.1700000000.host.1.0.v2") -> None:
        run.mkdir(parents=True, exist_ok=True)
        self.path = run / name
        self._file = self.path.open("ab")
        self._writer = RecordWriter(self._file)
        self._writer.write(Event(wall_time=STARTED, file_version="brain.Event:2").SerializeToString())

    def __enter__(self) -> "EventFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Flushes and closes."""
        self._file.close()

    def flush(self) -> None:
        """Makes what was written visible to readers."""
        self._file.flush()

    def size(self) -> int:
        """Bytes of the file so far."""
        self.flush()
        return self.path.stat().st_size

    def session(self, of: Manifest, written: Sequence[Record]) -> "EventFile":
        """The manifest, then the records."""
        self.manifest(of)
        for record in written:
            self.record(of, record)
        return self

    def manifest(self, of: Manifest) -> None:
        """A manifest in its own tag."""
        tag = Tag(of.session, of.stream, Kind.MANIFEST, of.index)
        self.payload(str(tag), Kind.MANIFEST, 0, of.started, manifest_codec.encode(of))

    def record(self, of: Manifest, record: Record) -> None:
        """A record in the tag that its sequence calls for."""
        tag = records_tag(of.session, of.stream, record.sequence)
        wall_time = float(record.wall_times[-1])
        self.payload(str(tag), Kind.RECORD, int(record.steps[0]), wall_time, record_codec.encode(record))

    def payload(self, tag: str, kind: Kind, step: int, wall_time: float, data: bytes) -> None:
        """Any bytes under any tag."""
        metadata = SummaryMetadata(data_class=DATA_CLASS_TENSOR)
        metadata.plugin_data.plugin_name = PLUGIN_NAME
        metadata.plugin_data.content = metadata_content(kind)
        tensor = TensorProto(dtype=DT_STRING, tensor_shape=TensorShapeProto(), string_val=[data])
        value = Summary.Value(tag=tag, metadata=metadata, tensor=tensor)
        self._writer.write(Event(wall_time=wall_time, step=step, summary=Summary(value=[value])).SerializeToString())

    def scalar(self, tag: str, step: int, value: float) -> None:
        """Somebody else's summary."""
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
        self._writer.write(Event(wall_time=STARTED + step, step=step, summary=summary).SerializeToString())


def write_run(run: Path, steps: Sequence[int], **options: object) -> Mapping[str, NDArray[np.float32]]:
    """One unnamed session with these steps; gives statistic → what must come back."""
    of = manifest(**options)  # type: ignore[arg-type]  # tests pass what manifest() takes
    with EventFile(run) as file:
        file.session(of, records(of, steps))
    values = numbers(steps, of)
    return {name: values[:, :, i] for i, name in enumerate(of.statistics)}
