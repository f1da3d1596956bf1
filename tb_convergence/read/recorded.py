"""What a reader hands out: one recorded run, or one ``name=`` stream of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import isfinite

from tb_convergence.read.assemble import Decoded, assemble, series_name, sessions_of
from tb_convergence.schema.tags import Tag
from tb_convergence.series import Note, Series


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """A series and where it came from.

    Attributes:
      name: as ``series.run``.
      tensorboard_run: TensorBoard's name of the run.
      stream: the ``name=`` given to ``log_step``, or ``None``.
      started: Unix time at which the first session began; ``None`` when its manifest is missing.
      series: the numbers.
    """

    name: str
    tensorboard_run: str
    stream: str | None
    started: float | None
    series: Series


def recorded_of(run: str, tags: Mapping[Tag, Decoded], notes: Iterable[Note] = ()) -> list[Recorded]:
    """The streams of one TensorBoard run, the unnamed one first; ``notes`` about its files go to each."""
    notes = tuple(notes)
    found = []
    for stream, sessions in sessions_of(tags).items():
        name = series_name(run, stream)
        started = sessions[0].started
        series = replace(assemble(name, sessions, notes), stream=stream)
        found.append(Recorded(name, run, stream, started if isfinite(started) else None, series))
    return found
