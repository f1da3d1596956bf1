"""``tb-convergence check MODULE:FUNCTION``: output, exit codes and errors."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tb_convergence.check.gradients import METHODS
from tb_convergence.cli import check
from tb_convergence.cli.main import main

MODULE = """
import tensorflow as tf

w = tf.Variable([1.0, 2.0], name="w")

def right():
    return lambda: tf.reduce_sum(w * w), [w]

def half():
    return lambda: tf.reduce_sum(w * w), [w], [w]

def fails():
    raise KeyError("no such batch")

def loss_fails():
    return lambda: tf.ones(2) @ w, [w]

def one_thing():
    return w

number = 3
"""
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A directory with a module, and no trace of it afterwards."""
    (tmp_path / "asked.py").write_text(MODULE)
    (tmp_path / "broken.py").write_text("import nothing_of_that_name\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    for name in ("asked", "broken"):
        sys.modules.pop(name, None)


def test_a_right_gradient_exits_with_zero(capsys: Capture) -> None:
    """And the table says so."""
    assert main(["check", "asked:right"]) == 0
    assert capsys.readouterr().out.startswith("Gradient check: 1 right, 0 wrong of 1 variable\n")


def test_a_wrong_gradient_exits_with_one(capsys: Capture) -> None:
    """As ``diagnose`` does."""
    assert main(["check", "asked:half", "--method", "tape"]) == 1
    assert "0.5 × the derivative" in capsys.readouterr().out


def test_json_is_for_programs(capsys: Capture) -> None:
    """The fields of the result; what is not a number is text."""
    assert main(["check", "asked:half", "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["schema"], found["ok"]) == (1, False)
    assert found["variables"][0]["verdict"] == "scaled"
    assert found["variables"][0]["factor"] == 0.5


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("asked", "expected MODULE:FUNCTION"),
        (":right", "expected MODULE:FUNCTION"),
        ("nowhere:right", "there is no module nowhere in "),
        ("asked.py:right", "did you mean asked, with dots and without .py?"),
        ("./src/asked.py:right", "did you mean src.asked, with dots and without .py?"),
        ("broken:right", "broken cannot be imported: ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("asked:left", "asked has no function left; it must return (loss_fn, variables)"),
        ("asked:number", "asked has no function number"),
        ("asked:fails", "asked:fails() failed: KeyError: 'no such batch' (asked.py, line 13)"),
        ("asked:one_thing", "asked:one_thing() returned ResourceVariable; it must return"),
        ("asked:loss_fails", "asked:loss_fails cannot be checked: InvalidArgumentError"),
    ],
)
def test_bad_usage_exits_with_two(name: str, said: str, capsys: Capture) -> None:
    """One line that says what came and what was expected."""
    assert main(["check", name]) == 2
    caught = capsys.readouterr()
    assert said in caught.err
    assert caught.err.startswith("tb-convergence: ")
    assert caught.err.count("\n") == 1
    assert caught.out == ""


def test_without_tensorflow_the_error_says_so(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """The other commands do without it."""
    monkeypatch.delitem(sys.modules, "tb_convergence.check.gradients", raising=False)
    monkeypatch.setitem(sys.modules, "tb_convergence.check.gradients", None)
    assert main(["check", "json:dumps"]) == 2
    assert "check needs TensorFlow" in capsys.readouterr().err


def test_the_methods_are_those_of_the_function() -> None:
    """The command line lists them without importing TensorFlow."""
    assert check.METHODS == METHODS
