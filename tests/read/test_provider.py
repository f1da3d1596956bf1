"""Reading through TensorBoard's data provider: the real one, with default sampling."""

from pathlib import Path

import numpy as np
import pytest

from tb_convergence.read import provider as module
from tb_convergence.read.local import read_logdir
from tb_convergence.read.provider import ProviderReader, State, batches, token
from tb_convergence.read.recorded import Recorded
from tests.read.load import CTX, Loading, Watched
from tests.read.write_events import EventFile, manifest, records, write_run

RECORDS_TAG_STEPS = 8 * 64


def all_of(reader: ProviderReader) -> list[Recorded]:
    """Every run."""
    listing = reader.listing(CTX)
    return [item for run in sorted(listing) for item in reader.read(CTX, listing, run)]


def test_ten_thousand_steps_come_back_with_default_sampling(tmp_path: Path) -> None:
    """TensorBoard keeps 10 records a tag here; a tag holds 8."""
    wanted = write_run(tmp_path / "run", range(10_000))
    (found,) = all_of(ProviderReader(Loading(tmp_path).provider))
    assert found.series.steps.tolist() == list(range(10_000))
    for statistic, values in wanted.items():
        np.testing.assert_array_equal(found.series.values[statistic], values)
    assert found.series.notes == ()


def test_what_is_read_is_what_lies_on_the_disk(tmp_path: Path) -> None:
    """The tab and the command line see the same runs, names and numbers."""
    first, second = manifest("s1"), manifest("s2", started=2e9, stream="d")
    for name in (".", "a/b"):
        with EventFile(tmp_path / name) as file:
            file.session(first, records(first, range(100)))
            file.session(second, records(second, range(10)))
    served, local = all_of(ProviderReader(Loading(tmp_path).provider)), read_logdir(str(tmp_path))
    assert [item.name for item in served] == [item.name for item in local] == [".", ".:d", "a/b", "a/b:d"]
    for one, other in zip(served, local, strict=True):
        assert one.started == other.started
        np.testing.assert_array_equal(one.series.steps, other.series.steps)
        np.testing.assert_array_equal(one.series.values["weight_norm"], other.series.values["weight_norm"])


def test_only_what_changed_is_read_again(tmp_path: Path) -> None:
    """A run of a million steps costs a refresh no more than one of a thousand."""
    of = manifest()
    written = records(of, range(3 * RECORDS_TAG_STEPS))
    with EventFile(tmp_path) as file:
        file.session(of, written[:17])
        file.flush()
        loading = Loading(tmp_path)
        watched = Watched(loading.provider)
        reader = ProviderReader(watched)
        assert len(all_of(reader)[0].series) == 17 * 64
        watched.reads.clear()
        all_of(reader)
        assert watched.reads == []
        file.record(of, written[17])
        file.flush()
        loading.again()
        assert len(all_of(reader)[0].series) == 18 * 64
    assert watched.reads == [{"convergence/s1/-/records/00002"}]


def test_runs_are_read_in_few_calls(tmp_path: Path) -> None:
    """A call can cost 45 ms, whatever it asks for."""
    for i in range(20):
        of = manifest(f"s{i}")
        with EventFile(tmp_path / f"run{i}") as file:
            file.session(of, records(of, range(1000)))
    watched = Watched(Loading(tmp_path).provider)
    reader = ProviderReader(watched)
    listing = reader.listing(CTX)
    reader.load(CTX, listing, list(listing))
    assert len(watched.reads) == 2  # manifests, then records


def test_a_tag_that_is_being_loaded_is_asked_for_again(tmp_path: Path) -> None:
    """TensorBoard's Python path can raise KeyError between a tag's first event and its data."""
    write_run(tmp_path, range(5))
    provider = Loading(tmp_path).provider
    assert len(all_of(ProviderReader(Watched(provider, failures=2)))[0].series) == 5
    with pytest.raises(KeyError):
        all_of(ProviderReader(Watched(provider, failures=9)))


def test_a_forgotten_run_is_read_again(tmp_path: Path) -> None:
    """What was dropped to save memory is not lost."""
    write_run(tmp_path, range(5))
    reader = ProviderReader(Loading(tmp_path).provider)
    all_of(reader)
    reader.forget(".")
    reader.forget("never seen")
    assert len(all_of(reader)[0].series) == 5


def test_a_run_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    """TensorBoard drops deleted runs; their numbers are not kept here either."""
    write_run(tmp_path, range(5))
    reader = ProviderReader(Loading(tmp_path).provider)
    listing = reader.listing(CTX)
    reader.load(CTX, listing, ["."])
    reader.load(CTX, {}, [])
    assert reader.read(CTX, {}, ".") == []
    assert len(reader.read(CTX, listing, ".")[0].series) == 5
    assert reader.read(CTX, {".": {}}, ".") == []


def test_no_data_is_no_run(tmp_path: Path) -> None:
    """TensorBoard over an empty directory."""
    assert all_of(ProviderReader(Loading(tmp_path).provider)) == []


STATES: dict[str, State] = {"convergence/s/-/records/00000": (0, 1.0), "convergence/s/=d/records/00000": (0, 2.0)}


def test_the_token_changes_with_the_data_and_only_then() -> None:
    """A client fetches a run again only when its token changed."""
    before = token(STATES, None)
    assert before == token(dict(reversed(STATES.items())), None)
    assert before == token({**STATES, "convergence/s/=d/records/00000": (64, 3.0)}, None)
    assert before != token({**STATES, "convergence/s/-/records/00000": (64, 3.0)}, None)
    assert before != token({**STATES, "convergence/s/-/records/00001": (64, 1.0)}, None)


def test_batches_stay_below_the_limit_and_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer above 256 MiB would be refused by gRPC."""
    monkeypatch.setattr(module, "BATCH_BYTES", 10)
    keys = [("r", f"t{i}") for i in range(7)]
    listing = {"r": {tag: (0, 0.0) for _, tag in keys}}
    found = list(batches(keys, listing, lambda _: 4))
    assert [len(batch) for batch in found] == [2, 2, 2, 1]
    assert sorted(key for batch in found for key in batch) == keys
    assert [len(batch) for batch in batches(keys, listing, lambda _: 99)] == [1] * 7
    assert list(batches([], listing, lambda _: 4)) == []


def test_copies_of_a_run_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copied directory has the same tags, and a call that names both runs is answered with all of them."""
    monkeypatch.setattr(module, "BATCH_BYTES", 10)
    keys = [(run, tag) for run in ("r", "copy") for tag in ("t0", "t1")]
    listing = {run: {"t0": (0, 0.0), "t1": (0, 0.0)} for run in ("r", "copy")}
    found = [set(batch) for batch in batches(keys, listing, lambda _: 4)]
    assert found == [{("r", "t0"), ("copy", "t0")}, {("r", "t1"), ("copy", "t1")}]


def test_copied_runs_are_both_read(tmp_path: Path) -> None:
    """The same session id in two directories."""
    for name in ("one", "copy"):
        write_run(tmp_path / name, range(700))
    assert [len(item.series) for item in all_of(ProviderReader(Loading(tmp_path).provider))] == [700, 700]
