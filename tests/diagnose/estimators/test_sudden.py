"""A run that breaks off from one step to the next was not led there by anything before."""

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.estimators.sudden import before, sudden
from tb_convergence.series import Series
from tests.diagnose.networks import Mlp, digits, train
from tests.diagnose.simulate import Array, sgd


def spoiled(row: int) -> Series:
    """A healthy net whose gradients are NaN from ``row`` on."""
    series = train(Mlp((64, 32, 10)), sgd(0.1), 60, look=True)
    for values in series.values.values():
        values[row:] = np.nan
    series.recorded("gradient_nonfinite_count")[row:] = 10.0
    series.step("loss")[row:] = np.nan
    return series


def asked(series: Series, row: int) -> bool:
    """As the engine asks."""
    context = Context(series)
    return sudden(series, context.model, context.update_ratio, row)


def test_a_nan_out_of_nothing_is_sudden() -> None:
    """And then it is the only alarm: the net learned until then."""
    series = spoiled(40)
    assert asked(series, 40)
    found = [f.id for f in diagnose(series).findings if f.severity.value != "info"]
    assert found == ["non-finite-values"]


def test_what_grew_was_announced() -> None:
    """A gradient, a loss or a step far above the usual in the last rows; what was long before has passed."""
    for name in ("gradient_norm", "update_norm"):
        series = spoiled(40)
        series.values[name][39] *= 1e4
        assert not asked(series, 40)
    for row, sudden_ in ((39, False), (37, False), (30, True)):
        series = spoiled(40)
        series.step("loss")[row] *= 100.0
        assert asked(series, 40) is sudden_


def test_a_single_row_tells_nothing() -> None:
    """A break at the start, and an empty run."""
    assert not asked(spoiled(0), 0)
    assert not asked(spoiled(1), 1)
    assert not asked(before(spoiled(40), 0), 0)


def test_of_a_break_in_the_first_rows_both_must_have_come_down() -> None:
    """As where answers become exactly 0 or 1 and their logarithm is taken: the next step of that length is no leap."""
    for name, share in (("gradient_norm", 0.5), ("gradient_norm", 1.5), ("update_norm", 1e4)):
        series = spoiled(3)
        series.step("loss")[:3] = (1.0, 0.8, 0.4)
        series.values["gradient_norm"][:3] = 1.0
        series.values[name][2] *= share
        assert asked(series, 3) is (share == 0.5)


def test_a_rate_that_overflows_is_not_sudden() -> None:
    """The high rate stays the cause."""
    x: Array = digits()[0] * 50.0
    series = train(Mlp((64, 32, 10)), sgd(50.0), 60, data=(x, digits()[1]))
    found = diagnose(series).findings
    assert found[0].id != "non-finite-values"


def test_before_keeps_whole_rows() -> None:
    """Of every statistic."""
    short = before(spoiled(40), 12)
    assert len(short) == 12
    assert {len(v) for v in (*short.values.values(), *short.step_values.values())} == {12}
