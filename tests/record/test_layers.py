"""What the layers of variables tell: activation, order of depth, state that a call may change."""

import pathlib
from typing import Any

import keras
import pytest
import tensorflow as tf

import tb_convergence
from tb_convergence.record.layers import Layers, depths
from tests.record.written import read_one


class Reversed(keras.Model):
    """Its last attribute is called first."""

    def __init__(self) -> None:
        super().__init__()
        self.head = keras.layers.Dense(1, activation="sigmoid")
        self.middle = keras.layers.Dense(4, activation=keras.layers.LeakyReLU())
        self.stem = keras.layers.Dense(4, activation=tf.nn.relu)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Stem, middle, head."""
        return self.head(self.middle(self.stem(x)))


class Homemade(keras.layers.Layer):
    """Weights of TensorFlow's own, alone and in a list, beside one of Keras' and one that is not to be trained."""

    def build(self, _: Any) -> None:
        """Makes them."""
        self.known = self.add_weight(shape=(3, 2))
        self.w = tf.Variable(tf.ones([3, 2]))
        self.others = [tf.Variable(tf.zeros([2]))]
        self.table = {1: "keys of", "two": "kinds"}
        self.mean = tf.Variable(tf.zeros([2]), trainable=False)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """All of them have a part in it."""
        return tf.nn.relu(x @ (self.w + self.known) + self.others[0] - self.mean)


class Module(tf.Module):
    """A decoder, whose variables tf.Module lists first, behind an encoder."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = tf.Variable(tf.ones([2, 2]))
        self.decoder = tf.Variable(tf.ones([2, 1]))
        self.activation = tf.nn.tanh


def by_depth(sources: Any, model: Any = None) -> list[Any]:
    """The sources from the input on."""
    rank = depths(sources, Layers(sources, model))
    assert sorted(rank) == list(range(len(sources)))
    return [s for _, s in sorted(zip(rank, sources, strict=True), key=lambda pair: pair[0])]


@pytest.mark.parametrize("said", [True, False], ids=["model given", "looked for"])
def test_depth_is_the_order_of_calls(said: bool) -> None:
    """Attributes in reverse: the layers are built, and their variables made, when they are called."""
    model = Reversed()
    model(tf.ones([1, 3]))
    assert model.trainable_variables[0] is model.head.kernel
    wanted = [v for layer in (model.stem, model.middle, model.head) for v in (layer.kernel, layer.bias)]
    found = by_depth(model.trainable_variables, model if said else None)
    assert [v.path for v in found] == [v.path for v in wanted]
    assert all(a is b for a, b in zip(found, wanted, strict=True))


def test_depth_of_a_sequence_of_layers_built_in_another_order() -> None:
    """The model knows better than the time at which they were made."""
    last, first = keras.layers.Dense(1), keras.layers.Dense(3)
    last.build((None, 3))
    model = keras.Sequential([keras.Input((2,)), first, last])
    found = by_depth(list(reversed(model.trainable_variables)))
    assert [any(v is w for w in first.trainable_variables) for v in found] == [True, True, False, False]


def test_depth_of_a_functional_model_is_topological() -> None:
    """ResNet50 lists its variables in another order than it made them; every layer comes after those it reads."""
    model = keras.applications.ResNet50(weights=None, input_shape=(32, 32, 3), include_top=False)
    ranks = depths(model.trainable_variables, Layers(model.trainable_variables))
    rank = {id(v): r for v, r in zip(model.trainable_variables, ranks, strict=True)}
    deepest: dict[int, int] = {}
    for layer in model.layers:
        read = [t._keras_history.operation for node in layer._inbound_nodes for t in node.input_tensors]
        above = max((deepest[id(o)] for o in read if id(o) in deepest), default=-1)
        own = [rank[id(v)] for v in layer.trainable_variables]
        assert all(r > above for r in own), layer.name
        deepest[id(layer)] = max([above, *own])


def test_depth_of_a_module_is_the_order_in_which_it_was_made() -> None:
    """tf.Module lists variables by the alphabet."""
    module = Module()
    assert module.trainable_variables[0] is module.decoder
    assert by_depth(module.trainable_variables)[0] is module.encoder


def test_tensors_keep_their_order() -> None:
    """They were not made in any."""
    sources = [tf.constant(1.0), tf.Variable(2.0), tf.constant(3.0)]
    assert depths(sources, Layers(sources)) == [0, 1, 2]
    assert depths([], Layers([])) == []


