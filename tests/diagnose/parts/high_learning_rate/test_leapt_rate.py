"""A rate that leapt in the midst of a run is named where the loss rose with it."""

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.parts.high_learning_rate.leapt_rate import after_leap
from tb_convergence.diagnose.rules.high_learning_rate import RULE
from tb_convergence.diagnose.rules.rule import Found
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.simulate import adam, scheduled


@pytest.mark.parametrize(("factor", "lost", "told"), [(90.0, 3.0, True), (90.0, 0.9, False), (1.0, 3.0, False)])
def test_a_rate_that_leaps_and_a_loss_that_is_higher_ever_since_are_told(
    factor: float, lost: float, *, told: bool
) -> None:
    """As a warning, though the loss falls again; a leap without harm, or harm without a leap, says nothing of it."""
    leaping = scheduled(lambda step: 1e-3 if step <= 40 else 1e-3 * factor)

    series, t = train(Mlp((64, 16, 10)), leaping, 160), np.arange(160)
    series.step("loss")[:] = np.where(t < 40, 2.0 - 0.01 * t, 1.6 * lost * np.exp(-0.0008 * (t - 40)))
    answer = after_leap(Context(series))
    assert (answer is not None) is told
    assert answer is None or (answer.row, answer.severity) == (40, Severity.WARNING)
    assert answer is None or answer.evidence["suggested_learning_rate"] == pytest.approx(1e-3, rel=1e-2)


@pytest.mark.parametrize(("lost", "thrown", "severity"), [(0.9, 30.0, Severity.INFO), (0.9, 1.2, None)])
def test_a_leap_that_threw_a_run_up_is_told_though_it_came_down(
    lost: float, thrown: float, severity: Severity | None
) -> None:
    """As information; a leap that did no harm is none."""
    leaping = scheduled(lambda step: 1e-3 if step <= 40 else 9e-2)

    series, t = train(Mlp((64, 16, 10)), leaping, 160), np.arange(160)
    fallen = 1.6 * lost * np.exp(-0.0008 * (t - 40))
    series.step("loss")[:] = np.where(t < 40, 2.0 - 0.01 * t, np.where(t < 44, 1.6 * thrown, fallen))
    answer = after_leap(Context(series))
    assert (answer.severity if answer is not None else None) == severity


@pytest.mark.parametrize(("times", "told"), [(40.0, True), (2.0, False)])
def test_steps_that_leap_are_told_though_no_rate_is_known(times: float, *, told: bool) -> None:
    """Of Adam, whose rate nobody told, and a loss that rose with them and came down again."""
    series = train(Mlp((64, 32, 10)), adam(1e-3), 200)
    loss, late = series.step("loss"), np.arange(200) >= 60
    loss[:] = np.geomspace(2.3, 0.3, 200) * np.where((np.arange(200) >= 60) & (np.arange(200) < 80), 6.0, 1.0)
    series.values["update_norm"][late] *= times
    answer = ask(RULE, series)
    assert isinstance(answer, Found) is told
    if isinstance(answer, Found):
        assert (answer.severity, answer.row) == (Severity.INFO, 60)
