"""The graph of causes is sound: it names real rules, and can always be put in an order."""

from tb_convergence.diagnose.causes import CONSEQUENCES, MADE_BY_STEPS, STATES, explains, precedence
from tb_convergence.diagnose.engine import TITLES


def test_every_rule_has_its_place() -> None:
    """And nothing else has one."""
    assert set(CONSEQUENCES) == set(TITLES)
    assert {c for consequences in CONSEQUENCES.values() for c in consequences} <= set(TITLES)


def test_nothing_explains_itself() -> None:
    """A cause is another finding."""
    assert not [c for c in CONSEQUENCES if explains(c, c)]


def test_precedence_is_an_order() -> None:
    """Between two that could explain each other one comes first; what is unknown comes last."""
    places = [precedence(c) for c in CONSEQUENCES]
    assert sorted(places) == list(range(len(CONSEQUENCES)))
    assert precedence("unheard-of") == len(CONSEQUENCES)


def test_sorted_batches_can_kill_units() -> None:
    """Each kind of them drives the weights one way for a while."""
    assert explains("oscillating-updates", "dead-units")
    assert not explains("dead-units", "oscillating-updates")


def test_a_loss_that_diverged_saturates_units_by_its_steps() -> None:
    """Those that were saturated before the first step are not its doing."""
    assert explains("diverging-loss", "saturated-activations")
    assert "diverging-loss" in MADE_BY_STEPS
    assert "saturated-activations" in STATES
