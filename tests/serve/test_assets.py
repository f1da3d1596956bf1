"""The frontend's files."""

from pathlib import Path

import pytest

from tb_convergence.serve.answers import FOREVER, Answer
from tb_convergence.serve.assets import DEV, Assets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A built bundle, and files that are none of it."""
    folder = tmp_path / "static"
    folder.mkdir()
    for name in ("index.js", "chunk-view-a1B2_c-3.js", "style-12345678.css", ".hidden", "notes.exe"):
        (folder / name).write_text(name)
    (folder / "sub").mkdir()
    (tmp_path / "secret.js").write_text("secret")
    return folder


def served(assets: Assets, name: str) -> Answer:
    """The file's answer."""
    answer = assets.answer(name)
    assert answer is not None
    return answer


def test_packaged_files_are_served_with_their_type(folder: Path) -> None:
    """Whatever the machine's own list of types says."""
    assets = Assets(folder)
    assert served(assets, "index.js").content_type == "text/javascript"
    assert served(assets, "style-12345678.css").content_type == "text/css"
    assert served(assets, "index.js").body == b"index.js"


def test_hashed_names_may_be_kept_and_the_entry_may_not(folder: Path) -> None:
    """An upgrade must show at once; what its name identifies never changes."""
    assets = Assets(folder)
    assert served(assets, "index.js").expires == 0
    assert served(assets, "chunk-view-a1B2_c-3.js").expires == FOREVER
    assert served(assets, "style-12345678.css").expires == FOREVER


ELSEWHERE = ("..", "../secret.js", "%2e%2e/secret.js", "..\\secret.js", "/etc/passwd", "index.js/", "index.js\0")
NOT_PACKAGED = ("", "sub", "sub/", ".hidden", "notes.exe", "INDEX.JS")


@pytest.mark.parametrize("name", [*ELSEWHERE, *NOT_PACKAGED])
def test_nothing_else_is_served(folder: Path, name: str) -> None:
    """A request's path never reaches the disk."""
    assert Assets(folder).answer(name) is None


def test_a_missing_bundle_says_how_to_build_it(tmp_path: Path) -> None:
    """A checkout before its first build shows instructions rather than an empty tab."""
    answer = served(Assets(tmp_path / "none"), "index.js")
    assert isinstance(answer.body, str)
    assert "export function render()" in answer.body
    assert "pip install -e ." in answer.body
    assert Assets(tmp_path / "none").answer("style.css") is None


def test_new_files_are_seen_while_developing_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rebuild does not need a restart then."""
    assets = Assets(folder)
    (folder / "late.js").write_text("late")
    assert assets.answer("late.js") is None
    monkeypatch.setenv(DEV, "1")
    assert served(assets, "late.js").body == b"late"
