"""Reads a log directory without a server: for the command line, where TensorBoard's own loading would cost seconds."""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from tb_convergence.read.assemble import Decoded
from tb_convergence.read.blocks import decode_manifest, decode_records
from tb_convergence.read.event_file import Found, read_event_file
from tb_convergence.read.recorded import Recorded, recorded_of
from tb_convergence.read.stored import Stored
from tb_convergence.schema.envelope import Kind
from tb_convergence.schema.tags import Tag, parse
from tb_convergence.series import Note

_EVENT_FILE = "tfevents"
_NOT_EVENTS = ".profile-empty"
MOST_NAMED = 3
"""Damaged files of which an error tells."""


class NoDataError(LookupError):
    """There is nothing to read in the log directory; the text says what was looked for and what to do."""


def read_logdir(logdir: str) -> list[Recorded]:
    """Every recorded run below ``logdir``, sorted by name, runs named as TensorBoard names them.

    Args:
      logdir: a directory of this machine; ``~`` is expanded.

    Raises:
      NoDataError: the directory does not exist, or holds no event file, or none with records of tb_convergence.
    """
    root = Path(logdir).expanduser()
    if not logdir:
        raise NoDataError(f"The log directory is an empty text; is the shell variable that holds it set? {_EXPECTED}")
    if "://" in logdir:
        raise NoDataError(f"{logdir} is not on this machine. Copy the event files here, or open them in TensorBoard.")
    if not root.is_dir():
        raise NoDataError(f"{logdir} {'is not a directory' if root.exists() else 'does not exist'}. {_EXPECTED}")
    files = dict(_event_files(root))
    if not files:
        raise NoDataError(f"{logdir} holds no event file: no file with {_EVENT_FILE!r} in its name. {_EXPECTED}")
    found: list[Recorded] = []
    notes: list[Note] = []
    for run in sorted(files):
        of_run, said = _read_run(run, files[run])
        found += of_run
        notes += said
    if not found:
        raise NoDataError(
            f"{logdir} holds event files of {_runs(len(files))}, but none with records of tb_convergence. "
            f"{_damaged(notes)}"
            "Add tb_convergence.log_step(tape, grads) to the training loop, after the update, and train again. "
            "Where it is there, the first steps have not been written yet, or the process was killed before that."
        )
    return sorted(found, key=lambda item: item.name)


_EXPECTED = "Expected the directory that your tf.summary writer writes to, the one you give to tensorboard --logdir."


def _damaged(notes: Sequence[Note]) -> str:
    """What is wrong with the files, a few words each, where there would have been records."""
    told = " ".join(note.text for note in notes[:MOST_NAMED])
    more = f" And {len(notes) - MOST_NAMED} more." if len(notes) > MOST_NAMED else ""
    return f"Some could not be read to the end: {told}{more} " if notes else ""


def _runs(number: int) -> str:
    return "1 run" if number == 1 else f"{number} runs"


def _event_files(root: Path) -> Iterator[tuple[str, list[Path]]]:
    """Each run's name and files: a run is a directory that holds event files, ``.`` being the root."""
    for directory, below, names in os.walk(root, followlinks=True):
        below[:] = [name for name in below if not _leads_back(directory, name)]
        events = sorted(n for n in names if _EVENT_FILE in n and not n.endswith(_NOT_EVENTS))
        if events:
            yield os.path.relpath(directory, root), [Path(directory, n) for n in events]


def _leads_back(directory: str, name: str) -> bool:
    """Whether this is a link to a directory that it lies in, which would be walked for ever."""
    return Path(directory).resolve().is_relative_to(Path(directory, name).resolve())


def _read_run(run: str, files: list[Path]) -> tuple[list[Recorded], list[Note]]:
    """Its streams, and what is wrong with its files."""
    found: list[Found] = []
    notes: list[Note] = []
    for file in files:
        of_file, said = read_event_file(file)
        found += of_file
        notes += said
    return recorded_of(run, _decoded(found), notes), notes


def _decoded(found: list[Found]) -> dict[Tag, Decoded]:
    stored: dict[Tag, list[Stored]] = defaultdict(list)
    for item in found:
        tag = parse(item.tag)
        if tag is not None:
            stored[tag].append(item.stored)
    return {
        tag: decode_manifest(tag, items) if tag.kind is Kind.MANIFEST else decode_records(tag, items)
        for tag, items in stored.items()
    }
