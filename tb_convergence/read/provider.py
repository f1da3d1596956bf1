"""Reads through TensorBoard's data provider, whichever of its load paths is behind it.

The provider has no "since step" and no way to fetch one record: a tag is the least that can be read, and a call costs
up to 45 ms. So: list, then read only the tags that changed, many in a call, and keep what was decoded.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tensorboard.data.provider import RunTagFilter

from tb_convergence.read.assemble import Decoded
from tb_convergence.read.blocks import decode_manifest, decode_records
from tb_convergence.read.recorded import Recorded, recorded_of
from tb_convergence.read.stored import Stored, payload_of_array
from tb_convergence.schema.envelope import Kind
from tb_convergence.schema.manifest import Manifest
from tb_convergence.schema.record import MAX_ROWS
from tb_convergence.schema.tags import PLUGIN_NAME, RECORDS_PER_TAG, Tag, parse

KEEP_ALL = 10**9  # `downsample`: 0 would mean none, and None is refused
BATCH_BYTES = 64 * 2**20  # gRPC refuses replies above 256 MiB, and holds several copies of each
UNKNOWN_TAG_BYTES = 2**20  # a manifest, or records whose manifest has not been seen
_ATTEMPTS = 3  # a tag that is being loaded can raise KeyError once (TensorBoard's Python path)

State = tuple[int, float]
"""Last step and last wall time of a tag: they change when, and only when, a record is added."""

Key = tuple[str, str]
"""Run and tag, as TensorBoard names them."""


@dataclass(slots=True)
class _Run:
    states: dict[str, State] = field(default_factory=dict)
    decoded: dict[Tag, Decoded] = field(default_factory=dict)


class ProviderReader:
    """Follows the records of one experiment. Not safe for several threads at once."""

    def __init__(self, data_provider: Any, experiment: str = "") -> None:
        self._provider = data_provider
        self._experiment = experiment
        self._runs: dict[str, _Run] = {}

    def listing(self, ctx: Any) -> dict[str, dict[str, State]]:
        """Run → tag → state, of our tags, as of now."""
        listed = _retrying(
            lambda: self._provider.list_tensors(ctx, experiment_id=self._experiment, plugin_name=PLUGIN_NAME)
        )
        return {
            run: {tag: (s.max_step, s.max_wall_time) for tag, s in tags.items() if parse(tag) is not None}
            for run, tags in listed.items()
        }

    def read(self, ctx: Any, listing: Mapping[str, Mapping[str, State]], run: str) -> list[Recorded]:
        """The streams of ``run``, reading no more than what changed since the last time."""
        self.load(ctx, listing, [run])
        return recorded_of(run, self._runs[run].decoded)

    def load(self, ctx: Any, listing: Mapping[str, Mapping[str, State]], runs: Sequence[str]) -> None:
        """Reads what changed in ``runs``, and forgets runs and tags that are gone."""
        for gone in set(self._runs) - set(listing):
            del self._runs[gone]
        changed = [key for run in runs for key in self._changed(run, listing.get(run, {}))]
        manifests = [key for key in changed if _kind(key) is Kind.MANIFEST]
        records = [key for key in changed if _kind(key) is Kind.RECORD]
        for keys in (manifests, records):  # manifests tell how large records are
            for batch in batches(keys, listing, self._bytes):
                self._read_batch(ctx, batch, listing)

    def forget(self, run: str) -> None:
        """Drops what was decoded of ``run``; it is read again when it is next asked for."""
        self._runs.pop(run, None)

    def _changed(self, run: str, states: Mapping[str, State]) -> list[Key]:
        known = self._runs.setdefault(run, _Run())
        for tag in set(known.states) - set(states):
            del known.states[tag]
            known.decoded.pop(_parsed(tag), None)
        return [(run, tag) for tag, state in states.items() if known.states.get(tag) != state]

    def _bytes(self, key: Key) -> int:
        """Upper bound of what one tag of records holds; a guess before its manifest is known."""
        tag = _parsed(key[1])
        of_session = [
            m
            for other, decoded in self._runs[key[0]].decoded.items()
            if other.session == tag.session and isinstance(decoded, tuple) and isinstance(m := decoded[0], Manifest)
        ]
        row = max((4 * len(m.statistics) * len(m.variables) for m in of_session), default=0)
        return RECORDS_PER_TAG * MAX_ROWS * row if tag.kind is Kind.RECORD and row else UNKNOWN_TAG_BYTES

    def _read_batch(self, ctx: Any, batch: Sequence[Key], listing: Mapping[str, Mapping[str, State]]) -> None:
        which = RunTagFilter(runs={run for run, _ in batch}, tags={tag for _, tag in batch})
        answer = _retrying(
            lambda: self._provider.read_tensors(
                ctx,
                experiment_id=self._experiment,
                plugin_name=PLUGIN_NAME,
                downsample=KEEP_ALL,
                run_tag_filter=which,
            )
        )
        for run, tag in batch:
            data = answer.get(run, {}).get(tag, ())
            stored = [Stored(d.step, payload_of_array(d.numpy)) for d in data]
            self._runs[run].decoded[_parsed(tag)] = _decode(_parsed(tag), stored)
            self._runs[run].states[tag] = listing[run][tag]


def token(states: Mapping[str, State], stream: str | None) -> str:
    """Changes when, and only when, the records of this stream of a run change."""
    own = sorted((tag, state) for tag, state in states.items() if _parsed(tag).stream == stream)
    return hashlib.blake2b(repr(own).encode(), digest_size=12).hexdigest()


def batches(keys: Sequence[Key], listing: Mapping[str, Mapping[str, State]], size: Any) -> Iterator[list[Key]]:
    """Splits ``keys`` so that one call answers at most ``BATCH_BYTES``.

    A call names runs and tags, and is answered with every tag of every run named. Session ids are unique, so that this
    is no more than what was asked for, except where a run was copied: the copies are put into one batch, and counted.
    """
    copies: dict[str, list[Key]] = defaultdict(list)
    for key in sorted(keys, key=lambda key: (key[1], key[0])):
        copies[key[1]].append(key)
    batch: list[Key] = []
    total = 0
    for tag, same in copies.items():
        cost = size(same[0]) * sum(tag in tags for tags in listing.values())
        if batch and total + cost > BATCH_BYTES:
            yield batch
            batch, total = [], 0
        batch = batch + same
        total += cost
    if batch:
        yield batch


def _decode(tag: Tag, stored: Sequence[Stored]) -> Decoded:
    return decode_manifest(tag, stored) if tag.kind is Kind.MANIFEST else decode_records(tag, stored)


def _parsed(tag: str) -> Tag:
    found = parse(tag)
    assert found is not None, f"{tag} was not filtered out of the listing"
    return found


def _kind(key: Key) -> Kind:
    return _parsed(key[1]).kind


def _retrying(call: Any) -> Any:
    for attempt in range(_ATTEMPTS):
        try:
            return call()
        except KeyError:
            if attempt == _ATTEMPTS - 1:
                raise
    return {}
