"""Diagnoses as JSON; the whole shape is kept in tests/golden/diagnosis.json."""

from tb_convergence.report.json import document, title
from tests.report.diagnoses import EMPTY, SICK


def test_the_public_contract_has_its_keys() -> None:
    """Scripts depend on them."""
    found = document([SICK])
    assert set(found) == {"schema", "runs"}
    (run,) = found["runs"]
    assert run["steps"] == {"first": 0, "last": 49, "recorded": 50}
    assert run["clear"] == ["dead-units", "missing-gradient"]
    assert run["not_applicable"] == [{"id": "vanishing-gradient", "reason": "needs 4 weight matrices"}]
    assert run["not_enough_evidence"] == [{"id": "low-learning-rate", "reason": "needs 100 steps, got 50"}]
    assert run["notes"][0]["severity"] == "warning"
    first = run["findings"][0]
    assert (first["id"], first["severity"], first["rank"], first["onset_step"]) == ("high-learning-rate", "error", 1, 1)


def test_evidence_that_is_not_finite_travels_as_words() -> None:
    """And what is not known as null."""
    assert document([SICK])["runs"][0]["findings"][1]["evidence"] == {
        "last_loss": "Infinity",
        "ratio": "NaN",
        "lowest": "-Infinity",
        "source": None,
        "flag": True,
    }


def test_an_empty_run_has_no_steps() -> None:
    """Null, not zero."""
    assert document([EMPTY])["runs"][0]["steps"] == {"first": None, "last": None, "recorded": 0}
    assert document([]) == {"schema": 1, "runs": []}


def test_a_title_is_that_of_the_rule() -> None:
    """Written for people; what is unheard of is named by its id in words."""
    assert title("non-finite-values") == "NaN or infinity"
    assert title("unheard-of") == "Unheard of"
    assert title("high-learning-rate") == "Learning rate too high"
