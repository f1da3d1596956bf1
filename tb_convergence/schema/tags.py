"""Where manifests and records live among TensorBoard's tags.

TensorBoard keeps only some records of a tag: 10 on its Python path, 100 in its data server, unless a flag says
otherwise. A tag here therefore holds at most 8, and the next one is begun. Every session has tags of its own, since the
load paths disagree about a step that goes back inside one tag.

    convergence/<session>/<stream>/manifest/<index>
    convergence/<session>/<stream>/records/<chunk>
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from tb_convergence.schema.envelope import Kind

PLUGIN_NAME = "convergence"
RECORDS_PER_TAG = 8
_UNNAMED = "-"
_TAG = re.compile(r"convergence/([^/]+)/([^/]+)/(manifest|records)/(\d+)")


@dataclass(frozen=True, slots=True)
class Tag:
    """A parsed tag: ``number`` is the manifest's index or the chunk of records."""

    session: str
    stream: str | None
    kind: Kind
    number: int

    def __str__(self) -> str:
        part = "manifest" if self.kind is Kind.MANIFEST else "records"
        stream = _UNNAMED if self.stream is None else "=" + quote(self.stream, safe="")
        return f"convergence/{self.session}/{stream}/{part}/{self.number:05d}"


def parse(tag: str) -> Tag | None:
    """The tag's parts, or ``None`` when it is not one of ours."""
    match = _TAG.fullmatch(tag)
    if match is None:
        return None
    session, stream, part, number = match.groups()
    kind = Kind.MANIFEST if part == "manifest" else Kind.RECORD
    return Tag(session, None if stream == _UNNAMED else unquote(stream[1:]), kind, int(number))


def records_tag(session: str, stream: str | None, sequence: int) -> Tag:
    """The tag of the stream's record number ``sequence``."""
    return Tag(session, stream, Kind.RECORD, sequence // RECORDS_PER_TAG)
