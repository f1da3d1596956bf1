"""Branches in a graph, each as one operation.

TensorFlow takes the branches of ``tf.cond`` apart into the graph around it: what is in those that are not taken is
walked through at every step, and the whole graph is run by an executor for graphs with switches, which takes longer
for every operation of the training, too. As one operation, a branch that is not taken costs nothing.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf
from tensorflow.python.ops import cond_v2
from tensorflow.python.ops.control_flow_util import GraphOrParentsInXlaContext


def in_xla() -> bool:
    """Whether the graph being built is compiled by XLA, where other operations are fast."""
    return bool(GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph()))


def either(wanted: Any, yes: Callable[[], Any], no: Callable[[], Any]) -> Any:
    """``tf.cond``: what ``yes`` returns where ``wanted`` is true, else what ``no`` does."""
    if not _whole():
        return tf.cond(wanted, yes, no)
    return cond_v2.indexed_case(tf.cast(wanted, tf.int32), [no, yes], lower_using_switch_merge=False)


def chosen(wanted: Any, yes: Callable[[], Any], no: Callable[[], Any]) -> Any:
    """One of two tensors, or tuples of them; in XLA both are made, for it would copy a variable that a branch reads."""
    if not in_xla():
        return either(wanted, yes, no)
    return tf.nest.map_structure(lambda a, b: tf.where(wanted, a, b), yes(), no())


def _whole() -> bool:
    """Whether branches can stay in one piece: in a graph for processors; XLA and other devices have their own way."""
    return not (
        tf.executing_eagerly()
        or in_xla()
        or not tf.compat.v1.control_flow_v2_enabled()
        or any(d.device_type != "CPU" for d in tf.config.list_logical_devices())
    )
