"""What is said of a gradient that explodes names its size, and the norm to clip at."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.advice import exploding_gradient as advice
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.finding import Severity
from tests.diagnose.networks import Mlp, train
from tests.diagnose.simulate import sgd


def context() -> Context:
    """A run that gets on, whose gradient is ten times as long at three steps."""
    series = train(Mlp((64, 16, 10)), sgd(0.05), 60)
    series.values["gradient_norm"][[20, 30, 40]] *= 10.0
    return Context(series)


def test_spikes_are_told_beside_what_is_usual() -> None:
    """As a warning on a run that gets on; the variables with the longest gradients are named."""
    shown = context()
    found = advice.spikes(shown, 20, 30, 0.5, {})
    assert (found.severity, found.row) == (Severity.WARNING, 20)
    assert "at step 30" in found.summary
    assert found.summary.endswith("its usual norm 0.5.")
    assert "clip_by_global_norm(grads, 0.5)" in found.advice[0]
    assert 1 <= len(found.variables) <= 3


def test_an_optimizer_that_clips_is_told_so() -> None:
    """By its own argument."""
    shown = Context(replace(context().series, optimizer={"class": "SGD", "config": {"global_clipnorm": None}}))
    assert "global_clipnorm=0.5" in advice.spikes(shown, 20, 30, 0.5, {}).advice[0]


def test_a_steep_start_is_told_by_what_a_small_change_does() -> None:
    """In times of the loss."""
    found = advice.steep(context(), 12.0, 960.0, 0.5, {})
    assert found.summary.startswith("The gradient norm is 12 at the start, which is too steep")
    assert "9.6 times its value" in found.summary
    assert found.row == 0


@pytest.mark.parametrize(("rows", "every"), [([20, 30, 40], True), ([20, 40], False), ([20, 30, 45], False)])
def test_steps_that_stand_out_are_counted(rows: list[int], *, every: bool) -> None:
    """With their period where they have one, and a norm that leaves nearly all of the others alone."""
    shown = context()
    found = advice.outliers(shown, np.array(rows), around=10, threshold=4.0, left=0.9)
    others = [norm for row, norm in enumerate(shown.gradient_norm) if row not in rows and row - 1 not in rows]
    clip = found.evidence["suggested_clipnorm"]
    assert isinstance(clip, float)
    assert sum(norm <= clip for norm in others) == pytest.approx(0.9 * len(others), abs=1.0)
    assert found.severity is Severity.INFO
    assert found.summary.startswith(f"At {len(rows)} steps, from 20 on")
    assert (", every" in found.summary) is every
    assert found.evidence["steps_that_stand_out"] == len(rows)
