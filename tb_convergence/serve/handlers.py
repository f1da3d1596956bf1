"""One function for each route of http_api.md: arguments → answer."""

import re
from typing import Any

from tensorboard.errors import InvalidArgumentError, NotFoundError

from tb_convergence import __version__
from tb_convergence.diagnose.engine import RULES
from tb_convergence.diagnose.estimators.derived import Statistic, UnknownStatisticError
from tb_convergence.read.recorded import Recorded
from tb_convergence.report import json, series_json
from tb_convergence.report.comparison import comparison_document
from tb_convergence.report.gradient_json import gradient_check
from tb_convergence.report.grouping import LEVELS, named
from tb_convergence.report.lines import lines
from tb_convergence.report.markdown import markdown
from tb_convergence.report.optimizer_json import optimizer
from tb_convergence.report.pooling import POOLS
from tb_convergence.report.selection import WHOLE_MODEL, described
from tb_convergence.report.table import FORMATS, export
from tb_convergence.report.thresholds_json import thresholds_document
from tb_convergence.report.tile import cut
from tb_convergence.serve.answers import BINARY, Answer, as_json
from tb_convergence.serve.arguments import Arguments, choice, count, required, step
from tb_convergence.serve.store import Experiment, Summary, UnknownRunError

DEFAULT_COLUMNS = 1200
LARGEST_COUNT = 20_000  # columns or points; a screen has fewer, and full resolution has ./export
PAIR = 2
_MEDIA_TYPES = {"csv": "text/csv", "json": "application/json"}
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def runs(experiment: Experiment, ctx: Any, arguments: Arguments) -> Answer:  # noqa: ARG001  the signature of a route
    """``./runs``."""
    return as_json(
        {"schema": json.SCHEMA, "version": __version__, "runs": [_run(summary) for summary in experiment.runs(ctx)]}
    )


def diagnosis(experiment: Experiment, ctx: Any, arguments: Arguments) -> Answer:
    """``./diagnosis``."""
    return as_json(json.document(_diagnoses(experiment, ctx, arguments)))


def report(experiment: Experiment, ctx: Any, arguments: Arguments) -> Answer:
    """``./report``."""
    text = markdown(_diagnoses(experiment, ctx, arguments))
    return Answer(text, "text/markdown; charset=utf-8", filename="convergence.md")


def variables(experiment: Experiment, ctx: Any, arguments: Arguments) -> Answer:
    """``./variables``."""
    return as_json(series_json.variables(_recorded(experiment, ctx, arguments).series))


def statistics(experiment: Experiment, ctx: Any, arguments: Arguments) -> Answer:  # noqa: ARG001  the same
    """``./statistics``."""
    return as_json(series_json.statistics())


def thresholds_(experiment: Experiment, ctx: Any, arguments: Arguments) -> Answer:  # noqa: ARG001  the same
    """``./thresholds``."""
    finding = required(arguments, "finding")
    rule = next((rule for rule in RULES if rule.id == finding), None)
    if rule is None:
        raise NotFoundError(f"there is no finding {finding[:80]!r}. There are: {', '.join(r.id for r in RULES)}")
    settings = experiment.settings
    return as_json(thresholds_document(rule, settings.now().thresholds.get(finding, {}), settings.file))


def tile_(experiment: Experiment, ctx: Any, arguments: Arguments) -> Answer:
    """``./tile``."""
    statistic = _of_variables(arguments)
    first, last = step(arguments, "first"), step(arguments, "last")
    columns = count(arguments, "columns", DEFAULT_COLUMNS, LARGEST_COUNT)
    pool, level = choice(arguments, "pool", tuple(POOLS)), choice(arguments, "level", LEVELS)
    run, toggled = required(arguments, "run"), arguments.getlist("toggled")
    _find(experiment, ctx, run)
    of = experiment.map(ctx, run, statistic, pool=pool, level=level, toggled=toggled)
    return Answer(cut(of, first=first, last=last, columns=columns, pool=pool), BINARY)


def lines_(experiment: Experiment, ctx: Any, arguments: Arguments) -> Answer:
    """``./lines``."""
    statistic = _statistic(arguments)
    recorded = _recorded(experiment, ctx, arguments)
    names = arguments.getlist("variable")
    _check_variables(recorded, statistic, names)
    body = lines(
        recorded.series,
        statistic.name,
        names,
        first=step(arguments, "first"),
        last=step(arguments, "last"),
        points=count(arguments, "points", DEFAULT_COLUMNS, LARGEST_COUNT),
    )
    return Answer(body, BINARY)


