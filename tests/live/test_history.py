"""Written payloads in memory: the same series as from the file, within a budget."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tb_convergence.live.history import FIRST_KEPT, LAST_KEPT, History
from tb_convergence.read.local import read_logdir
from tb_convergence.schema import manifest as manifests
from tb_convergence.schema import record as codec
from tb_convergence.schema.envelope import Kind
from tb_convergence.schema.manifest import Manifest
from tb_convergence.schema.tags import RECORDS_PER_TAG, Tag, records_tag
from tests.read.write_events import STATISTICS, manifest, records, write_run


def add(history: History, of: Manifest, steps: Sequence[int], *, first: int = 0) -> None:
    """Payloads in the order in which the recorder writes them."""
    if first == 0:
        history.add(Tag(of.session, of.stream, Kind.MANIFEST, of.index), manifests.encode(of), 0)
    for record in records(of, steps, first=first):
        tag = records_tag(of.session, of.stream, record.sequence)
        history.add(tag, codec.encode(record), int(record.steps[0]))


def test_it_is_what_a_reader_of_the_file_sees(tmp_path: Path) -> None:
    """Number for number, while it grows."""
    write_run(tmp_path / "run", range(1000))
    (expected,) = read_logdir(str(tmp_path))
    history, of = History("run"), manifest()
    add(history, of, range(640))
    assert len(history.series()[0]) == 640
    add(history, of, range(640, 1000), first=10)
    (found,) = history.series()
    np.testing.assert_array_equal(found.steps, expected.series.steps)
    for name in STATISTICS:
        np.testing.assert_array_equal(found.recorded(name), expected.series.recorded(name))
    np.testing.assert_array_equal(found.step("loss"), expected.series.step("loss"))
    assert found.variables == expected.series.variables


def test_nothing_written_is_no_series() -> None:
    """And a manifest alone is one without steps."""
    history = History("run")
    assert history.series() == []
    add(history, manifest(), range(0))
    assert [len(s) for s in history.series()] == [0]


def test_streams_are_series_of_their_own() -> None:
    """Named as in the viewer."""
    history = History("run")
    for stream in (None, "generator"):
        add(history, manifest(stream=stream), range(5))
    assert [s.run for s in history.series()] == ["run", "run:generator"]


def test_a_long_run_stays_within_its_budget() -> None:
    """The beginning and the newest steps stay; what is dropped is a gap between them."""
    rows = 64 * RECORDS_PER_TAG
    history, of = History("run", budget=3 * rows * 100), manifest()
    for part in range(20):
        add(history, of, range(part * rows, (part + 1) * rows), first=part * RECORDS_PER_TAG)
        (found,) = history.series()
        assert len(found) <= (FIRST_KEPT + LAST_KEPT + 1) * rows
        assert found.steps[0] == 0
        assert found.steps[-1] == (part + 1) * rows - 1
    assert set(found.steps.tolist()) >= set(range(rows)) | set(range(18 * rows, 20 * rows))
    assert (np.diff(found.steps) > 0).all()
