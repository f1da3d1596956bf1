"""The verdict is one sentence that says how the run went, and why."""

import re
from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Outcome
from tests.diagnose.networks import train
from tests.diagnose.runs import architecture
from tests.diagnose.simulate import parabola, sgd


def test_a_verdict_reads_as_a_sentence() -> None:
    """What is wrong with a run that converges comes after a but; what is only worth knowing stands for itself."""
    half, ringing = diagnose(parabola(sgd(0.1), 40, factor=0.5)), diagnose(parabola(sgd(0.1, 0.9), 200))
    assert half.verdict.startswith("Converging, but the gradient of w is 0.5 ×")
    assert ringing.verdict.startswith("Converging. Momentum 0.9 rings:")


def test_a_verdict_without_findings_says_how_far_the_loss_came() -> None:
    """From about where to about where: w halves its distance to 0 every 3.1 steps here, the loss is w²."""
    well = diagnose(parabola(sgd(0.1), 40))
    assert not well.findings
    assert re.fullmatch(r"Converg\w+: the loss fell from about [\d.e-]+ to about [\d.e-]+\.", well.verdict)


def test_a_verdict_about_a_small_fall_names_the_fall() -> None:
    """Two rounded levels that read alike would say that nothing fell."""
    loss = np.linspace(4.84, 4.81, 300)
    slow = diagnose(replace(parabola(sgd(0.0), 300), step_values={"loss": loss}), rules=())
    assert slow.verdict == "Slow: the loss fell by 0.56 %, from about 4.8."


def test_the_lowest_loss_is_no_higher_than_the_first() -> None:
    """Example 2 rises from its first step on."""
    evidence = {f.id: f for f in diagnose(parabola(sgd(1.5), 20)).findings}["diverging-loss"].evidence
    assert evidence["first_loss"] == pytest.approx(4.0)
    assert evidence["lowest_loss"] == pytest.approx(4.0)


def test_a_verdict_says_why_a_loss_does_not_tell_how_the_run_goes() -> None:
    """One of several streams; both signs; higher than at the start, and falling since."""
    noise = np.exp(0.1 * np.random.default_rng(0).normal(size=300))
    series = parabola(sgd(0.0), 300)
    curves = {
        "swings around zero": 10.0 * np.log(noise),
        "rose from about 0.099, and falls since, to about 0.21 by now": np.where(
            np.arange(300) < 150, 0.1, 0.3 - 3e-4 * np.arange(300)
        )
        * noise,
    }
    for words, loss in curves.items():
        found = diagnose(replace(series, step_values={"loss": loss}))
        assert (found.outcome, words in found.verdict) == (Outcome.TOO_EARLY, True), found.verdict
    flat = {"loss": 2.0 * noise}
    assert diagnose(replace(series, step_values=flat)).outcome is Outcome.STALLED
    found = diagnose(replace(series, step_values=flat, stream="critic"))
    assert (found.outcome, "several streams" in found.verdict) == (Outcome.TOO_EARLY, True), found.verdict


def test_a_run_that_fell_and_rose_again_is_not_called_converged() -> None:
    """Down to 0.3, and back at 1.1."""
    series = train(architecture(3), sgd(0.05), 200, seed=3)
    t = np.arange(200)
    noise = np.exp(0.05 * np.random.default_rng(0).normal(size=200))
    level = np.where(t < 100, 2.4 * np.exp(-0.02 * t), np.where(t < 170, 0.3, 1.1))
    series.step("loss")[:] = level * noise
    found = diagnose(series)
    assert found.outcome is Outcome.NOT_SETTLED
    assert found.verdict.startswith("Not settled: the loss was down to about 0.3, and ends near 1.1")
