"""Dead units are an error of a run that does not learn, from the step at which they died."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.dead_units import RULE
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable, NotEnoughEvidence
from tb_convergence.series import Series
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.simulate import parabola, sgd


def dying(at: int, *, share: float = 1.0, revived: int = -1) -> Series:
    """A stalled net whose first layer is dead from row ``at`` on; ``revived``: one row in which it lives."""
    series = train(Mlp((64, 16, 10)), sgd(1e-9), 60)
    dead = series.values["dead_unit_fraction"]
    dead[:, 0], dead[at:, 0] = 0.3, share
    if revived >= 0:
        dead[revived, 0] = 0.5
    return series


@pytest.mark.parametrize("at", [0, 1, 7, 30])
def test_the_onset_is_the_step_of_death(at: int) -> None:
    """And the layer is named."""
    answer = ask(RULE, dying(at))
    assert isinstance(answer, Found)
    assert (answer.severity, answer.row, answer.variables) == (Severity.ERROR, at, ("dense_0/kernel",))


def test_a_single_living_row_does_not_move_the_onset() -> None:
    """One unit that one batch happens to reach."""
    answer = ask(RULE, dying(10, revived=40))
    assert isinstance(answer, Found)
    assert answer.row == 10


def test_half_dead_is_healthy() -> None:
    """As wide ReLU layers are."""
    assert isinstance(ask(RULE, dying(0, share=0.6)), Clear)


def test_a_layer_that_comes_back_is_not_dead() -> None:
    """Only what lasts to the end counts."""
    series = dying(10)
    series.values["dead_unit_fraction"][40:, 0] = 0.2
    assert isinstance(ask(RULE, series), Clear)


def test_a_run_that_learns_may_have_dead_layers() -> None:
    """A side branch that nothing needs."""
    series = train(Mlp((64, 32, 10)), sgd(0.1), 400)
    series.values["dead_unit_fraction"][:, 0] = 1.0
    assert isinstance(ask(RULE, series), Clear)


def test_scalars_have_no_units_and_short_runs_no_evidence() -> None:
    """They are not clear."""
    assert isinstance(ask(RULE, parabola(sgd(0.1), 20)), NotApplicable)
    assert isinstance(ask(RULE, train(Mlp((64, 16, 10)), sgd(0.1), 5)), NotEnoughEvidence)


def test_a_slow_run_has_a_warning() -> None:
    """Its last bias still learns, and takes the loss down a little."""
    series = dying(0)
    series.step("loss")[:] = 2.3 - 1e-4 * np.arange(60)
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert (answer.severity, answer.row) == (Severity.WARNING, 0)


@pytest.mark.parametrize(("left", "told"), [(0.8, True), (0.05, False)])
def test_a_run_that_has_not_come_far_is_told(left: float, *, told: bool) -> None:
    """It gets on with the rest of the units, and would get further with all; one that came far needs them not."""
    series = dying(0)
    loss = np.log(10.0) * np.geomspace(1.0, left, 60)
    answer = ask(RULE, replace(series, step_values={**series.step_values, "loss": loss}))
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or answer.severity is Severity.INFO
