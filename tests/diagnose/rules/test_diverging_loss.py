"""A loss diverges when it ends far above its start, and not when it is noisy."""

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
