"""Under ``fit`` every step is recorded as it was, in every mode of Keras; the twin computes the same in numpy."""

import pathlib
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import tb_convergence
from tests.record.loops.linear import (
    INPUTS,
    OUTPUTS,
    B,
    Floats,
    Steps,
    Update,
    W,
    X,
    Y,
    assert_recorded,
    batches,
    clipped,
    sgd,
    trained,
)
from tests.record.written import assert_same, read, read_one


def model(kind: type = keras.Sequential) -> Any:
    layer = keras.layers.Dense(OUTPUTS, name="out")
    made = kind([keras.layers.Input((INPUTS,)), layer])
    layer.set_weights([W, B])
    return made


def fit(made: Any, logdir: pathlib.Path, *, size: int = 8, epochs: int = 2, **options: Any) -> Any:
    callback = tb_convergence.ConvergenceCallback(logdir)
    made.fit(X, Y, batch_size=size, epochs=epochs, shuffle=False, verbose=0, callbacks=[callback], **options)
    return callback


MODES: dict[str, dict[str, Any]] = {
    "graph": {"jit_compile": False},
    "xla": {"jit_compile": True},
    "auto": {"jit_compile": "auto"},
    "eager": {"run_eagerly": True},
    "several steps per execution": {"steps_per_execution": 2, "jit_compile": False},
    "several steps per execution, xla": {"steps_per_execution": 3, "jit_compile": True},
}


@pytest.mark.parametrize("mode", MODES)
def test_every_step_of_fit_is_exact(tmp_path: pathlib.Path, mode: str) -> None:
    """Batches of 8, 8 and 4, twice."""
    made = model()
    made.compile(keras.optimizers.SGD(0.1, momentum=0.9), "mse", **MODES[mode])
    fit(made, tmp_path)
    got = read_one(tmp_path)
    assert_recorded(got, trained(sgd(0.1, 0.9), batches(8, epochs=2)))
    assert [v.name for v in got.manifest.variables] == ["out.kernel", "out.bias"]
    np.testing.assert_allclose(got.step_values["learning_rate"], 0.1, rtol=1e-6)


class OwnStep(keras.Sequential):
    """A train_step of one's own: clips what the tape returned."""

    def train_step(self, data: Any) -> Any:
        """One step."""
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(y=y, y_pred=self(x, training=True))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(tf.clip_by_global_norm(grads, 0.5)[0], self.trainable_variables)
        return {"loss": loss}


@pytest.mark.parametrize("jit", [False, True])
def test_a_train_step_of_ones_own(tmp_path: pathlib.Path, jit: bool) -> None:
    """The gradient is the one that the optimizer is given, the loss the one that the tape was asked about."""
    made = model(OwnStep)
    made.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=jit)
    fit(made, tmp_path)
    step = sgd(0.1)
    steps = trained(lambda w, g: step(w, clipped(g, 0.5)), batches(8, epochs=2))
    steps.gradients = [clipped(g, 0.5) for g in steps.gradients]
    assert_recorded(read_one(tmp_path), steps)


def accumulated(count: int) -> Update:
    """The mean of ``count`` gradients at every ``count``-th step."""
    held: list[list[Floats]] = []
    step = sgd(0.1)

    def update(weights: list[Floats], g: list[Floats]) -> list[Floats]:
        held.append(g)
        if len(held) < count:
            return weights
        mean = [np.mean(parts, axis=0) for parts in zip(*held, strict=True)]
        held.clear()
        return step(weights, mean)

    return update


def averaged(every: int, momentum: float) -> Update:
    """The weights are overwritten by their moving average at every ``every``-th step."""
    average: list[Floats] = []
    step, count = sgd(0.1), iter(range(1, 1000))

    def update(weights: list[Floats], g: list[Floats]) -> list[Floats]:
        new = step(weights, g)
        average[:] = [momentum * a + (1 - momentum) * w for a, w in zip(average or new, new, strict=True)]
        return list(average) if next(count) % every == 0 else new

    return update


def through(change: Callable[[list[Floats]], list[Floats]]) -> Update:
    """Changes the gradients before the step."""
    step = sgd(0.1)
    return lambda weights, g: step(weights, change(g))


