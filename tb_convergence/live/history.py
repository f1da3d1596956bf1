"""What one session has written so far, as series: the same decoding as of a file, without the file."""

from collections.abc import Iterator

from tb_convergence.read.assemble import Decoded
from tb_convergence.read.blocks import RecordsTag, decode_manifest, decode_records
from tb_convergence.read.recorded import recorded_of
from tb_convergence.read.stored import Stored
from tb_convergence.schema.envelope import Kind
from tb_convergence.schema.tags import Tag
from tb_convergence.series import Series

BUDGET_BYTES = 64 * 2**20
"""Of records kept in memory: 7,000 steps of a model with 100 variables."""

FIRST_KEPT = 1
"""Tags of records from the beginning of a stream that are never dropped: where the loss began tells how far it came.
A tag holds up to 512 steps."""

LAST_KEPT = 2
"""The same of its end, whatever the budget says."""


class History:
    """The payloads of one session.

    What is oldest after the beginning goes first when there is more than ``budget`` bytes of it; a series then has a
    gap, as where steps were lost.
    """

    def __init__(self, run: str, budget: int = BUDGET_BYTES) -> None:
        self._run, self._budget = run, budget
        self._stored: dict[Tag, list[Stored]] = {}
        self._decoded: dict[Tag, Decoded] = {}

    def add(self, tag: Tag, data: bytes, step: int) -> None:
        """Takes in one payload, in the order of writing."""
        self._stored.setdefault(tag, []).append(Stored(step, data))
        self._decoded.pop(tag, None)

    def series(self) -> list[Series]:
        """One for each stream; only tags that have grown are decoded again."""
        for tag, stored in self._stored.items():
            if tag not in self._decoded:
                self._decoded[tag] = _decoded(tag, stored)
        for tag in list(self._dropped()):
            del self._stored[tag], self._decoded[tag]
        return [item.series for item in recorded_of(self._run, self._decoded)]

    def _dropped(self) -> Iterator[Tag]:
        """Tags that are too much, the oldest first."""
        sizes = {tag: sum(len(s.data) for s in stored) for tag, stored in self._stored.items()}
        excess = sum(sizes.values()) - self._budget
        for tag in self._middle():
            if excess <= 0:
                return
            excess -= sizes[tag]
            yield tag

    def _middle(self) -> Iterator[Tag]:
        streams: dict[str | None, list[Tag]] = {}
        for tag, decoded in self._decoded.items():
            if isinstance(decoded, RecordsTag):
                streams.setdefault(tag.stream, []).append(tag)
        for tags in streams.values():
            yield from sorted(tags, key=lambda t: t.number)[FIRST_KEPT:-LAST_KEPT]


def _decoded(tag: Tag, stored: list[Stored]) -> Decoded:
    return decode_manifest(tag, stored) if tag.kind is Kind.MANIFEST else decode_records(tag, stored)
