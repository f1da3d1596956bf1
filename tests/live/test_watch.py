"""When a finding is raised: after looks that agree, once, and again only when it becomes graver."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.engine import RULES
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, Rule
from tb_convergence.live.confirmation import JUDGED_BY_PROGRESS
from tb_convergence.live.watch import LiveDiagnosis
from tb_convergence.record.sink import Session
from tests.live.test_history import add
from tests.read.write_events import manifest


def scripted(answers: list[Severity | None], name: str = "scripted") -> Rule:
    """A rule that answers in each look what it was told to."""

    def check(_: Context) -> Answer:
        said = answers.pop(0)
        return Clear() if said is None else Found(said, 0.9, 0, {}, "It is so.", (), "")

    return Rule(name, "Scripted", "nothing", check)


@pytest.fixture
def looks() -> Iterator[Callable[..., tuple[list[str], bool]]]:
    """Runs one look for each answer, with new steps before each; gives the severities raised."""
    made: list[LiveDiagnosis] = []

    def run(
        answers: str, *, stop_on: str | None = None, final: bool = False, name: str = "scripted"
    ) -> tuple[list[str], bool]:
        kinds = {"e": Severity.ERROR, "w": Severity.WARNING, "i": Severity.INFO, "-": None}
        session = Session(lambda: None)
        live = LiveDiagnosis(session, "run", stop_on=stop_on, rules=[scripted([kinds[a] for a in answers], name)])
        session.listeners.clear()  # the thread is not to look by itself
        made.append(live)
        for i in range(len(answers)):
            _feed(live, i)
            live.look(final=final and i == len(answers) - 1)
        return [f.severity.value for f in live.raised], live.should_stop

    yield run
    for live in made:
        live._over.set()
        live._news.set()


def _feed(live: LiveDiagnosis, i: int) -> None:
    class Writing:
        add = staticmethod(lambda tag, data, step: live._payloads.append((tag, data, step)))

    add(Writing, manifest(), range(i * 64, (i + 1) * 64), first=i)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answers", "raised"),
    [
        ("e", []),
        ("ee", ["error"]),
        ("eeee", ["error"]),
        ("e-e-e-", []),
        ("e-ee", ["error"]),
        ("ww", ["warning"]),
        ("wwee", ["warning", "error"]),
        ("eeww", ["error"]),
        ("we", []),
        ("ew", ["warning"]),
        ("ii", ["info"]),
        ("ee--ee", ["error"]),
    ],
)
def test_two_looks_in_a_row_must_agree(looks: Callable[..., object], answers: str, raised: list[str]) -> None:
    """e: error, w: warning, i: information, -: clear."""
    assert looks(answers) == (raised, False)


def test_the_last_look_needs_no_second(looks: Callable[..., object]) -> None:
    """It sees the whole run, as whoever reads the file will."""
    assert looks("-e", final=True) == (["error"], False)
    assert looks("--", final=True) == ([], False)


@pytest.mark.parametrize(
    ("answers", "stop_on", "stops"),
    [("ee", "error", True), ("ww", "error", False), ("ww", "warning", True), ("ee", "warning", True),
     ("ii", "warning", False), ("ee", None, False)],
)  # fmt: skip
def test_stop_on_is_the_least_severity(
    looks: Callable[..., tuple[list[str], bool]], answers: str, stop_on: str | None, stops: bool
) -> None:
    """Information never stops anything."""
    assert looks(answers, stop_on=stop_on)[1] is stops


def test_too_little_progress_must_last(looks: Callable[..., tuple[list[str], bool]]) -> None:
    """Four times as long as when it was first seen; what does harm is raised at once."""
    assert looks("eee", name="mismatched-labels")[0] == []
    assert looks("eeee", name="mismatched-labels")[0] == ["error"]
    assert looks("-eeeeee", name="mismatched-labels")[0] == []
    assert looks("-eeeeeee", name="mismatched-labels")[0] == ["error"]
    assert looks("eee-eee", name="mismatched-labels")[0] == []
    assert {rule.id for rule in RULES} >= JUDGED_BY_PROGRESS


def test_no_news_is_no_look(looks: Callable[..., object]) -> None:
    """A look at the same steps would confirm itself."""
    answers: list[Severity | None] = [Severity.ERROR] * 5
    session = Session(lambda: None)
    live = LiveDiagnosis(session, "run", rules=[scripted(answers)])
    session.listeners.clear()
    _feed(live, 0)
    for _ in range(4):
        live.look()
    assert live.raised == []
    assert len(answers) == 4
    live.close()
    assert np.all([f.id == "scripted" for f in live.raised])
