"""The README's code runs, and its tables are complete."""

import re
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

import tb_convergence
from tb_convergence.diagnose.engine import RULES
from tb_convergence.read.local import read_logdir

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def _section(heading: str) -> str:
    return README.split(f"## {heading}\n")[1].split("\n## ")[0]


def _first_column(section: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)


def test_the_code_at_the_top_records_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a newcomer copies works as it stands, given a model, data, a loss and an optimizer."""
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert code is not None
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 3)).astype("float32"), rng.normal(size=(64, 1)).astype("float32")
    monkeypatch.chdir(tmp_path)
    names = {
        "dataset": tf.data.Dataset.from_tensor_slices((x, y)).batch(16),
        "model": tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1)]),
        "loss_fn": tf.keras.losses.MeanSquaredError(),
        "optimizer": tf.keras.optimizers.SGD(0.1),
    }
    exec(code[1] + "\ntb_convergence.flush()", names)
    (run,) = read_logdir("logs")
    assert run.name == "run-1"
    assert run.series.steps.tolist() == [0, 1, 2, 3]
    assert np.isfinite(run.series.norm("update")).all()


def test_the_code_for_fit_records_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a model and data."""
    code = re.search(r"```python\n(.*?)```", README.split("### With `model.fit`")[1], re.DOTALL)
    assert code is not None
    rng = np.random.default_rng(0)
    monkeypatch.chdir(tmp_path)
    names = {
        "x": rng.normal(size=(64, 3)),
        "y": rng.normal(size=(64, 1)),
        "model": tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1)]),
        "tb_convergence": tb_convergence,
    }
    exec(code[1], names)
    (run,) = read_logdir("logs")
    assert run.series.steps.tolist() == list(range(20))
    assert np.isfinite(run.series.step("loss")).all()


@pytest.mark.parametrize("number", [0, 1])
def test_findings_while_it_trains_run_as_they_stand(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a model, data and a step."""
    code = re.findall(r"```python\n(.*?)```", _section("Findings while it trains"), re.DOTALL)[number]
    monkeypatch.chdir(tmp_path)
    x, y = np.ones((64, 3), np.float32), np.ones((64, 1), np.float32)
    model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1)])
    model.compile(tf.keras.optimizers.SGD(0.01), "mse")

    def train_step(batch: tuple[tf.Tensor, tf.Tensor]) -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(batch[0]) - batch[1]) ** 2)
        grads = tape.gradient(loss, model.trainable_variables)
        model.optimizer.apply_gradients(zip(grads, model.trainable_variables, strict=True))
        tb_convergence.log_step(tape, grads)

    dataset = tf.data.Dataset.from_tensor_slices((x, y)).batch(16)
    names = {"tb_convergence": tb_convergence, "model": model, "x": x, "y": y}
    exec(code, {**names, "dataset": dataset, "train_step": train_step})
    tb_convergence.flush()
    assert [r.series.steps.tolist() for r in read_logdir("logs")] == [list(range([2, 4][number]))]


def test_the_gradient_check_runs_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    """Given a model, a loss and a batch."""
    code = re.search(r"```python\n(.*?)```", _section("Checking a gradient before training"), re.DOTALL)
    assert code is not None
    names = {
        "tb_convergence": tb_convergence,
        "model": tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1)]),
        "loss_fn": tf.keras.losses.MeanSquaredError(),
        "x": np.ones((4, 3), np.float32),
        "y": np.zeros((4, 1), np.float32),
    }
    exec(code[1], names)
    assert capsys.readouterr().out.startswith("Gradient check: 2 right, 0 wrong of 2 variables")


def test_every_finding_has_its_row() -> None:
    """A finding has one name everywhere: rule, file, test, README row."""
    ids = {rule.id for rule in RULES}
    files = {p.stem.replace("_", "-") for p in (ROOT / "tb_convergence/diagnose/rules").glob("[a-z]*.py")}
    tests = {p.stem.removeprefix("test_").replace("_", "-") for p in (ROOT / "tests/diagnose/rules").glob("test_*.py")}
    assert set(_first_column(_section("What it finds"))) == ids
    assert ids <= files
    assert ids <= tests


def test_the_map_names_every_room() -> None:
    """The map has a row for each folder of the package, and each row's folder is there."""
    package = ROOT / "tb_convergence"
    rooms = {f"tb_convergence/{p.name}" for p in package.iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    named = set(_first_column(_section("Map")))
    assert rooms <= named
    assert all((ROOT / name).exists() for name in named)


def test_links_and_pictures_of_this_repository_exist() -> None:
    """No link in the README is dead."""
    targets = re.findall(r"\]\(([^)#]+)", README)
    assert [t for t in targets if not t.startswith("http") and not (ROOT / t).exists()] == []
