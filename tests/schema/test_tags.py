"""Tags come back as they were written, hold at most 8 records, and sort in order of time."""

from collections import Counter

import pytest

from tb_convergence.schema.envelope import Kind
from tb_convergence.schema.tags import RECORDS_PER_TAG, Tag, parse, records_tag

SESSION = "20261122-171500-3fa9c1"


@pytest.mark.parametrize(
    "stream", [None, "", "-", "=", "generator", "a/b", "α β", "100%", "%2F", "x=y", "-/manifest/0"]
)
@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("number", [0, 7, 99_999, 100_000])
def test_any_stream_name_comes_back(stream: str | None, kind: Kind, number: int) -> None:
    """Slashes, percent signs, other alphabets; no name is told from an empty one."""
    tag = Tag(SESSION, stream, kind, number)
    assert parse(str(tag)) == tag


@pytest.mark.parametrize(
    "tag",
    [
        "",
        "loss",
        "convergence",
        "convergence/s/-/other/00000",
        "x/convergence/s/-/records/0",
        "convergence/s/-/records/x",
    ],
)
def test_other_tags_are_not_ours(tag: str) -> None:
    """They belong to the caller."""
    assert parse(tag) is None


def test_a_tag_holds_eight_records() -> None:
    """TensorBoard keeps ten by default: with eight, none is ever sampled away."""
    counts = Counter(str(records_tag(SESSION, None, i)) for i in range(100 * RECORDS_PER_TAG))
    assert set(counts.values()) == {8}
    assert RECORDS_PER_TAG < 10


def test_tags_sort_in_order_of_time() -> None:
    """As text, which is how lists of tags come."""
    tags = [str(records_tag(SESSION, None, i)) for i in range(0, 8 * 1200, 8)]
    assert tags == sorted(tags)
