"""The public calls: ``log_step`` once a step, ``start`` where there is no summary writer, ``flush``."""

import os
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf
from tensorflow.python.eager import record
from tensorflow.python.ops import summary_ops_v2

from tb_convergence.record import observer
from tb_convergence.record.arguments import check, check_pace, path_of
from tb_convergence.record.call import Said, record_step
from tb_convergence.record.matching import match
from tb_convergence.record.observer import Notes
from tb_convergence.record.pacing import MEGABYTES
from tb_convergence.record.probes import asked
from tb_convergence.record.recorder import Recorder
from tb_convergence.record.replicas import UNSUPPORTED, kept_here, several, supported

observer.install()
_RECORDER = Recorder()
_NO_WRITER = (
    "log_step records nothing, for it does not know where to: train inside "
    "`with tf.summary.create_file_writer(logdir).as_default():`, or call tb_convergence.start(logdir) first"
)
_UNSEEN = (
    "this step is left out: its tape was entered before tb_convergence was imported, so nobody saw what it was asked. "
    "Import tb_convergence at the top of the script"
)


def recorder() -> Recorder:
    """The recorder of this process."""
    return _RECORDER


def start(logdir: str | os.PathLike[str], *, every: int = 1, max_megabytes: float = MEGABYTES) -> None:
    """Begins to record into ``logdir``, for those who have no ``tf.summary`` writer; a default writer comes first.

    The directory is made. Where that fails, a warning says so, and training goes on without a record.

    Args:
      logdir: directory of the run.
      every: of how many steps one is written, where ``log_step`` does not say.
      max_megabytes: what the event file of this session may grow to, in 1e6 bytes. Half of it is spent on single steps;
        from then on a row stands for a window of 2, 4, 8, … steps. The newest 64 steps are always kept in memory, and
        written one by one when a number is not finite for the first time, when the loss or the gradient leaps, and at
        the end.

    Raises:
      TypeError: ``logdir`` is no path.
      ValueError: ``every`` is no whole number from 1 on, ``max_megabytes`` is not above 0, or ``logdir`` is empty.
    """
    check_pace(every=every, max_megabytes=max_megabytes)
    path = made(logdir)
    if path is None:
        _RECORDER.start_nowhere()
    else:
        _RECORDER.start(path, every=every, max_megabytes=max_megabytes)


def made(logdir: str | os.PathLike[str]) -> str | None:
    """The path of a directory that is there now; ``None`` where it cannot be made, which a warning says.

    Raises:
      TypeError: ``logdir`` is no path.
      ValueError: it is an empty text.
    """
    path = path_of(logdir)
    try:
        tf.io.gfile.makedirs(path)
    except tf.errors.OpError as error:
        _RECORDER.warn(f"nothing will be recorded: {path} cannot be made ({error.message})", f"start {path}")
        return None
    return path


def flush() -> None:
    """Writes every step recorded so far.

    A step whose update has not been seen yet stays behind until it has; the end of the process completes it. In a long
    run it ends the window that is being filled; calls at every step are not all heeded.
    """
    _RECORDER.flush()


@tf.autograph.experimental.do_not_convert
def log_step(
    tape: Any,
    grads: Any,
    *,
    variables: Any = None,
    loss: Any = None,
    step: Any = None,
    optimizer: Any = None,
    name: str | None = None,
    model: Any = None,
    loss_fn: Callable[[], Any] | None = None,
    inputs: Any = None,
    labels: Any = None,
    outputs: Any = None,
    metrics: Mapping[str, Any] | None = None,
    probe_every: int = 10,
    every: int | None = None,
    max_megabytes: float | None = None,
) -> None:
    """Records one step of training; works eagerly, in a ``tf.function`` and with ``jit_compile=True``.

    Call it once a step, best right after the update. Called before it, it records the same numbers one step later.

    Args:
      tape: the ``tf.GradientTape`` of this step; ``None`` when there is none, with ``variables`` or pairs. Without a
        tape nobody sees the weights before the update: they are taken to be those after the previous call.
      grads: what ``tape.gradient`` returned, clipped or scaled or not; gradients made by hand; or pairs (gradient,
        variable).
      variables: what ``grads`` are the gradients of, where it cannot be told.
      loss: scalar; default: what the tape differentiated (the sum of it, as TensorFlow does). With a loss tensor and a
        tape that is persistent or was not used, gradients made by hand are compared with the tape's own; a tape that is
        not persistent is used up by that.
      step: whole number (tensor, variable) from 0 to 2**53; default: ``tf.summary.experimental.get_step()``, else
        0, 1, 2, …
      optimizer: for its learning rate and settings; default: the Keras optimizer of these variables, when there is one.
      name: tells the streams of several models apart, e.g. ``"generator"``.
      model: names its variables by attribute path, e.g. ``encoder.kernel``.
      loss_fn: without arguments, the loss on this same batch with the weights as they are now, for example
        ``lambda: loss_of(y, model(x, training=True))``. Called at every ``probe_every``-th step after its update; it
        tells what the step was good for. Moving averages and random seeds of Keras models around these variables, and
        of ``model``, get back the values that they had; it must not change anything else, nor apply gradients.
      inputs: of the model at this step: tensors, numpy arrays or nests of them. Scale and range are recorded at every
        ``probe_every``-th step.
      labels: likewise, for the number and the prior of classes.
      outputs: likewise, of the model, for spread and saturation; probabilities where it gives them.
      metrics: name → number, e.g. ``{"val_loss": …}``, recorded at each step at which it is given.
      probe_every: of how many steps one is looked at more closely.
      every: of how many steps one is written; default: as ``start`` was told, else 1. It saves bytes, not time: every
        step is looked at, so that the previous gradient and update in a row are those of the step before in training,
        and the steps around a break are there. See ``start``.
      max_megabytes: what the event file of this session may grow to, see ``start``; default: as ``start`` was told.

    Raises:
      AmbiguousGradientsError: it cannot be told which variable a gradient belongs to.
      TypeError: an argument is of another kind than expected.
      ValueError: ``step`` or ``every`` is no whole number, or ``max_megabytes`` is not above 0.
    """
    check_pace(every=every, max_megabytes=max_megabytes)
    check(tape, loss=loss, step=step, optimizer=optimizer, name=name, model=model)
    probes = asked(loss_fn=loss_fn, inputs=inputs, labels=labels, outputs=outputs, metrics=metrics, every=probe_every)
    known = Notes() if tape is None else observer.notes(tape)
    if not known.entered and tape is not None and variables is None:
        _RECORDER.warn(_UNSEEN, "unseen tape")
        return
    matched = match(grads, variables, known, () if tape is None else tape.watched_variables())
    session = _RECORDER.session(_default_writer())
    if several() and not supported():
        _RECORDER.warn(UNSUPPORTED, "replicas")
        return
    if session is None and kept_here():
        _RECORDER.warn(_NO_WRITER, "no writer")
    if session is None and not several():  # of several replicas each has to take part, whoever writes
        return
    said = Said(loss, step, optimizer, name, model, probes, every)
    if max_megabytes is not None and session is not None:
        session.budget.total = 1e6 * max_megabytes
    with record.stop_recording():
        _RECORDER.guarded(lambda: record_step(_RECORDER, session, tape, matched, said))


def _default_writer() -> Any:
    """The caller's default summary writer; TensorFlow has no public way to ask for it."""
    return summary_ops_v2._summary_state.writer
