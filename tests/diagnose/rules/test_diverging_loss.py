"""A loss diverges when it ends far above its start, and not when it is noisy."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.rules.diverging_loss import RULE
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable, NotEnoughEvidence
from tests.diagnose.rules.asking import ask
from tests.diagnose.simulate import parabola, sgd


def test_a_run_that_quadruples_diverges_from_its_first_step() -> None:
    """Five losses suffice."""
    answer = ask(RULE, parabola(sgd(1.5), 5))
    assert isinstance(answer, Found)
    assert answer.row == 1
    assert answer.evidence["first_loss"] == pytest.approx(4.0)


def test_a_loss_that_leaps_and_stays_up_is_not_said_to_rise() -> None:
    """It is lower at the end than just after the leap, and far above its lowest."""
    series = parabola(sgd(0.01), 100)
    series.step("loss")[:] = np.where(np.arange(100) < 60, np.geomspace(1.0, 0.01, 100), np.linspace(8.0, 5.0, 100))
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert answer.row == 60
    assert answer.summary.startswith("The loss leaps at step 60, to ")
    rising = ask(RULE, parabola(sgd(1.5), 20))
    assert isinstance(rising, Found)
    assert rising.summary.startswith("The loss rises from step 1 on: ")


def test_noise_alone_does_not() -> None:
    """Even when it is ten times the level."""
    series = parabola(sgd(0.01), 100)
    series.step("loss")[:] = np.exp(np.random.default_rng(0).normal(0, 1.0, 100))
    assert isinstance(ask(RULE, series), Clear)


def test_a_converged_run_that_wanders_near_zero_does_not() -> None:
    """From 1e-12 to 1e-8 is no divergence of a run that began at 1."""
    series = parabola(sgd(0.1), 100)
    series.step("loss")[50:] *= 1e4
    assert isinstance(ask(RULE, series), Clear)


def test_unknown_and_short_losses_are_said() -> None:
    """They are not clear."""
    assert isinstance(ask(RULE, parabola(sgd(1.5), 20, loss=False)), NotApplicable)
    assert isinstance(ask(RULE, parabola(sgd(1.5), 3)), NotEnoughEvidence)


def test_one_of_two_players_may_lose() -> None:
    """The loss of a named stream need not fall; where everything grows it diverges nevertheless."""
    series = parabola(sgd(0.1), 60)
    series.step("loss")[:] = np.geomspace(0.07, 0.7, 60)
    assert isinstance(ask(RULE, series), Found)
    assert isinstance(ask(RULE, replace(series, stream="generator")), NotApplicable)
    assert isinstance(ask(RULE, replace(series, run="2026-11-24 00:52")), Found)
    assert isinstance(ask(RULE, replace(parabola(sgd(1.5), 60), stream="generator")), Found)
