"""Judged again and again while it grows, a healthy run is still left alone."""

import pytest

from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Finding, Severity
from tb_convergence.live.confirmation import Seen
from tests.diagnose.runs import FAULTY, HEALTHY
from tests.live.prefixes import prefixes

SEED = 300
BATCHES = [name for name in HEALTHY if "batch" in name or name in ("adam", "momentum", "warm-up", "recurrent", "tanh")]


def watched(run: object, seed: int) -> list[tuple[str, Severity]]:
    """What a live diagnosis raises before the end; a look at every 16 steps."""
    seen, found = Seen(), list[Finding]()
    for part in list(prefixes(run(seed)))[:-1]:  # type: ignore[operator]
        seen, raised = seen.after(diagnose(part))
        found += raised
    return [(f.id, f.severity) for f in found]


@pytest.mark.parametrize("name", BATCHES)
def test_a_healthy_run_raises_no_alarm_while_it_grows(name: str) -> None:
    """Noisy ones above all: each look is another chance to be wrong."""
    assert [f for f in watched(HEALTHY[name], SEED) if f[1] is not Severity.INFO] == []


@pytest.mark.parametrize("name", ["relu killed", "parabola, momentum", "sigmoid, adam", "never applied"])
def test_a_faulty_run_is_found_before_its_end(name: str) -> None:
    """So that the silence above means something."""
    assert Severity.ERROR in {severity for _, severity in watched(FAULTY[name][1], SEED)}