OPTIONS: dict[str, tuple[dict[str, Any], Callable[[], Update]]] = {
    "accumulation": ({"gradient_accumulation_steps": 2}, lambda: accumulated(2)),
    "clipvalue": ({"clipvalue": 0.2}, lambda: through(lambda g: [np.clip(x, -0.2, 0.2) for x in g])),
    "clipnorm": ({"clipnorm": 0.3}, lambda: through(lambda g: [clipped([x], 0.3)[0] for x in g])),
    "global_clipnorm": ({"global_clipnorm": 0.4}, lambda: through(lambda g: clipped(g, 0.4))),
    "weight decay": ({"weight_decay": 0.1}, lambda: sgd(0.1, decay=0.1)),
    "averages": ({"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2}, lambda: averaged(2, 0.5)),
}


@pytest.mark.parametrize(
    ("option", "mode"),
    [*((o, m) for o in OPTIONS for m in ("graph", "eager")), ("accumulation", "xla")],
)
def test_the_raw_gradient_and_the_update_that_was_made(tmp_path: pathlib.Path, option: str, mode: str) -> None:
    """Whatever the optimizer does between the two is in the update."""
    said, twin = OPTIONS[option]
    made = model()
    made.compile(keras.optimizers.SGD(0.1, **said), "mse", **MODES[mode])
    fit(made, tmp_path)
    assert_recorded(read_one(tmp_path), trained(twin(), batches(8, epochs=2)))


def test_a_schedule_is_recorded_at_the_step_that_used_it(tmp_path: pathlib.Path) -> None:
    """0.1, 0.05, 0.025, …"""
    made = model()
    made.compile(keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)), "mse")
    fit(made, tmp_path)
    np.testing.assert_allclose(read_one(tmp_path).step_values["learning_rate"], 0.1 * 0.5 ** np.arange(6), rtol=1e-6)


def test_adam_is_left_to_itself(tmp_path: pathlib.Path) -> None:
    """Weights are bit-identical with and without the callback."""
    ends = []
    for logdir in (tmp_path / "with", None):
        made = model()
        made.compile(keras.optimizers.Adam(0.1), "mse", jit_compile=True)
        callbacks = [] if logdir is None else [tb_convergence.ConvergenceCallback(logdir)]
        made.fit(X, Y, batch_size=8, epochs=3, shuffle=False, verbose=0, callbacks=callbacks)
        ends.append([v.numpy() for v in [*made.variables, *made.optimizer.variables]])
    for a, b in zip(*ends, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (read_one(tmp_path / "with").manifest.optimizer or {})["class"] == "Adam"


def test_fit_may_be_called_again_and_traces_once(tmp_path: pathlib.Path) -> None:
    """The steps go on; the function that was traced is kept; what was trained between is not recorded."""
    made = model()
    made.compile(keras.optimizers.SGD(0.1, momentum=0.9), "mse", jit_compile=False)
    callback = fit(made, tmp_path, epochs=1)
    traced = callback._observed
    made.fit(X, Y, batch_size=8, shuffle=False, verbose=0, callbacks=[callback])
    assert callback._observed is traced
    assert_recorded(read_one(tmp_path), trained(sgd(0.1, 0.9), batches(8, epochs=2)))
    plain = made.train_function
    made.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
    assert made.train_function is plain
    assert "apply" not in vars(made.optimizer)
    tb_convergence.flush()
    assert len(read_one(tmp_path).steps) == 6


def test_a_fit_before_without_the_callback(tmp_path: pathlib.Path) -> None:
    """Its function, already traced, knows nothing of us; the steps begin where the optimizer stands."""
    made = model()
    made.compile(keras.optimizers.SGD(0.1, momentum=0.9), "mse", jit_compile=False)
    made.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
    fit(made, tmp_path, epochs=1)
    whole = trained(sgd(0.1, 0.9), batches(8, epochs=2))
    rest = Steps(whole.weights[3:], whole.gradients[3:], whole.losses[3:])
    assert_recorded(read_one(tmp_path), rest, first=3)


def test_compiling_anew_is_noticed(tmp_path: pathlib.Path) -> None:
    """Another optimizer, the same callback."""
    made = model()
    made.compile(keras.optimizers.SGD(0.1), "mse")
    callback = fit(made, tmp_path, epochs=1)
    made.compile(keras.optimizers.SGD(0.01), "mse")
    made.fit(X, Y, batch_size=8, shuffle=False, verbose=0, callbacks=[callback])
    got = read_one(tmp_path)
    np.testing.assert_allclose(got.step_values["learning_rate"], [0.1] * 3 + [0.01] * 3, rtol=1e-6)
    assert got.steps.tolist() == list(range(6))


class Failing(keras.callbacks.Callback):
    """Ends ``fit`` in its second batch."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002 - Keras' signature
        """Raises."""
        if batch == 1:
            raise RuntimeError("as planned")


def test_a_fit_that_fails_leaves_nothing_behind(tmp_path: pathlib.Path) -> None:
    """The steps so far are recorded, and the next fit is an ordinary one."""
    made = model()
    made.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
    callback = tb_convergence.ConvergenceCallback(tmp_path)
    with pytest.raises(RuntimeError, match="as planned"):
        made.fit(X, Y, batch_size=8, shuffle=False, verbose=0, callbacks=[callback, Failing()])
    assert "apply" not in vars(made.optimizer)
    made.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
    made.train_on_batch(X, Y)
    tb_convergence.flush()
    steps = trained(sgd(0.1), batches(8)[:2])
    assert_recorded(read_one(tmp_path), steps)


def test_the_model_saves_and_loads_as_ever(tmp_path: pathlib.Path) -> None:
    """In the middle of fit too, as ModelCheckpoint does."""
    made = model()
    made.compile(keras.optimizers.SGD(0.1), "mse")
    saver = keras.callbacks.ModelCheckpoint(str(tmp_path / "saved.keras"))
    callback = tb_convergence.ConvergenceCallback(tmp_path / "logs")
    made.fit(X, Y, batch_size=8, shuffle=False, verbose=0, callbacks=[callback, saver])
    loaded = keras.models.load_model(tmp_path / "saved.keras")
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), made.predict(X, verbose=0))
    made.export(str(tmp_path / "exported"), verbose=False)


class Adversaries(keras.Model):
    """Two optimizers in one train_step, one persistent tape, and a third optimizer that compile() makes."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = (self.add_weight(name=name, shape=(2,), initializer="ones") for name in "ab")

    def prepare(self) -> None:
        """Compiles."""
        super().compile(jit_compile=False)
        self.a_optimizer, self.b_optimizer = keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.2)
        self.b.assign([3.0, 4.0])

    def train_step(self, data: Any) -> Any:  # noqa: ARG002 - Keras' signature
        """Both losses are (Σ w²); both gradients 2w."""
        with tf.GradientTape(persistent=True) as tape:
            first, second = tf.reduce_sum(self.a.value**2), tf.reduce_sum(self.b.value**2)
        for optimizer, loss, w in ((self.a_optimizer, first, self.a), (self.b_optimizer, second, self.b)):
            optimizer.apply_gradients([(tape.gradient(loss, w), w)])
        return {"loss": first}


