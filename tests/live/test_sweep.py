"""The sweep of the demo: a hopeless trial ends early, a good one does not."""

from pathlib import Path

from demo.sweep import trial


def test_a_rate_that_is_too_high_ends_early(tmp_path: Path) -> None:
    """And the error says why."""
    found = trial(100.0, tmp_path, epochs=400)
    assert found.steps < found.planned
    assert found.error is not None


def test_a_good_rate_trains_to_the_end(tmp_path: Path) -> None:
    """With the accuracy that it has without a diagnosis."""
    found = trial(0.03, tmp_path, epochs=15)
    assert (found.steps, found.error) == (found.planned, None)
    assert found.accuracy > 0.9
