"""One row out of many: inner products add, and nothing that stands out is lost."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tb_convergence.record.rows import Rows
from tb_convergence.record.windows import Window, window_statistics, window_step_statistics
from tb_convergence.schema.statistics import COSINES, LENGTHS, STEP_STATISTICS, VECTORS, cosine, length
from tests.record.synthetic import STATISTICS, rows

NAMES = window_statistics(STATISTICS)
STEP_NAMES = window_step_statistics(STEP_STATISTICS)


def closed(*parts: Rows) -> Rows:
    """These rows as one window."""
    window = Window(STATISTICS, STEP_STATISTICS)
    for part in parts:
        window.add(part)
    return window.close()


def value(row: Rows, name: str) -> NDArray[np.float64]:
    """[V] of a windowed row."""
    return row.values[0, :, NAMES.index(name)].astype(np.float64)


def step_value(row: Rows, name: str) -> float:
    """Of a windowed row."""
    return float(row.step_values[0, STEP_NAMES.index(name)])


def column(single: Rows, name: str) -> NDArray[np.float64]:
    """[n, V]."""
    return single.values[:, :, STATISTICS.index(name)].astype(np.float64)


def test_inner_products_of_a_window_are_the_means_of_those_of_its_steps() -> None:
    """Step by step, in a loop."""
    single = rows(range(37))
    row = closed(single)
    for i, a in enumerate(VECTORS):
        for b in VECTORS[i:]:
            want = np.zeros(3)
            for t in range(37):
                angle = 1.0 if a == b else column(single, cosine(a, b))[t]
                want += column(single, length(a))[t] * column(single, length(b))[t] * angle / 37
            angle = 1.0 if a == b else value(row, cosine(a, b))
            np.testing.assert_allclose(
                value(row, length(a)) * value(row, length(b)) * angle, want, rtol=1e-5, atol=1e-6
            )


def test_a_row_stands_at_its_first_step() -> None:
    """And says how many it stands for."""
    row = closed(rows(range(5, 9)), rows(range(9, 14)))
    assert (row.steps.tolist(), row.windows.tolist(), row.times.tolist()) == ([5], [9], [1.25])


def test_how_the_steps_are_split_makes_no_difference() -> None:
    """They come as the ring was read."""
    single = rows(range(50))
    whole, split = closed(single), closed(single[:1], single[1:30], single[30:])
    np.testing.assert_allclose(whole.values, split.values, rtol=1e-6)
    np.testing.assert_allclose(whole.step_values, split.step_values, rtol=1e-12)


def test_a_window_of_one_step_is_that_step() -> None:
    """To the last digits of float32."""
    single = rows([3])
    row = closed(single)
    np.testing.assert_allclose(row.values[0, :, : len(STATISTICS)], single.values[0], rtol=1e-6)
    np.testing.assert_allclose(row.step_values[0, :2], single.step_values[0])


def test_spikes_are_kept() -> None:
    """In a window of a thousand steps one stands out, upwards or downwards."""
    norm, loss = np.ones(1000), np.ones(1000)
    norm[500], norm[700], loss[123], loss[124] = 1e6, 1e-6, 50.0, 0.01
    row = closed(rows(range(1000), gradient_norm=norm, update_norm=2 * norm, loss=loss))
    assert value(row, "gradient_norm_largest") == pytest.approx(1e6)
    assert value(row, "gradient_norm_smallest") == pytest.approx(1e-6)
    assert value(row, "update_norm_largest") == pytest.approx(2e6)
    assert (step_value(row, "loss_smallest"), step_value(row, "loss_largest")) == (0.01, 50.0)
    assert step_value(row, "loss") == pytest.approx(loss.mean())


def test_what_a_step_lacks_is_left_out() -> None:
    """No gradient at some steps: NaN there; the cosine is of those that have both."""
    single = rows(range(4), gradient_norm=[1.0, np.nan, 3.0, np.nan], weight_norm=[2.0, 2.0, 4.0, 4.0])
    angle = column(single, cosine("weight", "gradient"))
    row = closed(single)
    np.testing.assert_allclose(value(row, "gradient_norm"), np.sqrt(5.0), rtol=1e-6)
    want = (2.0 * 1.0 * angle[0] + 4.0 * 3.0 * angle[2]) / np.sqrt((4.0 + 16.0) * (1.0 + 9.0))
    np.testing.assert_allclose(value(row, cosine("weight", "gradient")), want, rtol=1e-5)


def test_what_no_step_has_stays_missing() -> None:
    """NaN, not zero."""
    nothing = np.full(4, np.nan)
    row = closed(rows(range(4), gradient_norm=nothing, loss=nothing, previous_update_norm=nothing))
    assert np.isnan(value(row, "gradient_norm")).all()
    assert np.isnan(value(row, "gradient_norm_largest")).all()
    assert np.isnan(value(row, cosine("weight", "gradient"))).all()
    assert np.isnan(step_value(row, "loss"))
    assert np.isnan(step_value(row, "loss_largest"))


def test_one_value_that_is_not_finite_is_counted_and_leaves_the_others() -> None:
    """The count is the largest, so that it is above zero; the mean loss is of finite ones; the largest is infinite."""
    row = closed(
        rows(range(3), gradient_nonfinite_count=[0, 7, 0], loss=[1.0, np.inf, 2.0], gradient_norm=[1, np.nan, 1])
    )
    assert value(row, "gradient_nonfinite_count").tolist() == [7.0] * 3
    assert value(row, "gradient_norm").tolist() == [1.0] * 3
    assert (step_value(row, "loss"), step_value(row, "loss_largest")) == (1.5, np.inf)


def test_a_zero_vector_adds_nothing_to_an_inner_product() -> None:
    """Its cosine is NaN, its inner product 0: a variable that stood still in one of two steps."""
    single = rows([0, 1], update_norm=[0.0, 2.0], gradient_norm=[1.0, 1.0])
    cells = single.values.copy()
    cells[0, :, STATISTICS.index(cosine("gradient", "update"))] = np.nan
    cells[1, :, STATISTICS.index(cosine("gradient", "update"))] = -1.0
    row = closed(Rows(single.steps, single.times, single.windows, single.step_values, cells))
    inner = value(row, "gradient_norm") * value(row, "update_norm") * value(row, cosine("gradient", "update"))
    np.testing.assert_allclose(inner, -1.0, rtol=1e-6)  # the mean of 0 and −2


def test_constant_steps_are_their_own_window() -> None:
    """Nothing is made up."""
    row = closed(*(rows([i], seed=0) for i in [4] * 6))
    single = rows([4])
    for name in (*LENGTHS, *COSINES, "gradient_max", "dead_unit_fraction"):
        np.testing.assert_allclose(value(row, name), column(single, name)[0], rtol=1e-6, err_msg=name)


def test_probes_keep_their_ends() -> None:
    """A least stays the least, a largest the largest; a metric that came once is that number."""
    names = ("loss", "learning_rate", "input_min", "input_max", "metric/val_loss")
    single = rows(range(3))
    steps = np.array([[1, 1, -5, 5, np.nan], [1, 1, -9, 2, 0.25], [1, 1, np.nan, np.nan, np.nan]], np.float64)
    window = Window(STATISTICS, names)
    window.add(Rows(single.steps, single.times, single.windows, steps, single.values))
    assert window.close().step_values[0].tolist() == [1, 1, -9, 5, 0.25, 1, 1]
