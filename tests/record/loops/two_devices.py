"""Trains on two virtual devices and records it; a script, for devices must be set up before TensorFlow starts."""

import pathlib
import sys
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

import tb_convergence
from tests.record.loops.linear import INPUTS, OUTPUTS, B, W, X, Y

SIZE = 10  # of a batch; each device gets half
EPOCHS = 2


def layer(strategy: Any) -> Any:
    """The linear layer, mirrored."""
    with strategy.scope():
        dense = keras.layers.Dense(OUTPUTS, name="out")
        model = keras.Sequential([keras.layers.Input((INPUTS,)), dense])
        dense.set_weights([W, B])
    return model


def batches(strategy: Any) -> Any:
    """The whole data, in order."""
    data = tf.data.Dataset.from_tensor_slices((X.astype("float32"), Y.astype("float32"))).batch(SIZE)
    return strategy.experimental_distribute_dataset(data)


def fit(strategy: Any, logdir: pathlib.Path, optimizer: Callable[[], Any], **options: Any) -> None:
    """``model.fit`` with the callback."""
    model = layer(strategy)
    with strategy.scope():
        model.compile(optimizer(), "mse", **options)
    callback = tb_convergence.ConvergenceCallback(logdir)
    model.fit(X, Y, batch_size=SIZE, epochs=EPOCHS, shuffle=False, verbose=0, callbacks=[callback])


def loop(strategy: Any, logdir: pathlib.Path, *, graph: bool) -> None:
    """A loop of one's own around ``strategy.run``."""
    model = layer(strategy)
    with strategy.scope():
        optimizer = keras.optimizers.SGD(0.1)
        optimizer.build(model.trainable_variables)

    def replica(x: Any, y: Any) -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum((model(x, training=True) - y) ** 2) / (SIZE * OUTPUTS)
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables, strict=True))
        tb_convergence.log_step(tape, grads)

    def step(x: Any, y: Any) -> None:
        strategy.run(replica, args=(x, y))

    run = tf.function(step) if graph else step
    tb_convergence.start(logdir)
    for _ in range(EPOCHS):
        for x, y in batches(strategy):
            run(x, y)
    tb_convergence.flush()


def main(logs: pathlib.Path) -> None:
    """Every case, each into its own directory."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    loop(strategy, logs / "loop-graph", graph=True)
    loop(strategy, logs / "loop-eager", graph=False)
    fit(strategy, logs / "fit-graph", lambda: keras.optimizers.SGD(0.1))
    fit(strategy, logs / "fit-eager", lambda: keras.optimizers.SGD(0.1), run_eagerly=True)
    scaled = lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1), initial_scale=64.0)  # noqa: E731
    fit(strategy, logs / "fit-scaled", scaled)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
