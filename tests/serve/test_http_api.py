"""http_api.md is the contract: every route of it exists, and every answer has the shape that it gives."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tb_convergence.serve import plugin
from tests.read.write_events import EventFile, manifest, records, variable
from tests.serve.app import App
from tests.serve.unpack import unpack

PAGE = Path(plugin.__file__).with_name("http_api.md").read_text()
SECTIONS = dict(re.findall(r"^## `\./([a-z_]+)[^`]*`[^\n]*\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
OF = manifest()


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Two runs, one with a stream."""
    stream = manifest("s2", stream="critic")
    with EventFile(tmp_path / "a") as file:
        file.session(OF, records(OF, range(300)))
        file.session(stream, records(stream, range(20)))
    with EventFile(tmp_path / "b") as file:
        file.session(OF, records(OF, range(50)))
    return App(tmp_path)


def keys(document: Any) -> Iterator[str]:
    """All keys of a JSON document, but not those of evidence, which are a rule's own, and names of layers."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield key
            yield from () if key in {"evidence", "optimizer", "config", "dropout"} else keys(value)
    elif isinstance(document, list):
        for item in document:
            yield from keys(item)


def test_every_route_of_the_page_is_served_and_no_other() -> None:
    """Documentation and program name the same routes."""
    assert set(SECTIONS) == {path.strip("/") for path in plugin.ROUTES} | {"static"}


JSON_ROUTES: dict[str, dict[str, Any]] = {
    "runs": {},
    "diagnosis": {},
    "variables": {"run": "a"},
    "statistics": {},
    "profile": {"run": "a", "statistic": "gradient_norm", "step": 7},
    "optimizer": {"run": "a", "first": 3},
    "gradient_check": {"run": "a"},
    "comparison": {"run": ["a", "b"]},
    "thresholds": {"finding": "dead-units"},
}


@pytest.mark.parametrize("route", JSON_ROUTES)
def test_json_answers_have_the_promised_keys(app: App, route: str) -> None:
    """Each key of the answer stands in the page, in quotation marks."""
    answer = app.get(route, **JSON_ROUTES[route])
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    missing = {key for key in keys(app.json(route, **JSON_ROUTES[route])) if f'"{key}"' not in SECTIONS[route]}
    assert missing == set()


def test_the_check_of_keys_can_fail() -> None:
    """A key that the page does not name would be seen."""
    assert [key for key in keys({"runs": [{"colour": 1}]}) if f'"{key}"' not in SECTIONS["runs"]] == ["colour"]


def test_runs_lists_streams_and_steps(app: App) -> None:
    """Sorted by name, with what the run list shows."""
    answer = app.json("runs")
    assert answer["schema"] == 1
    assert [run["run"] for run in answer["runs"]] == ["a", "a:critic", "b"]
    first, stream, _ = answer["runs"]
    assert set(first) == {"run", "tensorboard_run", "stream", "steps", "variables", "started", "token"}
    assert first["steps"] == {"first": 0, "last": 299, "recorded": 300}
    assert (stream["tensorboard_run"], stream["stream"], stream["variables"]) == ("a", "critic", 2)
    assert first["started"] == OF.started


def test_diagnosis_is_of_all_runs_or_of_those_named(app: App) -> None:
    """The page asks for the visible ones."""
    assert [run["run"] for run in app.json("diagnosis")["runs"]] == ["a", "a:critic", "b"]
    answer = app.json("diagnosis", run=["b", "a:critic"])
    assert [run["run"] for run in answer["runs"]] == ["b", "a:critic"]
    names = {
        "run",
        "outcome",
        "verdict",
        "steps",
        "findings",
        "clear",
        "not_applicable",
        "not_enough_evidence",
        "notes",
    }
    assert all(set(run) == names for run in answer["runs"])


def test_variables_are_in_order_of_depth(app: App) -> None:
    """Name, shape and what was looked at."""
    answer = app.json("variables", run="a")
    assert [v["name"] for v in answer["variables"]] == ["a", "b"]
    assert answer["variables"][0]["shape"] == [4, 3]
    assert answer["variables"][0]["size"] == 12
    assert (answer["optimizer"], answer["restarts"]) == (None, [])


def test_statistics_are_the_catalogue(app: App) -> None:
    """Each with what a chart needs."""
    found = app.json("statistics")["statistics"]
    assert {"gradient_norm", "update_norm", "weight_norm", "update_ratio", "loss"} <= {s["name"] for s in found}
    assert {s["scale"] for s in found} == {"log", "linear"}


def test_a_tile_has_the_promised_layout(app: App) -> None:
    """Header, what each column covers, then one byte a cell."""
    answer = app.get("tile", run="a", statistic="gradient_norm", columns=7, first=10, last=99)
    body = unpack(answer.data)
    assert set(body.header) == {
        "run", "statistic", "rows", "columns", "pool", "scale", "low", "high", "recorded", "names"}  # fmt: skip
    assert (body.header["rows"], body.header["columns"], body.header["recorded"]) == (2, 7, 90)
    first, last = body.floats(7), body.floats(7)
    assert (first[0], last[-1]) == (10, 99)
    assert (first[1:] == last[:-1] + 1).all()
    assert body.codes(2, 7).min() >= 2
    assert body.rest == b""
    assert answer.content_type == "application/octet-stream"


def test_a_group_is_a_row_a_line_and_a_point_of_the_profile(tmp_path: Path) -> None:
    """The name of a row is what the other routes take."""
    of = manifest(variables=[variable(f"net/{n}", i) for i, n in enumerate(["a/kernel", "a/bias", "b/kernel"])])
    with EventFile(tmp_path / "a") as file:
        file.session(of, records(of, range(20)))
    app = App(tmp_path)
    ask = {"run": "a", "statistic": "gradient_norm", "level": "layers", "toggled": "net/b/"}
    assert unpack(app.get("tile", **ask).data).header["names"] == ["net/a/", "net/b/kernel"]
    assert app.json("profile", step=3, **ask)["variables"] == ["net/a/", "net/b/kernel"]
    body = unpack(app.get("lines", run="a", statistic="gradient_norm", variable=["net/a/", ""]).data)
    assert body.header["series"] == ["net/a/", ""]
    assert app.get("lines", run="a", statistic="gradient_norm", variable="net/c/").status_code == 404


@pytest.mark.parametrize(("points", "arrays"), [(1200, 1), (10, 3)])
def test_lines_have_the_promised_layout(app: App, points: int, arrays: int) -> None:
    """The whole model and a variable; smallest and largest only where steps were left out."""
    body = unpack(app.get("lines", run="a", statistic="update_norm", variable=["", "b"], points=points).data)
    assert set(body.header) == {"run", "statistic", "series", "points", "recorded", "decimated", "envelope", "total"}
    count = min(points, 300)
    assert (body.header["series"], body.header["points"]) == (["", "b"], count)
    assert (body.header["decimated"], body.header["recorded"], body.header["total"]) == (arrays == 3, 300, 300)
    for _ in range(2 + 2 * arrays):
        assert len(body.floats(count)) == count
    assert body.rest == b""


def test_lines_of_a_step_statistic_need_no_variable(app: App) -> None:
    """The loss is its only series."""
    body = unpack(app.get("lines", run="a", statistic="loss").data)
    assert body.header["series"] == [""]
    body.floats(600)
    assert body.floats(300)[1] == 0.5


def test_a_profile_is_at_the_nearest_step(app: App) -> None:
    """A cursor between two recorded steps."""
    answer = app.json("profile", run="b", statistic="gradient_norm", step=48.7)
    assert answer["step"] == 49
    assert answer["variables"] == ["a", "b"]
    assert len(answer["values"]) == 2


def test_the_optimizer_is_that_of_the_steps_asked_for(app: App) -> None:
    """The page asks for those it is zoomed to."""
    answer = app.json("optimizer", run="a", first=10, last=99)
    assert answer["steps"] == {"first": 10, "last": 99, "recorded": 90}
    assert answer["updates"] == 90
    assert (answer["stability"] is None) == (answer["reason"] is not None)


def test_two_runs_are_compared_in_the_order_asked_for(app: App) -> None:
    """The baseline first; the same again is the same object."""
    answer = app.json("comparison", run=["b", "a"])
    assert [run["run"] for run in answer["runs"]] == ["b", "a"]
    assert answer == app.json("comparison", run=["b", "a"])


def test_a_gradient_that_was_compared_with_nothing_says_so(app: App) -> None:
    """Not compared is not right."""
    answer = app.json("gradient_check", run="a")
    assert [row["verdict"] for row in answer["variables"]] == ["not compared", "not compared"]


@pytest.mark.parametrize("form", ["csv", "json"])
def test_an_export_is_a_download(app: App, form: str) -> None:
    """With a name that says what it is, and nothing in it that a file name must not hold."""
    answer = app.get("export", run="a:critic", statistic="gradient_norm", format=form)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="gradient_norm-a-critic.{form}"'
    assert b"gradient_norm" in answer.data


def test_a_report_is_markdown(app: App) -> None:
    """For an issue or a notebook."""
    answer = app.get("report", run="b")
    assert answer.content_type.startswith("text/markdown")
    assert "`b`" in answer.text
    assert "`a`" not in answer.text


@pytest.mark.parametrize(
    ("path", "query", "status", "said"),
    [
        ("tile", {"statistic": "gradient_norm"}, 400, "run is missing"),
        ("tile", {"run": "a"}, 400, "statistic is missing; got run"),
        ("tile", {"run": "a", "statistic": "loss"}, 400, "./lines"),
        ("tile", {"run": "a", "statistic": "gradient_norm", "columns": "0"}, 400, "from 1 to 20000, got '0'"),
        ("tile", {"run": "a", "statistic": "gradient_norm", "columns": "9" * 99}, 400, "columns: expected"),
        ("tile", {"run": "a", "statistic": "gradient_norm", "pool": "mean"}, 400, "max, min, median, last, got 'mean'"),
        ("tile", {"run": "a", "statistic": "gradient_norm", "first": "x"}, 400, "first: expected a step, got 'x'"),
        ("tile", {"run": "a", "statistic": "gradient_norm", "last": "nan"}, 400, "last: expected a step"),
        ("tile", {"run": "a", "statistic": "gradient_norm", "level": "x"}, 400, "variables, layers, blocks, got 'x'"),
        ("tile", {"run": "c", "statistic": "gradient_norm"}, 404, "There are: a, a:critic, b"),
        ("lines", {"run": "a", "statistic": "entropy"}, 404, "There are: gradient_norm"),
        ("lines", {"run": "a", "statistic": "gradient_norm", "variable": "z"}, 404, "no variable 'z'"),
        ("lines", {"run": "a", "statistic": "loss", "variable": "a"}, 404, "no variable 'a'"),
        ("profile", {"run": "a", "statistic": "gradient_norm"}, 400, "step is missing"),
        ("profile", {"run": "a", "statistic": "gradient_norm", "step": ""}, 400, "step"),
        ("export", {"run": "a", "statistic": "gradient_norm", "format": "xls"}, 400, "csv, json, got 'xls'"),
        ("diagnosis", {"run": "c"}, 404, "no run 'c'"),
        ("optimizer", {"run": "c"}, 404, "no run 'c'"),
        ("optimizer", {"run": "a", "first": "x"}, 400, "first: expected a step"),
        ("comparison", {"run": "a"}, 400, "expected two runs, the baseline first, got 1"),
        ("comparison", {"run": ["a", "c"]}, 404, "no run 'c'"),
        ("gradient_check", {}, 400, "run is missing"),
        ("variables", {}, 400, "run is missing; got no arguments"),
        ("static/nothing.js", {}, 404, "nothing.js"),
    ],
)
def test_bad_arguments_are_answered_with_what_was_expected(
    app: App, path: str, query: dict[str, str], status: int, said: str
) -> None:
    """400 for a bad argument, 404 for what does not exist; plain text, and no stack."""
    answer = app.get(path, **query)
    assert answer.status_code == status
    assert said in answer.text
    assert answer.content_type.startswith("text/plain")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(app: App, method: str) -> None:
    """Nothing here changes state."""
    for path in ("runs", "static/index.js"):
        answer = app.get(path, method)
        assert answer.status_code == 405
        assert answer.headers["Allow"] == "GET, HEAD"


def test_head_has_no_body(app: App) -> None:
    """The headers are those of GET."""
    answer = app.get("runs", "HEAD")
    assert (answer.status_code, answer.data) == (200, b"")


def test_an_empty_log_directory_is_no_error(tmp_path: Path) -> None:
    """The tab is opened before the first step."""
    app = App(tmp_path)
    assert app.json("runs")["runs"] == []
    assert app.json("diagnosis")["runs"] == []
    assert app.get("tile", run="a", statistic="gradient_norm").status_code == 404


def test_a_run_without_steps_is_no_error(tmp_path: Path) -> None:
    """The manifest is written before the first record."""
    with EventFile(tmp_path / "a") as file:
        file.manifest(OF)
    app = App(tmp_path)
    assert app.json("runs")["runs"][0]["steps"] == {"first": None, "last": None, "recorded": 0}
    assert app.json("diagnosis")["runs"][0]["outcome"] == "too early to say"
    assert app.json("optimizer", run="a")["stability"] is None
    assert app.json("gradient_check", run="a")["passive"]["verdict"] == "not compared"
    assert unpack(app.get("tile", run="a", statistic="gradient_norm").data).header["columns"] == 0
    for names in ([], ["a"]):
        assert unpack(app.get("lines", run="a", statistic="gradient_norm", variable=names).data).header["points"] == 0
    assert app.get("profile", run="a", statistic="gradient_norm", step=1).status_code == 404
    assert app.get("export", run="a", statistic="gradient_norm").data.count(b"\n") == 1


@pytest.mark.parametrize(("prefix", "experiment"), [("/foo/bar", ""), ("", "e1"), ("/foo", "e1")])
def test_it_works_under_a_prefix_and_for_an_experiment(tmp_path: Path, prefix: str, experiment: str) -> None:
    """Behind a proxy, and in a hosted TensorBoard."""
    with EventFile(tmp_path / "a") as file:
        file.session(OF, records(OF, range(5)))
    app = App(tmp_path, prefix)
    assert app.json("runs", experiment=experiment)["runs"][0]["run"] == "a"
    assert app.get("static/index.js", experiment=experiment).status_code == 200


def test_the_tab_is_listed(app: App) -> None:
    """TensorBoard finds the plugin active from its data, and is told where the page begins."""
    listing = json.loads(app.fetch("/data/plugins_listing").data)["convergence"]
    assert listing["tab_name"] == "Convergence"
    assert listing["enabled"] is True
    assert listing["loading_mechanism"]["module_path"] == "/data/plugin/convergence/static/index.js"


def test_thresholds_are_those_of_one_finding(app: App, tmp_path: Path) -> None:
    """With what each means, and what the settings file sets it to."""
    known = {item["name"]: item for item in app.json("thresholds", finding="dead-units")["thresholds"]}
    assert known["dead"]["value"] == known["dead"]["default"]
    assert known["dead"]["meaning"]
    (tmp_path / "tb_convergence.toml").write_text("[thresholds.dead-units]\ndead = 0.5\n")
    answer = app.json("thresholds", finding="dead-units")
    again = {item["name"]: item for item in answer["thresholds"]}
    assert (again["dead"]["value"], again["dead"]["default"]) == (0.5, known["dead"]["default"])
    assert answer["file"] == str(tmp_path / "tb_convergence.toml")
    assert app.get("thresholds", finding="nothing").status_code == 404
    assert app.get("thresholds").status_code == 400
