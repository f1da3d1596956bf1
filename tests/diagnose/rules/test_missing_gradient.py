"""``None`` in the list of gradients is named by variable."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.missing_gradient import RULE
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable
from tb_convergence.series import Series
from tests.diagnose.rules.asking import ask
from tests.diagnose.simulate import Recording, parabola, sgd


def without(names: set[str], *, from_step: int = 0) -> Series:
    """Two variables, some of them without a gradient."""
    recording, w = Recording(["a", "b"]), [np.ones(2), np.ones(3)]
    for step in range(20):
        g = [None if n in names and step >= from_step else np.ones_like(x) for n, x in zip("ab", w, strict=True)]
        recording.step(w, g, w, loss=float(np.exp(-step / 5)))
    return recording.series()


@pytest.mark.parametrize(("names", "severity"), [({"b"}, Severity.WARNING), ({"a", "b"}, Severity.ERROR)])
def test_it_is_an_error_when_nothing_has_a_gradient(names: set[str], severity: Severity) -> None:
    """And a warning when the rest trains: an unused head is no accident."""
    answer = ask(RULE, without(names))
    assert isinstance(answer, Found)
    assert (answer.severity, set(answer.variables)) == (severity, names)


def test_a_gradient_that_is_missing_at_times_is_clear() -> None:
    """Branches that a step does not take."""
    assert isinstance(ask(RULE, without({"b"}, from_step=3)), Clear)


def test_zero_and_nan_are_gradients() -> None:
    """Only ``None`` is none."""
    recording = Recording(["a"])
    for value in (0.0, np.nan, np.inf):
        recording.step([np.ones(2)], [np.full(2, value)], [np.ones(2)])
    assert isinstance(ask(RULE, recording.series()), Clear)


def test_a_run_without_that_statistic_does_not_tell() -> None:
    """Not recorded is not missing."""
    series = parabola(sgd(0.1), 5)
    values = {k: v for k, v in series.values.items() if k != "gradient_nonfinite_count"}
    bare = Series("run", series.variables, series.steps, series.wall_times, series.windows, values, {})
    assert isinstance(ask(RULE, bare), NotApplicable)


@pytest.mark.parametrize(("rate", "severity"), [(1e-4, Severity.ERROR), (0.1, None)])
def test_a_variable_that_keras_does_not_know_is_told_where_the_run_suffers(
    rate: float, severity: Severity | None
) -> None:
    """Elsewhere it may be meant to be changed by hand."""
    series = replace(parabola(sgd(rate), 60), untrained=("layer.w",))
    if severity is not None:
        series.step("loss")[:] = 2.3 + 0.01 * np.random.default_rng(0).normal(size=60)
    answer = ask(RULE, series)
    assert (answer.severity if isinstance(answer, Found) else None) == severity
    assert not isinstance(answer, Found) or "layer.w is a `tf.Variable` that Keras does not know" in answer.summary
