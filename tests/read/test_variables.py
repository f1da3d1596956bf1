"""One list of variables out of several manifests."""

from dataclasses import replace

import pytest

from tb_convergence.read.variables import merge_variables, renewed_notes, shape_notes
from tests.read.write_events import manifest, variable


def named(*names: str) -> list[str]:
    """The merged order of two manifests, given as strings of one-letter names."""
    manifests = [manifest(variables=[variable(n, i) for i, n in enumerate(text)]) for text in names]
    return [v.name for v in merge_variables(manifests)]


def test_freezing_layers_keeps_their_place() -> None:
    """The first layers are frozen in the second half of the run: the order stays that of the whole model."""
    assert named("abcd", "cd") == ["a", "b", "c", "d"]
    assert named("cd", "abcd") == ["a", "b", "c", "d"]


def test_a_variable_of_neither_base_comes_after_its_neighbour() -> None:
    """Layers that were swapped for others stand where these stood."""
    assert named("abc", "axc") == ["a", "b", "x", "c"] or named("abc", "axc") == ["a", "x", "b", "c"]
    assert named("abc", "xbc") == ["x", "a", "b", "c"]
    assert named("abc", "abcx") == ["a", "b", "c", "x"]


def test_depth_is_that_of_the_larger_manifest() -> None:
    """A manifest of the last layers alone counts from 0 again; the model does not."""
    merged = merge_variables([manifest(variables=[variable(n, i) for i, n in enumerate("abcd")]), manifest(
        variables=[variable("c", 0), variable("d", 1)])])  # fmt: skip
    assert [v.depth for v in merged] == [0, 1, 2, 3]


def test_no_manifest_no_variables() -> None:
    """A run of which nothing is known yet."""
    assert merge_variables([]) == ()
    assert merge_variables([manifest(variables=())]) == ()


def test_the_latest_description_counts() -> None:
    """Sampling may change; the page shows what holds now."""
    late = manifest(variables=[replace(variable("a", 0), sampled=16)])
    assert merge_variables([manifest(variables=[variable("a", 0)]), late])[0].sampled == 16


def test_a_changed_shape_is_said() -> None:
    """Numbers before and after are of two different things."""
    wide = manifest(variables=[variable("a", 0, (8, 3))])
    narrow = manifest(variables=[variable("a", 0, (4, 3))])
    (note,) = shape_notes([wide, narrow])
    assert note.text == "a changed its shape from (8, 3) to (4, 3) during the run."
    assert list(shape_notes([wide, wide])) == []


@pytest.mark.parametrize(
    ("blocks", "told"),
    [
        (["ab", "ab", "cd", "ef"], "at step 20, and 1 more time:"),
        (["ab", "cd"], "at step 10:"),
        (["ab", "cd", "ab"], ""),  # two players, in turns
        (["ab", "bc"], ""),  # a layer that was frozen, another that was thawed
        (["ab", "cde"], ""),  # another model
        (["ab"], ""),
        ([], ""),
    ],
)
def test_a_model_that_is_made_anew_is_said(blocks: list[str], told: str) -> None:
    """All its variables give way to others of the same shapes, and do not come back."""
    given = [(10 * i, [variable(n, d) for d, n in enumerate(names)]) for i, names in enumerate(blocks)]
    found = [note.text for note in renewed_notes(given)]
    assert (len(found) == 1 and told in found[0]) if told else not found


def test_variables_of_other_shapes_are_another_model() -> None:
    """Nothing was lost then."""
    other = [variable("c", 0, (9, 9)), variable("d", 1)]
    assert not [*renewed_notes([(0, [variable("a", 0), variable("b", 1)]), (10, other)])]
