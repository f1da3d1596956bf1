"""A group's row is the statistic of its variables as one vector."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.derived import STATISTICS, compute
from tb_convergence.report.grouping import named, only, row_values, rows
from tb_convergence.series import Series
from tests.diagnose.cut import cut
from tests.diagnose.simulate import Array, Recording
from tests.report.golden import series

NAMES = ("net/block_0/attn/kernel", "net/block_0/attn/bias", "net/block_0/mlp/kernel", "net/block_1/mlp/kernel")


def trained(split: list[int] | None = None, steps: int = 6) -> Series:
    """Four variables of random gradients; ``split``: those of them that are recorded as one vector, laid end to end."""
    rng = np.random.default_rng(0)
    w = [rng.normal(size=4) for _ in NAMES]
    joined = [i for i in range(4) if split and i in split]
    others = [i for i in range(4) if i not in joined]
    names = ["together"] * bool(joined) + [NAMES[i] for i in others]
    recording = Recording(names)

    def laid(x: list[Array]) -> list[Array]:
        return ([np.concatenate([x[i] for i in joined])] if joined else []) + [x[i] for i in others]

    for _ in range(steps):
        g = [rng.normal(size=4) for _ in NAMES]
        after = [a - 0.1 * b for a, b in zip(w, g, strict=True)]
        recording.step(laid(w), laid(g), laid(after))
        w = after
    return recording.series()


EXACT = sorted(n for n, s in STATISTICS.items() if s.scope == "variable" and not n.startswith(("dead", "reference")))


@pytest.mark.parametrize("statistic", EXACT)
def test_a_group_is_what_one_long_vector_would_give(statistic: str) -> None:
    """The slow twin: the variables were one from the start."""
    of = trained()
    (group,) = [row for row in rows(of, "variables", ["net/block_0/attn/"]) if row.closed]
    found, there = row_values(of, statistic, [group])
    expected = compute(trained([0, 1]), statistic)[:, 0]
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-5, atol=1e-6)
    assert (there[:, 0] == ~np.isnan(expected)).all()


@pytest.mark.parametrize(
    ("level", "toggled", "names"),
    [
        ("variables", [], list(NAMES)),
        ("layers", [], ["net/block_0/attn/", "net/block_0/mlp/", "net/block_1/mlp/"]),
        ("blocks", [], ["net/block_0/", "net/block_1/"]),
        ("layers", ["net/block_0/attn/"], [*NAMES[:2], "net/block_0/mlp/", "net/block_1/mlp/"]),
        ("blocks", ["net/block_1/"], ["net/block_0/", NAMES[3]]),
        ("variables", ["net/block_0/mlp/", "unknown/"], [*NAMES[:2], "net/block_0/mlp/", NAMES[3]]),
    ],
)
def test_groups_open_and_close(level: str, toggled: list[str], names: list[str]) -> None:
    """At the place of their first variable."""
    assert [row.name for row in rows(trained(), level, toggled)] == names  # type: ignore[arg-type]


def test_a_name_without_a_path_is_no_group() -> None:
    """And paths of attributes are cut at points."""
    assert [row.name for row in rows(series(), "layers")] == ["dense/", "λ"]
    recording = Recording(["encoder.kernel", "encoder.bias", "w"])
    w = [np.ones(2)] * 3
    recording.step(w, w, w)
    assert [row.name for row in rows(recording.series(), "layers")] == ["encoder.", "w"]


def test_what_is_broken_or_missing_in_one_variable_shows_in_its_group() -> None:
    """NaN where a member is not finite, nothing where none has a number."""
    chosen = rows(series(), "layers")
    values, there = row_values(series(), "gradient_norm", chosen)
    assert np.isnan(values[4, 0])
    assert there[4, 0]
    assert not there[0, 1]


def test_a_group_is_found_by_its_name() -> None:
    """As lines ask for it."""
    found = named(trained(), "net/block_0/")
    assert found is not None
    assert found.columns == (0, 1, 2)
    assert named(trained(), "net/block") is None
    assert named(trained(), "net/block_9/") is None


@pytest.mark.parametrize("steps", [0, 1])
def test_a_short_run_is_no_error(steps: int) -> None:
    """Empty columns."""
    of = cut(trained(), steps)
    values, there = row_values(of, "gradient_norm", rows(of, "layers"))
    assert values.shape == there.shape == (steps, 3)
    assert len(only(of, [0]).variables) == 1
