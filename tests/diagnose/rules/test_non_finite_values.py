"""NaN is named by variable and step, unless the run got over it."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.rules.non_finite_values import RULE
from tb_convergence.diagnose.rules.rule import Clear, Found, NotEnoughEvidence
from tb_convergence.series import Series
from tests.diagnose.rules.asking import ask
from tests.diagnose.simulate import Recording, parabola, sgd


def breaking(rows: range, *, value: float = np.nan, spoils: bool = False) -> Series:
    """Twenty steps; in ``rows`` the gradient of b is not finite, and with ``spoils`` its weight stays so."""
    recording, w = Recording(["a", "b"]), [np.ones(3), np.ones(4)]
    for step in range(20):
        g = [np.ones(3), np.full(4, value if step in rows else 1.0)]
        after = [w[0], np.full(4, np.nan) if spoils and step in rows else w[1]]
        recording.step(w, g, after, loss=1.0)
        w = after
    return recording.series()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("start", [0, 7, 17])
def test_variable_and_step_are_named(value: float, start: int) -> None:
    """Of the first that broke and stayed broken."""
    answer = ask(RULE, breaking(range(start, 20), value=value))
    assert isinstance(answer, Found)
    assert (answer.row, answer.variables) == (start, ("b",))
    assert answer.evidence["elements_at_first_step"] == 4


@pytest.mark.parametrize(("broken", "told"), [({"a/kernel"}, True), ({"a/kernel", "a/bias"}, False), ({"b"}, False)])
def test_nan_in_the_inputs_shows_in_the_first_kernel_alone(broken: set[str], *, told: bool) -> None:
    """A rectifier takes NaN for 0, so that only xᵀδ has it."""
    names, w = ["a/kernel", "a/bias", "b"], [np.ones((3, 2)), np.ones(2), np.ones((2, 1))]
    recording = Recording(names)
    for step in range(20):
        g = [np.full(x.shape, np.nan if n in broken and step >= 12 else 1.0) for n, x in zip(names, w, strict=True)]
        recording.step(w, g, w, loss=1.0)
    answer = ask(RULE, recording.series())
    assert isinstance(answer, Found)
    assert ("the inputs hold NaN" in answer.summary, "np.isnan" in answer.advice[0]) == (told, told)


def test_nan_that_was_seen_in_the_inputs_is_told() -> None:
    """By whoever passed them."""
    series = breaking(range(7, 20))
    fraction = np.where(np.arange(20) == 5, 0.01, np.nan)
    seen = replace(series, step_values={**series.step_values, "input_nonfinite_fraction": fraction})
    answer = ask(RULE, seen)
    assert isinstance(answer, Found)
    assert "the inputs hold NaN" in answer.summary


@pytest.mark.parametrize(
    ("start", "finite", "first"),
    [(0, False, "np.isnan"), (0, True, "Guard"), (12, False, "Guard"), (1, False, "Look at step 0")],
)
def test_what_nothing_announced_is_looked_for_where_it_is_made(start: int, first: str, *, finite: bool) -> None:
    """In the data where the first step has it; in the operations of the loss where that is finite, or was till then."""
    series = breaking(range(start, 20))
    if not finite:
        series.step("loss")[start:] = np.nan
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert first in answer.advice[0]
    assert ("derivative is not" in answer.summary) is finite


def test_steps_that_loss_scaling_skips_are_clear() -> None:
    """The run goes on with finite numbers."""
    answer = ask(RULE, breaking(range(3, 6), value=np.inf))
    assert isinstance(answer, Clear)
    assert "3 single steps" in answer.reason


def test_a_last_broken_step_may_be_skipped_yet() -> None:
    """Too early to say."""
    assert isinstance(ask(RULE, breaking(range(19, 20), value=np.inf)), NotEnoughEvidence)


def test_a_spoiled_weight_needs_no_waiting() -> None:
    """NaN in a weight never leaves it."""
    assert isinstance(ask(RULE, breaking(range(18, 20), spoils=True)), Found)


def test_an_unknown_loss_is_not_a_broken_one() -> None:
    """NaN in place of a loss that was not recorded."""
    assert isinstance(ask(RULE, parabola(sgd(0.1), 9, loss=False)), Clear)
    series = parabola(sgd(0.1), 9)
    series.step("loss")[::2] = np.nan
    assert isinstance(ask(RULE, series), Clear)


def test_a_loss_that_ends_in_nan_is_broken() -> None:
    """It was known in every step before."""
    series = parabola(sgd(0.1), 9)
    series.step("loss")[6:] = np.nan
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert (answer.row, answer.variables) == (6, ())
