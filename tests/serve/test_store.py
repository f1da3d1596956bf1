"""What is read and diagnosed once, for all requests."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.estimators.derived import statistic
from tb_convergence.diagnose.finding import Diagnosis
from tb_convergence.diagnose.rules.rule import Rule
from tb_convergence.series import Series
from tb_convergence.serve import store as module
from tb_convergence.serve.store import Experiment, Store, UnknownRunError
from tests.read.load import CTX, Loading, Watched
from tests.read.write_events import EventFile, manifest, records, write_run


def watched(logdir: Path) -> tuple[Watched, Experiment]:
    """An experiment over a provider that notes what is read."""
    provider = Watched(Loading(logdir).provider)
    return provider, Store(provider).experiment("")


def test_parallel_requests_read_once(tmp_path: Path) -> None:
    """A tab asks for six things at a time, before anything has been read."""
    write_run(tmp_path / "a", range(700))
    provider, experiment = watched(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        sizes = list(pool.map(lambda _: len(experiment.recorded(CTX, "a").series), range(24)))
    assert sizes == [700] * 24
    assert len(provider.reads) == 2  # the manifest, then the records
    assert provider.listings == 1


def test_a_diagnosis_is_made_once_for_the_same_data(tmp_path: Path) -> None:
    """The same object, until a record is added."""
    of = manifest()
    written = records(of, range(200))
    with EventFile(tmp_path) as file:
        file.session(of, written[:2])
        file.flush()
        loading = Loading(tmp_path)
        experiment = Store(loading.provider).experiment("")
        first = experiment.diagnosis(CTX, ".")
        assert experiment.diagnosis(CTX, ".") is first
        file.record(of, written[2])
        file.flush()
        loading.again()
        token = experiment.runs(CTX)[0].token
        assert experiment.diagnosis(CTX, ".") is not first
        assert experiment.runs(CTX)[0].token == token


def test_runs_sees_what_is_new_at_once(tmp_path: Path) -> None:
    """The page polls it, and the token tells it to fetch the rest."""
    write_run(tmp_path / "a", range(5))
    loading = Loading(tmp_path)
    experiment = Store(loading.provider).experiment("")
    before = experiment.runs(CTX)
    write_run(tmp_path / "b", range(9))
    loading.again()
    after = experiment.runs(CTX)
    assert [(s.run, s.recorded) for s in after] == [("a", 5), ("b", 9)]
    assert after[0] == before[0]


def test_an_unknown_run_is_answered_with_those_that_exist(tmp_path: Path) -> None:
    """With a few of them where there are many."""
    for i in range(11):
        write_run(tmp_path / f"run{i:02}", range(2))
    _, experiment = watched(tmp_path)
    with pytest.raises(UnknownRunError, match=r"no run 'x'\. There are: run00, .* and 3 more"):
        experiment.recorded(CTX, "x")
    with pytest.raises(UnknownRunError, match="nothing has been recorded yet"):
        Store(Loading(tmp_path / "none").provider).experiment("").recorded(CTX, "x")


def test_numbers_beyond_the_budget_are_dropped_and_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred runs of a hundred megabytes are not all held; each can be seen all the same."""
    for name in "abc":
        write_run(tmp_path / name, range(100))
    monkeypatch.setattr(module, "BUDGET_BYTES", 4 * 100 * 2 * 4)  # one run
    provider, experiment = watched(tmp_path)
    assert [s.recorded for s in experiment.runs(CTX)] == [100] * 3
    provider.reads.clear()
    experiment.runs(CTX)
    assert provider.reads == []  # the list of runs is kept
    for name in "abcabc":
        assert len(experiment.recorded(CTX, name).series) == 100
    reads = len(provider.reads)
    experiment.recorded(CTX, "c")
    assert len(provider.reads) == reads  # the run used last is kept


def test_a_deleted_run_is_gone(tmp_path: Path) -> None:
    """TensorBoard no longer lists it."""
    write_run(tmp_path / "a", range(5))
    provider, experiment = watched(tmp_path)
    assert len(experiment.runs(CTX)) == 1
    provider.provider = Loading(tmp_path / "none").provider
    assert experiment.runs(CTX) == []
    with pytest.raises(UnknownRunError):
        experiment.recorded(CTX, "a")


def test_experiments_are_kept_apart_and_few(tmp_path: Path) -> None:
    """Any id may stand in an address: it must not cost memory for ever."""
    store = Store(Loading(tmp_path).provider)
    first = store.experiment("0")
    assert store.experiment("0") is first
    assert store.experiment("1") is not first
    for i in range(2, 2 + module.EXPERIMENTS):
        store.experiment(str(i))
    assert store.experiment("0") is not first


def test_a_diagnosis_does_not_hold_up_the_charts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one run is being diagnosed, another's numbers are handed out."""
    write_run(tmp_path / "a", range(5))
    _, experiment = watched(tmp_path)
    running, go_on = threading.Event(), threading.Event()

    def slow(series: Series, rules: tuple[Rule, ...]) -> Diagnosis:
        running.set()
        assert go_on.wait(10)
        return diagnose(series, rules=rules)

    monkeypatch.setattr(module, "diagnose", slow)
    with ThreadPoolExecutor(1) as pool:
        diagnosis = pool.submit(experiment.diagnosis, CTX, "a")
        assert running.wait(10)
        assert len(experiment.recorded(CTX, "a").series) == 5
        go_on.set()
        assert diagnosis.result(10).diagnosis.run == "a"


def test_tiles_are_cut_from_what_was_made_once(tmp_path: Path) -> None:
    """A zoom makes nothing anew; other rows and another statistic do."""
    write_run(tmp_path / "a", range(100))
    _, experiment = watched(tmp_path)
    norm, ratio = statistic("gradient_norm"), statistic("update_ratio")
    first = experiment.map(CTX, "a", norm, pool="max", level="variables", toggled=())
    assert experiment.map(CTX, "a", norm, pool="max", level="variables", toggled=()) is first
    assert experiment.map(CTX, "a", norm, pool="last", level="variables", toggled=()) is first  # no row is a window
    other = experiment.map(CTX, "a", ratio, pool="max", level="variables", toggled=())
    assert other.statistic == "update_ratio"
    assert experiment.map(CTX, "a", norm, pool="max", level="variables", toggled=("x/",)) is not first
    with pytest.raises(UnknownRunError):
        experiment.map(CTX, "b", norm, pool="max", level="variables", toggled=())


def test_no_more_is_kept_to_cut_from_than_there_is_room_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest stays in any case."""
    write_run(tmp_path / "a", range(100))
    _, experiment = watched(tmp_path)
    monkeypatch.setattr(module, "MAP_BYTES", 0)
    norm, ratio = statistic("gradient_norm"), statistic("update_ratio")
    first = experiment.map(CTX, "a", norm, pool="max", level="variables", toggled=())
    second = experiment.map(CTX, "a", ratio, pool="max", level="variables", toggled=())
    assert experiment.map(CTX, "a", ratio, pool="max", level="variables", toggled=()) is second
    assert experiment.map(CTX, "a", norm, pool="max", level="variables", toggled=()) is not first