def test_two_optimizers_are_two_streams(tmp_path: pathlib.Path) -> None:
    """Each named after its attribute, with its own loss, weights and updates."""
    made = Adversaries()
    made.prepare()
    fit(made, tmp_path, epochs=1)
    found = {w.manifest.stream: w for w in read(tmp_path)}
    for name, w, rate in (("a_optimizer", [1.0, 1.0], 0.1), ("b_optimizer", [3.0, 4.0], 0.2)):
        weights = [np.array(w) * (1 - 2 * rate) ** t for t in range(4)]
        assert_same(found[name], 0, weights, [2 * x for x in weights[:-1]])
        np.testing.assert_allclose(found[name].step_values["loss"], [(x**2).sum() for x in weights[:-1]], rtol=1e-5)
        assert [v.name for v in found[name].manifest.variables] == [name[0]]


def test_a_model_without_a_known_optimizer_is_told_so(tmp_path: pathlib.Path) -> None:
    """Rather than that a tab stays empty."""

    class Hidden(keras.Sequential):
        """Updates its weights by hand."""

        def train_step(self, data: Any) -> Any:  # noqa: ARG002 - Keras' signature
            """Nothing."""
            return {"loss": tf.constant(0.0)}

    made = model(Hidden)
    made.compile(keras.optimizers.SGD(0.1), "mse")
    with pytest.warns(UserWarning, match="log_step"):
        fit(made, tmp_path)


SCALED = {"initial_scale": 1024.0, "dynamic_growth_steps": 2}


@pytest.mark.parametrize("mode", ["xla", "eager"])
def test_loss_scaling_is_taken_out(tmp_path: pathlib.Path, mode: str) -> None:
    """Gradients and loss are those of the model while the scale doubles every second step."""
    made = model()
    made.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1), **SCALED), "mse", **MODES[mode])
    fit(made, tmp_path)
    assert_recorded(read_one(tmp_path), trained(sgd(0.1), batches(8, epochs=2)))


