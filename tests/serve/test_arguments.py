"""The query string."""

import pytest
from tensorboard.errors import InvalidArgumentError
from werkzeug.datastructures import MultiDict

from tb_convergence.serve.arguments import choice, count, required, step


def test_a_step_need_not_be_whole() -> None:
    """The end of a zoomed axis lies anywhere."""
    assert step(MultiDict({"first": "12.5"}), "first") == 12.5
    assert step(MultiDict({"first": "-3"}), "first") == -3
    assert step(MultiDict({"first": ""}), "first") is None
    assert step(MultiDict(), "first") is None


@pytest.mark.parametrize("text", ["x", "nan", "inf", "1,5", "1e999"])
def test_what_is_no_step_is_refused(text: str) -> None:
    """With what came."""
    with pytest.raises(InvalidArgumentError, match="first: expected a step, got"):
        step(MultiDict({"first": text}), "first")


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "x", "", "101", "²", "9" * 5000])
def test_what_is_no_count_is_refused(text: str) -> None:
    """A huge number must not become a huge allocation, nor a slow conversion."""
    with pytest.raises(InvalidArgumentError, match="expected a whole number from 1 to 100"):
        count(MultiDict({"columns": text}), "columns", 10, 100)


def test_defaults_hold_where_nothing_came() -> None:
    """The first choice, and the default count."""
    assert count(MultiDict(), "columns", 10, 100) == 10
    assert count(MultiDict({"columns": "100"}), "columns", 10, 100) == 100
    assert choice(MultiDict(), "pool", ("max", "min")) == "max"
    assert choice(MultiDict({"pool": "min"}), "pool", ("max", "min")) == "min"


def test_what_is_missing_is_named_beside_what_came() -> None:
    """A typing error is seen at once."""
    with pytest.raises(InvalidArgumentError, match="run is missing; got runs"):
        required(MultiDict({"runs": "a"}), "run")
