"""A statistic at full resolution, as CSV or JSON: what ``tb-convergence export`` prints. A public contract."""

import csv
import io
from collections.abc import Iterable, Sequence

import numpy as np

from tb_convergence.report.json import SCHEMA
from tb_convergence.report.numbers import Json, encoded, numbers
from tb_convergence.report.selection import columns, exists
from tb_convergence.series import Series

FORMATS = ("csv", "json")
_HEAD = ("run", "statistic", "step", "variable", "value")


def export(series: Sequence[Series], statistic: str, form: str) -> str:
    """The statistic of every run as text in one of :data:`FORMATS`.

    CSV has one number a line, ``run,statistic,step,variable,value``; the value is empty where there is none, ``NaN`` or
    ``Infinity`` where there is one that is not finite. In JSON the first is ``null``, the others are strings.
    """
    tables = [_table(one, statistic) for one in series]
    return encoded({"schema": SCHEMA, "runs": tables}) + "\n" if form == "json" else _csv(tables)


def _table(series: Series, statistic: str) -> Json:
    found = columns(series, statistic)
    there = _exists(series, list(found.values()))
    return {
        "run": series.run,
        "statistic": statistic,
        "steps": series.steps.tolist(),
        "series": {name: numbers(values, there[:, i]) for i, (name, values) in enumerate(found.items())},
    }


def _exists(series: Series, found: list[np.ndarray]) -> np.ndarray:
    if not found:
        return np.zeros((len(series), 0), bool)
    per_variable = len(found) == len(series.variables)
    return exists(series, np.stack(found, axis=1)) if per_variable else exists(series, found[0])[:, None]


def _csv(tables: Iterable[Json]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEAD)
    for table in tables:
        for i, step in enumerate(table["steps"]):
            for name, values in table["series"].items():
                value = values[i]
                writer.writerow((table["run"], table["statistic"], step, name, "" if value is None else value))
    return out.getvalue()
