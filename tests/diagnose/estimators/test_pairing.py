"""Which variable of one run is which of another."""

from collections.abc import Sequence

from tb_convergence.diagnose.estimators.pairing import paired, recounted
from tb_convergence.schema.manifest import Variable

SHAPES = ((64, 32), (32, 32), (32, 10))


def _layers(*names: str, shapes: Sequence[tuple[int, ...]] = SHAPES) -> list[Variable]:
    """Kernels of these layers."""
    return [Variable(f"{n}/kernel", s, "float32", i) for i, (n, s) in enumerate(zip(names, shapes, strict=False))]


def test_a_model_built_twice_is_paired_layer_by_layer() -> None:
    """Whether its layers were counted on far beyond those of the first or only by one."""
    first = _layers("dense", "dense_1", "dense_2")
    for second in (_layers("dense_3", "dense_4", "dense_5"), _layers("dense_1", "dense_2", "dense_3")):
        assert paired(first, second) == ((0, 0), (1, 1), (2, 2))
    inside = [Variable(f"sequential_{k}/dense_{k}/kernel", (2, 2), "float32", 0) for k in (1, 2)]
    assert paired(inside[:1], inside[1:]) == ((0, 0),)


def test_names_count_as_they_are_where_they_pair_as_much() -> None:
    """A person's own hidden_1 is no other model's hidden_0."""
    deep, shallow = _layers("hidden_0", "hidden_1", "hidden_2"), _layers("hidden_1", "hidden_2", shapes=SHAPES[1:])
    assert paired(deep, shallow) == ((1, 0), (2, 1))
    assert paired(deep, _layers("other")) == ()
    assert paired([], deep) == ()


def test_counters_are_counted_among_siblings_and_unlike_names_stay_unlike() -> None:
    """With none, with zero, with zeros before it, and in the middle of a name."""
    names = ["a_7/dense_4/kernel", "a_7/dense_9/kernel", "a/x_2y", "a/x", "b_0", "b", "c_007", "w:0", "w_1:0"]
    found = recounted(names)
    assert found == ["a_1/dense/kernel", "a_1/dense_1/kernel", "a/x_2y", "a/x", "b_1", "b", "c_007", "w:0", "w_1:0"]
    assert len(set(found)) == len(names)
    assert recounted(["dense_3.kernel", "dense_7.kernel"]) == ["dense.kernel", "dense_1.kernel"]
    assert recounted([]) == []
