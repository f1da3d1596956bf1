"""A factor is told to a percent, unless it is known from samples."""

from dataclasses import replace

import pytest

from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Found
from tb_convergence.diagnose.rules.wrong_gradient import RULE
from tests.diagnose.faults import scaled
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import regression
from tests.diagnose.simulate import parabola, sgd


@pytest.mark.parametrize("factor", [0.5, 0.97, 1.03, 2.0, 32.0])
@pytest.mark.parametrize("reference", [False, True])
def test_the_factor_is_exact(factor: float, *, reference: bool) -> None:
    """To a percent, from either source."""
    answer = ask(RULE, parabola(sgd(0.01), 20, factor=factor, reference=reference))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.ERROR
    assert answer.evidence["factor"] == pytest.approx(factor, rel=0.01)


@pytest.mark.parametrize(("factor", "told"), [(1.05, False), (2.0, True)])
def test_what_is_known_from_samples_is_known_to_a_quarter(factor: float, *, told: bool) -> None:
    """The error of a sample is the same at every step: a factor that is steady, and none of the gradient."""
    series = train(Mlp((8, 32, 2)), scaled(sgd(0.05), factor), 60, batch=None, data=regression(0))
    for name in ("gradient_norm", "previous_gradient_norm"):
        series.values[name][:] *= factor
    whole = ask(RULE, series)
    first, *others = series.variables
    part = ask(RULE, replace(series, variables=(replace(first, sampled=128), *others)))
    assert isinstance(whole, Found)
    assert isinstance(part, Found) is told
