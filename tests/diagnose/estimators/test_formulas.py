"""The derived statistics on a parabola, where each has a closed form, and against the vectors themselves."""

from collections.abc import Callable

import numpy as np
import pytest

from tb_convergence.diagnose.estimators import formulas
from tb_convergence.diagnose.estimators.gram import of_variables
from tests.diagnose.simulate import Recording, parabola, sgd

CLOSED: dict[
    str, Callable[[float], float]
] = {  # on L = w² with gradient descent and learning rate η: curvature 2, each step multiplies w by 1 − 2η
    "update_ratio": lambda rate: 2 * rate,
    "step_size": lambda rate: rate,
    "overshoot": lambda rate: 1 - 2 * rate,
    "multiplier": lambda rate: 1 - 2 * rate,
    "curvature": lambda rate: 2.0 + 0.0 * rate,
}


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize("rate", [0.01, 0.1, 0.4, 0.9, 1.0, 1.5])
def test_a_parabola_has_closed_forms(name: str, rate: float) -> None:
    """What a person reads on the simplest loss is what the textbook says."""
    values = getattr(formulas, name)(of_variables(parabola(sgd(rate), 6)))[1:, 0]
    np.testing.assert_allclose(values, CLOSED[name](rate), rtol=1e-5)


def test_each_formula_is_that_of_the_vectors() -> None:
    """The slow twin: the same quotients from whole vectors."""
    rng, recording = np.random.default_rng(3), Recording(["a"])
    w, g, u = (rng.normal(size=(2, 7)) for _ in range(3))
    for i in range(2):
        recording.step([w[i]], [g[i]], [w[i] + u[i]])
    gram = of_variables(recording.series())
    twins = {
        "update_ratio": np.linalg.norm(u[1]) / np.linalg.norm(w[1]),
        "gradient_rms": np.sqrt(np.mean(g[1] ** 2)),
        "step_size": -(g[1] @ u[1]) / (g[1] @ g[1]),
        "overshoot": (g[1] @ u[0]) / (g[0] @ u[0]),
        "multiplier": (u[1] @ u[0]) / (u[0] @ u[0]),
        "curvature": ((g[1] - g[0]) @ u[0]) / (u[0] @ u[0]),
    }
    found = {name: getattr(formulas, name)(gram)[1, 0] for name in twins}
    assert found == pytest.approx(twins, rel=1e-5)


def test_nothing_is_defined_where_nothing_moves() -> None:
    """A constant series gives NaN, not a warning and not a zero."""
    recording = Recording(["a"])
    for _ in range(3):
        recording.step([np.zeros(2)], [np.zeros(2)], [np.zeros(2)])
    gram = of_variables(recording.series())
    for name in CLOSED:
        assert np.isnan(getattr(formulas, name)(gram)).all()
