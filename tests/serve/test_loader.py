"""The entry point never takes TensorBoard down, and asks it to keep every record."""

import argparse
import logging
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from tensorboard.plugins.base_plugin import TBLoader

from tb_convergence.schema.tags import PLUGIN_NAME
from tb_convergence.serve.loader import KEEP_ALL, ConvergenceLoader
from tests.end_to_end.tensorboard_process import tensorboard
from tests.read.write_events import EventFile, manifest, records


def fixed(samples: Any) -> Any:
    """``--samples_per_plugin`` after ``fix_flags``."""
    flags = argparse.Namespace(samples_per_plugin=samples)
    ConvergenceLoader().fix_flags(flags)
    return flags.samples_per_plugin


def test_every_record_is_kept_unless_the_user_said_otherwise() -> None:
    """A whole number above zero: anything else stops TensorBoard's loading for all plugins."""
    assert fixed({}) == fixed(None) == {PLUGIN_NAME: KEEP_ALL}
    assert fixed({"scalars": 5}) == {PLUGIN_NAME: KEEP_ALL, "scalars": 5}
    assert fixed({PLUGIN_NAME: 77}) == {PLUGIN_NAME: 77}
    assert isinstance(KEEP_ALL, int)
    assert KEEP_ALL > 0


def test_the_users_own_flags_are_not_changed_in_place() -> None:
    """The same object may be TensorBoard's default of every later call."""
    samples = {"scalars": 5}
    fixed(samples)
    assert samples == {"scalars": 5}


@pytest.mark.parametrize("flags", [argparse.Namespace(), argparse.Namespace(samples_per_plugin=7), None])
def test_flags_of_an_unknown_shape_are_left_alone(flags: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A later TensorBoard may not have the flag: it must start all the same."""
    with caplog.at_level(logging.ERROR):
        ConvergenceLoader().fix_flags(flags)
    assert "nothing is lost" in caplog.text


def test_a_plugin_that_cannot_be_loaded_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """The log says why, and the other tabs are there."""
    with caplog.at_level(logging.ERROR):
        assert ConvergenceLoader().load(context=None) is None
    assert "the Convergence tab is missing" in caplog.text


def test_the_entry_point_names_the_loader() -> None:
    """What TensorBoard looks up when it starts."""
    (entry,) = (e for e in metadata.entry_points(group="tensorboard_plugins") if e.name == PLUGIN_NAME)
    assert entry.load() is ConvergenceLoader
    assert issubclass(ConvergenceLoader, TBLoader)


# What may go wrong inside the process, as Python that is run before TensorBoard starts.
FAULTS = {
    "plugin cannot be imported": "import sys; sys.modules['tb_convergence.serve.plugin'] = None",
    "a dependency is missing": "import sys; sys.modules['tb_convergence.schema'] = None",
    "the engine cannot be imported": "import sys; sys.modules['tb_convergence.diagnose.engine'] = None",
    "the constructor raises": """
import tb_convergence.serve.store
def fail(*_): raise RuntimeError("broken")
tb_convergence.serve.store.Store.__init__ = fail
""",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_tensorboard_runs_without_a_broken_plugin(tmp_path: Path, fault: str) -> None:
    """The failure matrix: whatever is wrong with this package, the other tabs and their data are served."""
    with EventFile(tmp_path / "run") as file:
        file.scalar("loss", 0, 1.0)
    with tensorboard(tmp_path, before=FAULTS[fault]) as server:
        assert server.fetch("data/plugins_listing").status == 200
        assert server.fetch("data/plugin/scalars/tags").status == 200
        assert server.get("runs").status == 404


@pytest.mark.parametrize("load_path", ["data server", "python without tensorflow"])
def test_the_users_flag_wins_and_tensorboard_starts(tmp_path: Path, load_path: str) -> None:
    """With fewer than 8 records a tag there are holes, which are said and not papered over."""
    of = manifest()
    with EventFile(tmp_path / "run") as file:
        file.session(of, records(of, range(512)))
    with tensorboard(tmp_path, load_path, ["--samples_per_plugin", f"{PLUGIN_NAME}=3"]) as server:
        server.loaded(run=3 * 64)
        (run,) = server.get("diagnosis").json["runs"]
        assert run["steps"]["recorded"] == 3 * 64
        assert any("missing" in note["text"] for note in run["notes"])