@pytest.mark.parametrize("said", [True, False], ids=["model given", "looked for"])
def test_variables_that_keras_does_not_know(said: bool) -> None:
    """Unless the caller has found them."""
    model = keras.Sequential([Homemade(name="home"), keras.layers.Dense(1)])
    model(tf.ones([1, 3]))
    layers = Layers(model.trainable_variables, model if said else None)
    assert layers.untrained() == ("home.w", "home.others")
    all_of_them = [*model.trainable_variables, model.layers[0].w, model.layers[0].others[0]]
    assert Layers(all_of_them, model if said else None).untrained() == ()


@pytest.mark.parametrize("said", [True, False], ids=["model given", "looked for"])
def test_what_layers_drop(said: bool) -> None:
    """Of dropouts and of recurrent layers, whose cells are not told apart; a rate of 0 is none."""
    model = keras.Sequential(
        [
            keras.layers.GRU(3, dropout=0.2, recurrent_dropout=0.4, name="memory"),
            keras.layers.Dropout(0.95, name="strong"),
            keras.layers.Dropout(0.0, name="nothing"),
            keras.layers.Dense(1),
        ]
    )
    model(tf.ones([1, 4, 3]))
    found = Layers(model.trainable_variables, model if said else None).dropout()
    assert found == {"memory": 0.4, "strong": 0.95}
    assert Layers([tf.Variable(1.0)]).dropout() == {}


@pytest.mark.parametrize("said", [True, False], ids=["model given", "looked for"])
def test_activations_of_layers(said: bool) -> None:
    """By the names that Keras uses, a function's or a layer's."""
    model = Reversed()
    model(tf.ones([1, 3]))
    layers = Layers(model.trainable_variables, model if said else None)
    assert layers.activations() == ["sigmoid"] * 2 + ["leaky_relu"] * 2 + ["relu"] * 2


def test_an_activation_in_a_layer_of_its_own() -> None:
    """Convolution, normalization, ReLU; a lambda has no name, and a branch no single follower."""
    x = keras.Input((8, 8, 3))
    y = keras.layers.ReLU()(keras.layers.BatchNormalization()(keras.layers.Conv2D(4, 3, name="before_relu")(x)))
    z = keras.layers.Conv2D(4, 1, name="branch")(y)
    out = keras.layers.Activation("tanh")(z) + keras.layers.Activation("relu")(z)
    out = keras.layers.Dense(1, activation=lambda t: t, name="nameless")(keras.layers.Flatten()(out))
    model = keras.Model(x, out)
    activations = Layers(model.trainable_variables).activations()
    found = dict(zip([v.path for v in model.trainable_variables], activations, strict=True))
    assert found["before_relu/kernel"] == "relu"
    assert found["branch/kernel"] == "linear"
    assert found["nameless/kernel"] is None
    assert [a for path, a in found.items() if path.endswith("gamma")] == [None]


def test_a_module_says_its_activation_too() -> None:
    """When it is given."""
    module = Module()
    assert Layers(module.trainable_variables, module).activations() == ["tanh", "tanh"]
    assert Layers(module.trainable_variables).activations() == [None, None]


def test_state_is_what_a_call_changes() -> None:
    """Averages and seeds; neither trained nor frozen weights."""
    layers = [
        keras.layers.Dense(2),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(1),
    ]
    model = keras.Sequential([keras.Input((3,)), *layers])
    layers[3].trainable = False
    found = [v.name for v in Layers(model.trainable_variables).state()]
    assert len(found) == 3
    assert [any(key in name for name in found) for key in ("moving_mean", "moving_variance", "seed")] == [True] * 3


def test_the_manifest_holds_both(tmp_path: pathlib.Path) -> None:
    """From log_step to the file."""
    model = Reversed()
    tb_convergence.start(tmp_path)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(tf.ones([2, 3])) ** 2)
    grads = tape.gradient(loss, model.trainable_variables)
    for v, g in zip(model.trainable_variables, grads, strict=True):
        v.assign_sub(0.1 * g)
    tb_convergence.log_step(tape, grads, model=model)
    tb_convergence.flush()
    variables = read_one(tmp_path).manifest.variables
    assert [(v.name, v.depth, v.activation) for v in variables[::2]] == [
        ("head.kernel", 4, "sigmoid"),
        ("middle.kernel", 2, "leaky_relu"),
        ("stem.kernel", 0, "relu"),
    ]
