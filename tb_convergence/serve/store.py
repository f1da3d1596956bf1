"""What has been read and diagnosed so far, shared by all requests.

TensorBoard answers each request in a thread of its own, and a tab asks for six things at a time: one lock an
experiment keeps the same data from being read twice. A second one lets a diagnosis run without holding up the charts.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tb_convergence.diagnose.comparison import Comparison, compare
from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.estimators.derived import Statistic
from tb_convergence.read.provider import ProviderReader, State, token
from tb_convergence.read.recorded import Recorded
from tb_convergence.report.grouping import Level
from tb_convergence.report.json import Reported
from tb_convergence.report.tile import Prepared, prepared
from tb_convergence.serve.configured import Settings, Version

EXPERIMENTS = 4  # kept at a time; TensorBoard's local data is one experiment under any name
BUDGET_BYTES = 2**30  # of decoded values; what was not looked at for longest is read again when asked for
FRESH_SECONDS = 1.0  # a burst of requests shares one listing, which can cost 45 ms
COMPARISONS = 64  # kept: eight runs, each as the baseline once
MAP_BYTES = 2**28  # of statistics that tiles are cut from; a zoom asks for another cut of the same one
RUNS_AT_A_TIME = 16  # read together before the budget is looked at


class UnknownRunError(LookupError):
    """No such run; the text lists some that exist."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in the list of runs; kept when its numbers are dropped."""

    run: str
    tensorboard_run: str
    stream: str | None
    started: float | None
    first: int | None
    last: int | None
    recorded: int
    variables: int
    token: str


class Store:
    """Experiments by id."""

    def __init__(self, data_provider: Any, logdir: str | None = None) -> None:
        self._provider = data_provider
        self._settings = Settings(logdir)
        self._lock = threading.Lock()
        self._experiments: OrderedDict[str, Experiment] = OrderedDict()

    def experiment(self, identifier: str) -> "Experiment":
        """The experiment, which is empty until it is asked for something."""
        with self._lock:
            found = self._experiments.pop(identifier, None) or Experiment(self._provider, identifier, self._settings)
            self._experiments[identifier] = found
            while len(self._experiments) > EXPERIMENTS:
                self._experiments.popitem(last=False)
            return found


@dataclass(slots=True)
class _Held:
    """What is known of one TensorBoard run; ``streams`` is ``None`` once its numbers were dropped."""

    states: Mapping[str, State]
    summaries: list[Summary]
    streams: list[Recorded] | None
    size: int = field(default=0)