def profile(experiment: Experiment, ctx: Any, arguments: Arguments) -> Answer:
    """``./profile``."""
    statistic = _of_variables(arguments)
    required(arguments, "step")
    at = step(arguments, "step")
    recorded = _recorded(experiment, ctx, arguments)
    if at is None or not len(recorded.series):
        raise NotFoundError(f"run {recorded.name!r} has no step {arguments['step']}: nothing has been recorded yet")
    level, toggled = choice(arguments, "level", LEVELS), arguments.getlist("toggled")
    of = experiment.map(ctx, recorded.name, statistic, pool="last", level=level, toggled=toggled)
    return as_json(series_json.profile_of(of, at))


def optimizer_(experiment: Experiment, ctx: Any, arguments: Arguments) -> Answer:
    """``./optimizer``."""
    series = _recorded(experiment, ctx, arguments).series
    return as_json(optimizer(series, first=step(arguments, "first"), last=step(arguments, "last")))


def gradient_check_(experiment: Experiment, ctx: Any, arguments: Arguments) -> Answer:
    """``./gradient_check``."""
    return as_json(gradient_check(_recorded(experiment, ctx, arguments).series))


def comparison(experiment: Experiment, ctx: Any, arguments: Arguments) -> Answer:
    """``./comparison``."""
    names = arguments.getlist("run")
    if len(names) != PAIR:
        raise InvalidArgumentError(f"run: expected two runs, the baseline first, got {len(names)}")
    try:
        return as_json(comparison_document(experiment.comparison(ctx, *names)))
    except UnknownRunError as error:
        raise NotFoundError(str(error)) from error


def export_(experiment: Experiment, ctx: Any, arguments: Arguments) -> Answer:
    """``./export``."""
    statistic = _statistic(arguments)
    form = choice(arguments, "format", FORMATS)
    required(arguments, "run")
    found = [_find(experiment, ctx, run) for run in arguments.getlist("run")]
    name = _UNSAFE.sub("-", "-".join([statistic.name, *(item.name for item in found)]))[:120]
    return Answer(export([item.series for item in found], statistic.name, form), _MEDIA_TYPES[form], f"{name}.{form}")


def _run(summary: Summary) -> dict[str, Any]:
    return {
        "run": summary.run,
        "tensorboard_run": summary.tensorboard_run,
        "stream": summary.stream,
        "steps": {"first": summary.first, "last": summary.last, "recorded": summary.recorded},
        "variables": summary.variables,
        "started": summary.started,
        "token": summary.token,
    }


def _diagnoses(experiment: Experiment, ctx: Any, arguments: Arguments) -> list[json.Reported]:
    names = arguments.getlist("run") or [summary.run for summary in experiment.runs(ctx)]
    try:
        return [experiment.diagnosis(ctx, name) for name in names]
    except UnknownRunError as error:
        raise NotFoundError(str(error)) from error


def _recorded(experiment: Experiment, ctx: Any, arguments: Arguments) -> Recorded:
    return _find(experiment, ctx, required(arguments, "run"))


def _find(experiment: Experiment, ctx: Any, run: str) -> Recorded:
    try:
        return experiment.recorded(ctx, run)
    except UnknownRunError as error:
        raise NotFoundError(str(error)) from error


def _statistic(arguments: Arguments) -> Statistic:
    try:
        return described(required(arguments, "statistic"))
    except UnknownStatisticError as error:
        raise NotFoundError(str(error)) from error


def _of_variables(arguments: Arguments) -> Statistic:
    statistic = _statistic(arguments)
    if statistic.scope != "variable":
        raise InvalidArgumentError(
            f"statistic: {statistic.name} has one number a step, not one a variable: use ./lines"
        )
    return statistic


def _check_variables(recorded: Recorded, statistic: Statistic, names: list[str]) -> None:
    known = (
        {v.name for v in recorded.series.variables} | {WHOLE_MODEL} if statistic.scope == "variable" else {WHOLE_MODEL}
    )
    grouped = statistic.scope == "variable"
    unknown = [n for n in names if n not in known and not (grouped and named(recorded.series, n))]
    if unknown:
        raise NotFoundError(
            f"{statistic.name} of run {recorded.name!r} has no variable {', '.join(map(repr, unknown))}; "
            "./variables lists them, and none means the whole model"
        )
