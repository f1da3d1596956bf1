"""Runs of which only the start was written step by step: no false alarm, and the fault is found."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Outcome, Severity
from tests.diagnose.networks import Mlp, Rnn, train
from tests.diagnose.runs import Run as Make
from tests.diagnose.runs import architecture, regression, warm_up
from tests.diagnose.simulate import adam, parabola, sgd
from tests.diagnose.windowed import windowed

SHARE = 10  # one step in so many is written by itself before windows begin

HEALTHY: dict[str, Make] = {
    "adam": lambda s: train(architecture(s), adam(1e-3), 2000, seed=s),
    "momentum": lambda s: train(architecture(s), sgd(0.02, 0.9), 2000, seed=s),
    "batch of 1": lambda s: train(architecture(s), sgd(0.01), 2000, seed=s, batch=1),
    "clipped": lambda s: train(architecture(s), sgd(0.1, clip=1.0), 2000, seed=s),
    "warm-up": lambda s: train(architecture(s), warm_up(adam, 1e-3, 700), 2000, seed=s),
    "to the floor": lambda s: train(Mlp((8, 64, 2)), adam(1e-2), 3000, seed=s, data=regression(s)),
    "full batch": lambda s: train(Mlp((8, 16, 2)), sgd(0.5), 2000, seed=s, batch=None, data=regression(s)),
}
FAULTY: dict[str, tuple[str, Make]] = {
    "relu killed": ("high-learning-rate", lambda s: train(architecture(s), sgd(30.0), 2000, seed=s)),
    "relu killed, adam": ("high-learning-rate", lambda s: train(architecture(s), adam(1.0), 2000, seed=s)),
    "rate too low": ("low-learning-rate", lambda s: train(architecture(s), sgd(1e-5), 2000, seed=s)),
    "never applied": ("unapplied-update", lambda s: train(architecture(s), sgd(0.0), 1000, seed=s)),
    "recurrent": ("exploding-gradient", lambda s: train(Rnn(inputs=1, radius=3.0), sgd(0.05), 400, seed=s)),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_long_run_is_silent(name: str) -> None:
    """Neither an error nor a warning, and its outcome is good."""
    single = HEALTHY[name](400)
    series = windowed(single, len(single) // SHARE)
    assert series.windows.max() >= 32
    found = diagnose(series)
    assert [f.summary for f in found.findings if f.severity is not Severity.INFO] == []
    assert found.outcome in (Outcome.CONVERGING, Outcome.CONVERGED)
    assert (found.first_step, found.last_step) == (0, len(single) - 1)


@pytest.mark.parametrize("name", FAULTY)
def test_the_fault_of_a_long_run_is_found(name: str) -> None:
    """Above all others."""
    cause, run = FAULTY[name]
    single = run(400)
    found = diagnose(windowed(single, len(single) // SHARE))
    assert found.findings[0].id == cause


def test_the_step_at_which_a_long_run_turned_nan_is_exact() -> None:
    """From the flight recording."""
    single = parabola(adam(0.01), 5000)
    loss = np.where(np.arange(5000) < 4321, single.step("loss"), np.nan)
    found = diagnose(windowed(replace(single, step_values={**single.step_values, "loss": loss}), 1000))
    assert found.outcome is Outcome.NOT_FINITE
    (finding,) = (f for f in found.findings if f.id == "non-finite-values")
    assert finding.onset_step == 4321