class Experiment:
    """The runs of one experiment."""

    def __init__(self, data_provider: Any, identifier: str, settings: Settings) -> None:
        self._settings = settings
        self._reader = ProviderReader(data_provider, identifier)
        self._lock = threading.Lock()
        self._diagnosing = threading.Lock()
        self._listing: dict[str, dict[str, State]] = {}
        self._listed_at = -FRESH_SECONDS
        self._held: OrderedDict[str, _Held] = OrderedDict()  # by TensorBoard's run, the one used last at the end
        self._diagnoses: dict[str, tuple[tuple[str, Version], Reported]] = {}
        self._maps: OrderedDict[tuple[object, ...], Prepared] = OrderedDict()  # the one used last at the end
        self._comparisons: OrderedDict[tuple[str, str], tuple[tuple[str, str, Version], Comparison]] = OrderedDict()

    def runs(self, ctx: Any) -> list[Summary]:
        """All runs as of now, sorted by name."""
        with self._lock:
            self._list(ctx)
            self._summarize(ctx)
            return self._summaries()

    def recorded(self, ctx: Any, run: str) -> Recorded:
        """One run's numbers.

        Raises:
          UnknownRunError: there is none of this name.
        """
        return self._find(ctx, run)[1]

    def diagnosis(self, ctx: Any, run: str) -> Reported:
        """One run's diagnosis, made once for the same data and settings.

        Raises:
          UnknownRunError: there is none of this name.
        """
        summary, recorded = self._find(ctx, run)
        with self._diagnosing:
            settings = self._settings.now()
            of = (summary.token, settings.version)
            known = self._diagnoses.get(run)
            if known is None or known[0] != of:
                found = diagnose(recorded.series, rules=settings.rules)
                known = (of, Reported(found, (*recorded.series.notes, *settings.notes)))
                self._diagnoses[run] = known
            return known[1]

    def map(
        self, ctx: Any, run: str, statistic: Statistic, *, pool: str, level: Level, toggled: Sequence[str]
    ) -> Prepared:
        """A statistic that tiles are cut from, made once for the same data while there is room.

        Raises:
          UnknownRunError: there is no run of this name.
        """
        summary, recorded = self._find(ctx, run)
        side = pool if (recorded.series.windows > 1).any() else ""  # without windows every pool has the same values
        key = (run, summary.token, statistic.name, side, level, tuple(toggled))
        with self._lock:
            known = self._maps.get(key)
        if known is None:
            known = prepared(recorded.series, statistic, pool=pool, level=level, toggled=toggled)
        with self._lock:
            self._maps[key] = known
            self._maps.move_to_end(key)
            while len(self._maps) > 1 and sum(item.size for item in self._maps.values()) > MAP_BYTES:
                self._maps.popitem(last=False)
        return known

    @property
    def settings(self) -> Settings:
        """The user's settings of the diagnosis."""
        return self._settings

    def comparison(self, ctx: Any, first: str, second: str) -> Comparison:
        """Two runs compared, once for the same data and settings.

        Raises:
          UnknownRunError: there is none of one of these names.
        """
        (a, ours), (b, theirs) = (self._find(ctx, name) for name in (first, second))
        with self._diagnosing:
            settings = self._settings.now()
            of = (a.token, b.token, settings.version)
            known = self._comparisons.pop((first, second), None)
            if known is None or known[0] != of:
                known = (of, compare(ours.series, theirs.series, rules=settings.rules))
            self._comparisons[first, second] = known
            while len(self._comparisons) > COMPARISONS:
                self._comparisons.popitem(last=False)
            return known[1]

    def _find(self, ctx: Any, run: str) -> tuple[Summary, Recorded]:
        with self._lock:
            if time.monotonic() - self._listed_at > FRESH_SECONDS:
                self._list(ctx)
            self._summarize(ctx)
            summary = next((s for s in self._summaries() if s.run == run), None)
            if summary is None:
                raise UnknownRunError(_unknown(run, [s.run for s in self._summaries()]))
            streams = self._numbers(ctx, summary.tensorboard_run)
            return summary, next(item for item in streams if item.stream == summary.stream)

    def _summaries(self) -> list[Summary]:
        return sorted((s for held in self._held.values() for s in held.summaries), key=lambda s: s.run)

    def _list(self, ctx: Any) -> None:
        self._listing = self._reader.listing(ctx)
        self._listed_at = time.monotonic()
        for gone in set(self._held) - set(self._listing):
            del self._held[gone]

    def _summarize(self, ctx: Any) -> None:
        """Reads every run that changed since it was last read."""
        changed = [
            run for run, states in self._listing.items() if run not in self._held or self._held[run].states != states
        ]
        for i in range(0, len(changed), RUNS_AT_A_TIME):
            some = changed[i : i + RUNS_AT_A_TIME]
            self._reader.load(ctx, self._listing, some)
            for run in some:
                self._hold(run, self._reader.read(ctx, self._listing, run))
            self._drop_unused()

    def _hold(self, run: str, streams: list[Recorded]) -> None:
        states = self._listing[run]
        summaries = [_summary(item, token(states, item.stream)) for item in streams]
        size = sum(_bytes(item) for item in streams)
        self._held.pop(run, None)
        self._held[run] = _Held(dict(states), summaries, streams, size)

    def _numbers(self, ctx: Any, run: str) -> list[Recorded]:
        streams = self._held[run].streams
        if streams is None:
            streams = self._reader.read(ctx, self._listing, run)
            self._hold(run, streams)
        self._held.move_to_end(run)
        self._drop_unused()
        return streams

    def _drop_unused(self) -> None:
        """Keeps the run used last in any case."""
        total = sum(held.size for held in self._held.values() if held.streams is not None)
        for run, held in list(self._held.items())[:-1]:
            if total <= BUDGET_BYTES:
                return
            if held.streams is not None:
                total -= held.size
                held.streams = None
                self._reader.forget(run)


def _summary(item: Recorded, of_data: str) -> Summary:
    series = item.series
    first, last = (int(series.steps[0]), int(series.steps[-1])) if len(series) else (None, None)
    return Summary(
        run=item.name,
        tensorboard_run=item.tensorboard_run,
        stream=item.stream,
        started=item.started,
        first=first,
        last=last,
        recorded=len(series),
        variables=len(series.variables),
        token=of_data,
    )


def _bytes(item: Recorded) -> int:
    return 4 * len(item.series) * len(item.series.variables) * len(item.series.values)


def _unknown(run: str, existing: list[str], shown: int = 8) -> str:
    if not existing:
        return f"there is no run {run!r}: nothing has been recorded yet"
    more = f" and {len(existing) - shown} more" if len(existing) > shown else ""
    return f"there is no run {run!r}. There are: {', '.join(existing[:shown])}{more}"
