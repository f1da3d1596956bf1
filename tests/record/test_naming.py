"""Names are unique, known to people, and the same in every run."""

import keras
import tensorflow as tf

from tb_convergence.record.naming import Names, names, without_model


class Block(tf.Module):
    """A layer."""

    def __init__(self) -> None:
        super().__init__()
        self.kernel = tf.Variable(tf.ones([2, 2]))


class Model(tf.Module):
    """Layers in attributes and in a list."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Block()
        self.blocks = [Block(), Block()]


def test_attribute_paths_of_a_module() -> None:
    """All four are called 'Variable:0'; their places in the model differ."""
    m = Model()
    variables = [m.encoder.kernel, m.blocks[0].kernel, m.blocks[1].kernel]
    assert names(variables, m) == ("encoder.kernel", "blocks.0.kernel", "blocks.1.kernel")


def test_two_instances_of_one_model_have_the_same_names() -> None:
    """Keras numbers its layers per process; the attribute path does not change from run to run."""

    def build() -> keras.Model:
        return keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2, name="hidden"), keras.layers.Dense(1)])

    first, second = build(), build()
    assert names(first.trainable_variables, first) == ("hidden.kernel", "hidden.bias", "dense.kernel", "dense.bias")
    assert names(second.trainable_variables, second) == names(first.trainable_variables, first)


def test_without_a_model_the_keras_path() -> None:
    """It names the layer, the variable's own name does not."""
    layer = keras.layers.Dense(2, name="hidden")
    layer.build((None, 3))
    assert names(layer.trainable_variables) == ("hidden/kernel", "hidden/bias")


def test_the_model_itself_is_not_part_of_a_name() -> None:
    """Keras counts models per process ('sequential_2'), so its name would differ from run to run."""

    def build() -> keras.Model:
        return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="hidden")])

    assert names(build().trainable_variables) == names(build().trainable_variables) == ("hidden/kernel", "hidden/bias")


def test_a_layer_stays_in_the_name() -> None:
    """Only what all share is left out, and never the layer."""
    assert without_model(["a/kernel", "a/bias"]) == ["a/kernel", "a/bias"]
    assert without_model(["m/a/kernel", "b/bias"]) == ["m/a/kernel", "b/bias"]
    assert without_model(["m/a/kernel", "n/a/kernel"]) == ["m/a/kernel", "n/a/kernel"]
    assert without_model([]) == []


def test_the_second_of_a_name_is_numbered() -> None:
    """tf.Module leaves every variable with one name."""
    assert names([tf.Variable(1.0, name="w"), tf.Variable(1.0, name="w")]) == ("w", "w#2")


def test_tensors_are_named_by_position() -> None:
    """They have no name to keep."""
    assert names([tf.constant(1.0), tf.Variable(2.0, name="b"), tf.constant(3.0)]) == ("w0", "b", "w2")


class Subclassed(keras.Model):
    """Two layers in attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = keras.layers.Dense(2), keras.layers.Dense(3)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Encodes and decodes."""
        return self.decoder(self.encoder(x))


def test_a_subclassed_keras_model_goes_by_its_attributes() -> None:
    """The author's own names, not 'dense_7'."""
    model = Subclassed()
    model(tf.ones([1, 3]))
    assert names(model.trainable_variables, model)[::2] == ("encoder.kernel", "decoder.kernel")


def test_a_variable_keeps_its_name_in_other_company() -> None:
    """Layers are frozen and freed: what a name is shortened to, or numbered with, depends on the others."""
    a, b, c = (tf.Variable(0.0, name=name) for name in ("model/a/kernel", "model/b/kernel", "kernel"))
    known = Names()
    assert known.of([a, b]) == ("a/kernel", "b/kernel")
    assert names([a, b, c]) == ("model/a/kernel", "model/b/kernel", "kernel")
    assert known.of([a, b, c]) == ("a/kernel", "b/kernel", "kernel")
    twin = tf.Variable(0.0, name="kernel")
    assert known.of([twin, c]) == ("kernel#2", "kernel")
    assert known.of([twin]) == ("kernel#2",)
