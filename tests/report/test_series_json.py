"""Variables, profiles and the catalogue; their whole shape is kept in tests/golden."""

import json

from tb_convergence.report.series_json import profile, statistics, steps, variables
from tests.report.golden import series


def test_a_profile_is_at_the_nearest_recorded_step() -> None:
    """A cursor in a gap shows what is next to it."""
    assert [profile(series(), "gradient_norm", at)["step"] for at in (-5, 1.4, 6, 7, 99)] == [0, 1, 3, 10, 11]
    assert profile(series(), "gradient_norm", 10)["values"] == [1e-3, "NaN", 4.0]
    assert profile(series(), "gradient_norm", 0)["values"] == [1.0, 10.0, None]


def test_everything_is_valid_json() -> None:
    """A configuration with NaN in it, too."""
    for document in (variables(series()), statistics(), steps(series())):
        json.loads(json.dumps(document, allow_nan=False))
    assert variables(series())["optimizer"]["config"]["momentum"] == "NaN"


def test_steps_are_first_last_and_count() -> None:
    """A gap is seen in the count."""
    assert steps(series()) == {"first": 0, "last": 11, "recorded": 6}