@pytest.mark.parametrize("mode", ["graph", "eager"])
def test_a_step_that_loss_scaling_leaves_out(tmp_path: pathlib.Path, mode: str) -> None:
    """No update, a gradient that is not finite, and the steps around it are as they were."""
    x = X.copy()
    x[8] = np.inf
    made = model()
    made.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1), **SCALED), "mse", **MODES[mode])
    callback = tb_convergence.ConvergenceCallback(tmp_path)
    made.fit(x, Y, batch_size=8, shuffle=False, verbose=0, callbacks=[callback])
    got = read_one(tmp_path)
    steps = trained(sgd(0.1), [batches(8)[0], batches(8)[2]])
    assert got.steps.tolist() == [0, 1, 2]
    assert got.values["gradient_nonfinite_count"][1].tolist() == [6.0, 2.0]
    assert got.step_values["update_skipped"].tolist() == [0.0, 1.0, 0.0]
    assert got.values["update_norm"][1].tolist() == [0.0, 0.0]
    for t, i in ((0, 0), (2, 1)):
        for v in (0, 1):
            update = steps.weights[i + 1][v] - steps.weights[i][v]
            np.testing.assert_allclose(
                got.values["gradient_norm"][t, v], np.linalg.norm(steps.gradients[i][v]), rtol=1e-5
            )
            np.testing.assert_allclose(got.values["update_norm"][t, v], np.linalg.norm(update), rtol=1e-4)


def test_mixed_float16(tmp_path: pathlib.Path) -> None:
    """Within what float16 can tell."""
    layer = keras.layers.Dense(OUTPUTS, name="out", dtype="mixed_float16")
    made = keras.Sequential([keras.layers.Input((INPUTS,)), layer], name="half")
    layer.set_weights([W, B])
    made.compile(
        keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1), initial_scale=256.0), "mse", jit_compile=False
    )
    fit(made, tmp_path)
    got, steps = read_one(tmp_path), trained(sgd(0.1), batches(8, epochs=2))
    for v in (0, 1):
        norms = [np.linalg.norm(g[v]) for g in steps.gradients]
        np.testing.assert_allclose(got.values["gradient_norm"][:, v], norms, rtol=0.01)
    np.testing.assert_allclose(got.step_values["loss"], steps.losses, rtol=0.01)


@pytest.mark.parametrize("every", [1, 4])
@pytest.mark.parametrize("mode", ["graph", "eager"])
def test_validation_is_recorded_at_the_last_step_of_its_epoch(tmp_path: pathlib.Path, mode: str, every: int) -> None:
    """Of the last epoch too, and whatever the pace of writing is."""
    made = model()
    made.compile(keras.optimizers.SGD(0.1), "mse", metrics=["mae"], **MODES[mode])
    callback = tb_convergence.ConvergenceCallback(tmp_path, metrics=("val_loss", "val_mae", "absent"), every=every)
    history = made.fit(
        X, Y, batch_size=8, epochs=3, shuffle=False, verbose=0, callbacks=[callback], validation_data=(X + 1, Y)
    ).history
    got = read_one(tmp_path)
    ends = np.flatnonzero(np.isfinite(got.step_values["metric/val_loss"]))
    assert got.steps[ends].tolist() == [2, 5, 8]
    np.testing.assert_allclose(got.step_values["metric/val_loss"][ends], history["val_loss"], rtol=1e-6)
    np.testing.assert_allclose(got.step_values["metric/val_mae"][ends], history["val_mae"], rtol=1e-6)
    assert np.isnan(got.step_values["metric/absent"]).all()
    if every == 1:
        assert got.steps.tolist() == list(range(9))


@pytest.mark.parametrize("mode", ["graph", "xla", "eager"])
def test_inputs_labels_and_outputs_are_looked_at(tmp_path: pathlib.Path, mode: str) -> None:
    """At every second step here."""
    made = model()
    made.compile(keras.optimizers.SGD(0.1), "mse", **MODES[mode])
    callback = tb_convergence.ConvergenceCallback(tmp_path, probe_every=2)
    made.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0, callbacks=[callback])
    got = read_one(tmp_path)
    steps = trained(sgd(0.1), batches(8, epochs=2))
    for t, (x, y) in enumerate(batches(8, epochs=2)):
        output = x @ steps.weights[t][0] + steps.weights[t][1]
        for name, want in (("input_mean", x.mean()), ("label_std", y.std()), ("output_max", output.max())):
            np.testing.assert_allclose(got.step_values[name][t], np.nan if t % 2 else want, rtol=1e-4, err_msg=name)


