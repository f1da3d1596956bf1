"""One statistic of one run, by name."""

import numpy as np
import pytest

from tb_convergence.report.selection import chosen, columns, exists
from tests.report.golden import series


def test_the_whole_model_and_variables_can_be_asked_for_together() -> None:
    """In the order asked for."""
    whole, last = chosen(series(), "gradient_norm", ["", "λ"])
    assert whole[0] == pytest.approx(101**0.5)
    assert last[2] == 1.0


def test_nan_is_a_number_only_where_something_was_not_finite() -> None:
    """Before a variable had a gradient there is none; after a NaN there is one, and it is broken."""
    values = series().values["gradient_norm"]
    there = exists(series(), values)
    assert there[:, 1].all()
    assert there[:, 2].tolist() == [False, False, True, True, True, True]


def test_a_step_statistic_that_was_never_known_does_not_exist() -> None:
    """A learning rate of a loop written by hand is missing, even where the gradient is NaN."""
    (rate,) = columns(series(), "learning_rate").values()
    assert not exists(series(), rate).any()
    (loss,) = columns(series(), "loss").values()
    assert exists(series(), loss).tolist() == [True] * 6
    assert np.isnan(loss[4])
