"""Export at full resolution."""

import csv
import io
import json

import pytest

from tb_convergence.diagnose.estimators.derived import STATISTICS, UnknownStatisticError
from tb_convergence.report.selection import described
from tb_convergence.report.table import export
from tests.report.golden import series


def test_json_has_the_public_shape() -> None:
    """One table a run; null where there is no number, a word where it is not finite."""
    found = json.loads(export([series()], "gradient_norm", "json"))
    assert found["schema"] == 1
    (run,) = found["runs"]
    assert set(run) == {"run", "statistic", "steps", "series"}
    assert run["steps"] == [0, 1, 2, 3, 10, 11]
    assert run["series"]["dense/bias"] == [10.0, 100.0, 1e3, "Infinity", "NaN", "NaN"]
    assert run["series"]["λ"] == [None, None, 1.0, 2.0, 4.0, 8.0]


def test_csv_has_one_number_a_line() -> None:
    """Any run and variable name survives, commas and quotes included."""
    rows = list(csv.DictReader(io.StringIO(export([series()], "gradient_norm", "csv"))))
    assert len(rows) == 18
    assert list(rows[2].values()) == ["golden/run:critic", "gradient_norm", "0", "λ", ""]
    assert list(rows[2]) == ["run", "statistic", "step", "variable", "value"]
    assert [row["value"] for row in rows if row["variable"] == "dense/bias"][-2:] == ["NaN", "NaN"]


def test_a_statistic_of_the_step_has_its_own_name() -> None:
    """The loss belongs to no variable."""
    (run,) = json.loads(export([series()], "loss", "json"))["runs"]
    assert run["series"] == {"loss": [4.0, 2.0, 1.0, "Infinity", "NaN", "NaN"]}


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("form", ["csv", "json"])
def test_every_statistic_of_the_catalogue_can_be_exported(statistic: str, form: str) -> None:
    """Also where the run recorded nothing that it needs."""
    assert export([series()], statistic, form).endswith("\n")


def test_numbers_come_back_exactly() -> None:
    """Full precision, in both forms."""
    wanted = series().values["gradient_norm"][:, 0].tolist()
    assert json.loads(export([series()], "gradient_norm", "json"))["runs"][0]["series"]["dense/kernel"] == wanted
    rows = csv.DictReader(io.StringIO(export([series()], "gradient_norm", "csv")))
    assert [float(row["value"]) for row in rows if row["variable"] == "dense/kernel"] == wanted


def test_an_unknown_statistic_lists_those_that_exist() -> None:
    """A typing error is corrected without a look at the manual."""
    with pytest.raises(UnknownStatisticError, match=r"There are: .*update_ratio"):
        described("gradient")
