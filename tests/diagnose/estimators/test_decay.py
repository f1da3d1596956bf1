"""A decay that pulls harder than the gradient is told from its steps, and from a gradient that leads to zero."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.decay import overpowering
from tb_convergence.series import Series
from tests.diagnose.simulate import Recording

COLUMNS = np.array([0])


def decaying(pull: float, rest: float, steps: int = 200, *, penalty: bool = False) -> Series:
    """Weights that lose a share ``pull`` a step, and get a part ``rest`` in directions of their own.

    ``penalty``: the gradient asks for all of it.
    """
    rng, recording = np.random.default_rng(0), Recording(["kernel"])
    w = rng.normal(size=(20, 20))
    for _ in range(steps):
        aside = rng.normal(size=w.shape)
        aside -= w * (aside * w).sum() / (w * w).sum()
        update = -pull * w + rest * np.sqrt((w * w).sum() / (aside * aside).sum()) * aside
        gradient = -update if penalty else -aside
        recording.step([w], [gradient], [w + update], loss=1.0)
        w = w + update
    return recording.series()


def test_pull_and_rest_are_those_that_the_steps_were_made_of() -> None:
    """Closed form, as is what is left."""
    found = overpowering(decaying(0.05, 0.01), COLUMNS)
    assert found is not None
    assert found.pull == pytest.approx(0.05, rel=1e-3)
    assert found.rest == pytest.approx(0.01, rel=1e-2)
    assert found.left == pytest.approx(0.95**175, rel=0.1)


def test_in_balance_weights_stay_as_large_as_they_began() -> None:
    """At that share of the decay the steps add what it takes off."""
    found = overpowering(decaying(0.05, 0.02), COLUMNS)
    assert found is not None
    size = decaying(0.05 * found.balanced, 0.02).norm("weight")[:, 0]
    assert size[-1] == pytest.approx(size[0], rel=0.01)


@pytest.mark.parametrize(
    "series",
    [decaying(0.001, 0.01), decaying(0.05, 0.2), decaying(0.05, 0.01, penalty=True), decaying(0.05, 0.01, steps=2)],
    ids=["they are there", "the gradient does more", "the gradient leads there", "two steps"],
)
def test_other_runs_have_no_such_decay(series: Series) -> None:
    """Of whatever they suffer."""
    assert overpowering(series, COLUMNS) is None
