"""The catalogue names five lengths, ten cosines and a handful of extremes, each once."""

from itertools import combinations

import pytest

from tb_convergence.schema.statistics import COSINES, LENGTHS, VARIABLE_STATISTICS, VECTORS, cosine, length


def test_every_name_is_unique() -> None:
    """They are keys."""
    assert len(set(VARIABLE_STATISTICS)) == len(VARIABLE_STATISTICS)
    assert (len(LENGTHS), len(COSINES)) == (5, 10)


@pytest.mark.parametrize(("a", "b"), list(combinations(VECTORS, 2)))
def test_a_cosine_has_one_name_in_either_order(a: str, b: str) -> None:
    """The catalogue's."""
    assert cosine(a, b) == cosine(b, a)
    assert cosine(a, b) in COSINES


def test_the_public_names_stay() -> None:
    """They are written into event files."""
    assert length("gradient") == "gradient_norm"
    assert cosine("update", "gradient") == "cosine_gradient_update"
