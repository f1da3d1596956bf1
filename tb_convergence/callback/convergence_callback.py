"""``ConvergenceCallback``: what ``log_step`` does in a loop of one's own, for ``model.fit``."""

import os
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from tb_convergence.callback.applied import Destination, observed
from tb_convergence.callback.batch import LOSS, PROBES
from tb_convergence.callback.optimizers import done, optimizers
from tb_convergence.live.start import watching
from tb_convergence.live.watch import LiveDiagnosis, OnFinding, check_arguments
from tb_convergence.record.arguments import check_pace
from tb_convergence.record.log_step import made, recorder
from tb_convergence.record.pacing import MEGABYTES
from tb_convergence.record.sink import Session
from tb_convergence.schema.statistics import METRIC_PREFIX

PROBE_EVERY = 50  # steps; at 10 a small CNN on 32×32×3 took 5 % more CPU time, which nobody asked for
_PLAIN = "_tb_convergence_plain"
_NOTHING = (
    "fit recorded nothing: no optimizer that is an attribute of the model was used. With another optimizer, call "
    "tb_convergence.log_step(tape, grads) in train_step instead"
)


class ConvergenceCallback(tf.keras.callbacks.Callback):
    """Records every training step of ``model.fit`` into ``logdir``.

    A record holds the gradient as the optimizer was given it, without loss scaling, and the update that the optimizer
    really made of it. The model is left as it was: when ``fit`` ends, or fails, or is called without the callback, the
    model trains as if there had never been one.

    With one optimizer the run is named after the directory; with several, each is a stream of its own, named after the
    attribute of the model that holds it. Steps go on over several calls of ``fit``, and from the optimizer's own count
    where a model was restored.

    Args:
      logdir: directory of the run, as for ``tf.keras.callbacks.TensorBoard``.
      every: of how many steps one is written; and ``max_megabytes``: see ``tb_convergence.start``.
      metrics: which of the numbers that Keras has at the end of an epoch are recorded, at the epoch's last step.
      probes: what is recorded of the batch, at every ``probe_every``-th step: scale and range of ``"inputs"``, number
        and prior of classes of ``"labels"``, spread and saturation of ``"outputs"``. With ``"loss"`` also what the step
        was good for: the loss on the same batch after the update, at the cost of one more forward and backward pass at
        these steps; of models with one optimizer, whose ``train_step`` gives ``x`` to ``compute_loss`` as Keras' does.
      on_finding: called with each finding while the model trains, once, from a thread of its own; see
        ``tb_convergence.start``.
      stop_on: ``"error"`` or ``"warning"``: a finding of that severity ends ``fit`` after the batch, as
        ``EarlyStopping`` does after the epoch.
      config: settings of the diagnosis, see ``tb_convergence.diagnose``.

    Raises:
      TypeError: ``logdir`` is no path, or ``metrics`` is no list of names.
      ValueError: ``every``, ``max_megabytes`` or ``probe_every`` is too small, or a probe is unknown.
    """

    async_safe = True  # what it does after a batch may be done in another thread; else Keras waits for every batch

    def __init__(
        self,
        logdir: str | os.PathLike[str],
        *,
        every: int = 1,
        max_megabytes: float = MEGABYTES,
        metrics: Sequence[str] = ("val_loss",),
        probes: Sequence[str] = PROBES,
        probe_every: int = PROBE_EVERY,
        on_finding: OnFinding | None = None,
        stop_on: str | None = None,
        config: str | os.PathLike[str] | None = None,
    ) -> None:
        super().__init__()
        check_arguments(on_finding, stop_on)
        check_pace(every=every, max_megabytes=max_megabytes)
        _check_probes(probes, probe_every)
        if not isinstance(metrics, list | tuple) or not all(isinstance(name, str) for name in metrics):
            raise TypeError(f'metrics: expected a list of names such as ["val_loss"], got {metrics!r}')
        self._session: Session = recorder().opened(made(logdir), every=every, max_megabytes=max_megabytes)
        self._session.holds_newest = bool(metrics)
        self._metrics, self._probes, self._probe_every = tuple(metrics), tuple(probes), probe_every
        self._observed: Callable[..., Any] | None = None
        self._announced = False
        self._numbered = False
        self._live: LiveDiagnosis | None = None
        if on_finding is not None or stop_on is not None:
            self._live = watching(self._session, logdir, on_finding=on_finding, stop_on=stop_on, config=config)
            weakref.finalize(self, self._live.abandon)
        weakref.finalize(self, recorder().forget, self._session)

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Has the model train through a function that is observed."""
        plain = self.model.train_function
        plain = getattr(plain, _PLAIN, plain)
        if self._observed is None or getattr(self._observed, _PLAIN) is not plain:
            self.model.make_train_function(force=True)
            self._observed = self._observing(self.model.train_function, plain)
        self.model.train_function = self._observed
        self._numbered = False

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002 - as above
        """Tells the training function that it is called by a ``fit`` with this callback."""
        self._announced = True

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002 - as above
        """Ends ``fit`` when a finding as grave as ``stop_on`` has been raised."""
        if self._live is not None and self._live.should_stop:
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002 - as above
        """Adds what Keras has measured to the epoch's last step."""
        recorder().guarded(lambda: self._note(logs or {}))

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002 - as above
        """Gives the model its own function back, and writes what is still in memory."""
        self.model.train_function = getattr(self.model.train_function, _PLAIN, self.model.train_function)
        recorder().flush()
        if self._live is not None:
            self._live.look(final=True)
        keeper = self.model.distribute_strategy.extended.should_save_summary
        if keeper and not recorder().has_recorded(self._session):
            recorder().warn(_NOTHING, "fit")

    def _observing(self, function: Callable[..., Any], plain: Callable[..., Any]) -> Callable[..., Any]:
        """``function``, which is still to be traced, under observation.

        A ``fit`` that failed leaves it in the model. It is known by that nobody announces the batch: then ``plain``
        takes its place again.
        """
        model = weakref.ref(self.model)
        me = weakref.ref(self)

        def train_function(iterator: Any) -> Any:
            callback, trained = me(), model()
            if callback is None or not callback._announced:
                if trained is not None:
                    trained.train_function = plain
                return plain(iterator)
            callback._announced = False
            with observed(trained, callback._begun(trained)):
                return function(iterator)

        setattr(train_function, _PLAIN, plain)
        return train_function

    def _begun(self, model: Any) -> list[tuple[Any, Destination]]:
        """The optimizers of ``model``; at the first batch of a ``fit``, the steps go on where they stand.

        Not before: what restores a model may do so when ``fit`` begins.
        """
        found = self._destinations(model)
        if not self._numbered:
            recorder().guarded(lambda: self._number(found))
            self._numbered = True
        return found

    def _note(self, logs: Mapping[str, Any]) -> None:
        found = {METRIC_PREFIX + name: float(logs[name]) for name in self._metrics if name in logs}
        if found:
            recorder().note(self._session, found)

    def _number(self, found: list[tuple[Any, Destination]]) -> None:
        for optimizer, destination in found:
            recorder().number_from(self._session, destination.name, done(optimizer))

    def _destinations(self, model: Any) -> list[tuple[Any, Destination]]:
        found = optimizers(model)
        single = len(found) == 1
        return [
            (
                optimizer,
                Destination(
                    self._session,
                    None if single else name,
                    model,
                    probes=self._probes,
                    probe_every=self._probe_every,
                    metrics=self._metrics,
                ),
            )
            for name, optimizer in found.items()
        ]


def _check_probes(probes: Sequence[str], every: int) -> None:
    known = (*PROBES, LOSS)
    unknown = [p for p in probes if p not in known] if isinstance(probes, list | tuple) else [probes]
    if unknown:
        raise ValueError(f"probes: expected a list of some of {', '.join(known)}, got {probes!r}")
    if not isinstance(every, int) or every < 1:
        raise ValueError(f"probe_every: expected a whole number from 1 on, got {every!r}")