@pytest.mark.parametrize("mode", ["graph", "xla", "eager"])
def test_the_loss_after_the_update_is_looked_at_where_it_is_asked_for(tmp_path: pathlib.Path, mode: str) -> None:
    """At every second step here, on the batch of that step."""
    made = model()
    made.compile(keras.optimizers.SGD(0.1), "mse", **MODES[mode])
    callback = tb_convergence.ConvergenceCallback(tmp_path, probes=["loss"], probe_every=2)
    made.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0, callbacks=[callback])
    got = read_one(tmp_path)
    steps = trained(sgd(0.1), batches(8, epochs=2))
    for t, (x, y) in enumerate(batches(8, epochs=2)):
        kernel, bias = steps.weights[t + 1]
        want = np.nan if t % 2 else np.mean((x @ kernel + bias - y) ** 2)
        np.testing.assert_allclose(got.step_values["loss_after"][t], want, rtol=1e-4)
    assert "input_mean" not in got.step_values


def test_looking_at_the_loss_changes_nothing(tmp_path: pathlib.Path) -> None:
    """Dropout, moving averages, losses of layers that are read after the update, losses by output: all as without."""

    class Told(keras.Model):
        def train_step(self, data: Any) -> Any:
            return {**super().train_step(data), "added": tf.add_n(self.losses)}

    def trained_with(*callbacks: Any) -> dict[str, Any]:
        keras.utils.set_random_seed(0)
        inputs = keras.Input((INPUTS,))
        hidden = keras.layers.BatchNormalization()(keras.layers.Dense(4, activity_regularizer="l2")(inputs))
        hidden = keras.layers.Dropout(0.5, seed=1)(hidden)
        made = Told(inputs, [keras.layers.Dense(OUTPUTS, name=name)(hidden) for name in ("a", "b")])
        made.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
        history = made.fit(X, [Y, Y], batch_size=8, epochs=2, shuffle=False, verbose=0, callbacks=[*callbacks]).history
        return history | {"weights": [w.tolist() for w in made.get_weights()]}

    callback = tb_convergence.ConvergenceCallback(tmp_path, probes=["loss"], probe_every=1)
    assert trained_with(callback) == trained_with()
    assert np.isfinite(read_one(tmp_path).step_values["loss_after"]).all()


def test_gradients_whose_shape_the_graph_does_not_know(tmp_path: pathlib.Path) -> None:
    """Behind a recurrent layer that returns sequences and begins in another's state, in batches of two sizes."""
    given, spoken = keras.Input((3,)), keras.Input((3,))
    _, *state = keras.layers.LSTM(2, return_state=True)(keras.layers.Embedding(5, 2)(given))
    answers = keras.layers.LSTM(2, return_sequences=True)(keras.layers.Embedding(5, 2)(spoken), initial_state=state)
    made = keras.Model([given, spoken], keras.layers.Dense(5)(answers))
    made.compile(keras.optimizers.SGD(0.1), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    y = np.arange(30).reshape(10, 3) % 5
    x = [y, y]
    callback = tb_convergence.ConvergenceCallback(tmp_path, probes=["loss"], probe_every=1)
    made.fit(x, y, batch_size=4, verbose=0, callbacks=[callback])
    got = read_one(tmp_path)
    assert got.steps.tolist() == [0, 1, 2]
    assert (got.values["gradient_norm"] > 0).all()
    assert (got.step_values["loss_after"] < got.step_values["loss"]).all()


def test_wrong_options_are_told_at_once(tmp_path: pathlib.Path) -> None:
    """Before anything is trained."""
    with pytest.raises(ValueError, match="inputs, labels, outputs, loss"):
        tb_convergence.ConvergenceCallback(tmp_path, probes=["weights"])
    with pytest.raises(TypeError, match="metrics: expected a list of names"):
        tb_convergence.ConvergenceCallback(tmp_path, metrics="val_loss")
    with pytest.raises(TypeError, match="logdir: expected the path"):
        tb_convergence.ConvergenceCallback(None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="probe_every"):
        tb_convergence.ConvergenceCallback(tmp_path, probe_every=0)
    with pytest.raises(ValueError, match="every"):
        tb_convergence.ConvergenceCallback(tmp_path, every=0)
