"""Steps that pass the minimum along their own line."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.formulas import overshoot
from tb_convergence.diagnose.estimators.gram import of_model
from tb_convergence.diagnose.estimators.line_minimum import passed, thrown
from tests.diagnose.simulate import parabola, sgd


@pytest.mark.parametrize(("rate", "count"), [(0.4, 0), (0.99, 0), (1.5, 9), (3.0, 9)])
def test_a_parabola_is_passed_where_the_rate_is_too_high(rate: float, count: int) -> None:
    """Of w² the slope at the end of a step is 1 − 2η of that at its start, and the loss rises from η = 1 on."""
    series = parabola(sgd(rate), 10)
    found = passed(overshoot(of_model(series)), series.step("loss"), past=-1.0, rise=1.5)
    assert found.tolist() == list(range(10 - count, 10))


def test_each_row_is_judged_as_by_hand() -> None:
    """NaN and infinity of the loss are a rise; an unknown slope passes nothing."""
    loss = np.array([1.0, 2.0, np.nan, 1.0, np.inf, -1.0, -1.0])
    slope = np.array([np.nan, -2.0, -2.0, -2.0, -2.0, np.nan, -2.0])
    by_hand = [i for i in range(1, 7) if slope[i] < -1.0 and not loss[i] < 1.5 * abs(loss[i - 1])]
    assert passed(slope, loss, past=-1.0, rise=1.5).tolist() == by_hand == [1, 2, 3, 4]
    assert passed(slope[:1], loss, past=-1.0, rise=1.5).tolist() == []
    assert passed(slope[:0], loss[:0], past=-1.0, rise=1.5).tolist() == []


def test_a_loss_is_thrown_above_the_first() -> None:
    """The row is that of the step; constant, single and unknown losses are not thrown."""
    slope = np.full(4, -2.0)
    assert thrown(slope, np.array([1.0, 2.0, 5.0, np.inf]), past=-1.0, tossed=3.0).tolist() == [1, 2]
    for loss in (np.ones(4), np.full(4, np.nan)):
        assert thrown(slope, loss, past=-1.0, tossed=3.0).tolist() == []
    assert thrown(slope[:1], np.ones(1), past=-1.0, tossed=3.0).tolist() == []
    assert thrown(slope[:0], np.ones(0), past=-1.0, tossed=3.0).tolist() == []
