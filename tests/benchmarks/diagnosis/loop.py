"""The training loop that every case goes through, recorded by ``log_step`` as a user would."""

import gc
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

import tb_convergence
from tests.benchmarks.diagnosis import faults
from tests.benchmarks.diagnosis.games import GAME, Game
from tests.benchmarks.diagnosis.optimizers import Optimizer, optimizer, rates
from tests.benchmarks.diagnosis.problems import Descent, Learning, problem
from tests.benchmarks.diagnosis.sideline import Sideline
from tests.benchmarks.diagnosis.training import Training

ACCEPTED = frozenset(inspect.signature(tb_convergence.log_step).parameters)
"""Arguments that this version of ``log_step`` takes."""

LOOKS = 12
"""How often in a run the loss on data kept back is measured, and the published rules' extra data are taken."""


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """How a training went.

    Attributes:
      before, after: measures at the start and at the end.
      rates: learning rate of each step, float32 [steps].
    """

    before: dict[str, float]
    after: dict[str, float]
    rates: NDArray[np.float32]


def train(training: Training, logdir: Path | None, *, probes: bool = False, metrics: bool = False) -> Trained:
    """Trains; with a ``logdir`` the run is recorded there, and the published rules' data beside it."""
    keras.backend.clear_session()
    gc.collect()
    keras.utils.set_random_seed(training.seed)
    if training.task.startswith(GAME):
        return _play(training, logdir)
    found = problem(training)
    variables = found.variables[training.frozen :]
    if training.pretrain:
        _pretrain(found, variables, training)
    before = found.measures()
    run = _Run(training, found, variables, optimizer(training, variables), probes=probes, metrics=metrics)
    if logdir is None:
        run.steps(recorded=False)
        return Trained(before, found.measures(), run.rates)
    writer = tf.summary.create_file_writer(str(logdir))
    with writer.as_default():
        run.steps(recorded=True)
    writer.close()
    run.sideline.save(logdir / "sideline.json")
    return Trained(before, found.measures(), run.rates)


def _play(training: Training, logdir: Path | None) -> Trained:
    game = Game(training)
    before = game.measures()
    if logdir is None:
        game.steps(recorded=False)
    else:
        writer = tf.summary.create_file_writer(str(logdir))
        with writer.as_default():
            game.steps(recorded=True)
        writer.close()
    return Trained(before, game.measures(), rates(training))


def _pretrain(found: Learning | Descent, variables: list[Any], training: Training) -> None:
    """Healthy steps that nobody records."""
    healthy = replace(
        training, optimizer="adam", rate=0.01, schedule="constant", fault="", accumulate=1, clip=0.0, decay=0.0
    )
    run = _Run(replace(healthy, steps=training.pretrain), found, variables, optimizer(healthy, variables))
    run.steps(recorded=False)


class _Run:
    """One loop: the state that its steps share."""

    def __init__(
        self,
        training: Training,
        found: Learning | Descent,
        variables: list[Any],
        applier: Optimizer,
        *,
        probes: bool = False,
        metrics: bool = False,
    ) -> None:
        self.training, self.problem, self.variables, self.optimizer = training, found, variables, applier
        self.rates: NDArray[np.float32] = rates(training)
        self.sideline = Sideline(found, [v.name for v in variables])
        self._probes, self._metrics = probes, metrics
        self._sum = [tf.Variable(tf.zeros(v.shape), trainable=False) for v in variables if training.accumulate > 1]

    def steps(self, *, recorded: bool) -> None:
        """All of them."""
        t_ = self.training
        step = self._step(recorded=recorded)
        run: Callable[..., Any] = step if t_.eager else tf.function(step, autograph=False)
        every = max(1, t_.steps // LOOKS)
        value = np.nan
        for t in range(t_.steps):
            look = t % every == 0 or t == t_.steps - 1
            value = self.problem.validation() if look and recorded else np.nan
            row = tf.constant(self.problem.rows[t])
            loss, means = run(row, tf.constant(self.rates[t]), tf.constant(t), tf.constant(value, tf.float32))
            if recorded:
                self.sideline.step(t, float(loss), np.asarray(means), value)
                if look:
                    self.sideline.look(t, row)

    def _step(self, *, recorded: bool) -> Callable[..., Any]:
        by_hand = self.training.fault in faults.HAND_MADE

        def step(row: Any, rate: Any, t: Any, value: Any) -> Any:
            x, y = self.problem.batch(row, t)
            with tf.GradientTape(persistent=by_hand) as tape:
                outputs = self.problem.outputs(x, training=True)
                loss = faults.penalized(self.training, self.problem.loss(y, outputs), self.variables)
                target = self._scaled(loss)
            found = tape.gradient(target, self.variables)
            given = faults.gradients(self.training, found, self.variables, t)
            self._update(given, rate, t)
            if recorded:
                extra = self._extra(x, y, outputs, value)
                if by_hand:
                    extra |= {"variables": self.variables, "loss": loss}
                elif target is not loss:
                    extra |= {"loss": loss}
                tb_convergence.log_step(tape, given, **extra)
            return loss, _means(given)

        return step

    def _loss_again(self, x: Any, y: Any) -> Any:
        return faults.penalized(
            self.training, self.problem.loss(y, self.problem.outputs(x, training=True)), self.variables
        )

    def _scaled(self, loss: Any) -> Any:
        if self.training.precision != "mixed":
            return loss
        return self.optimizer.inner.scale_loss(loss)

    def _update(self, given: list[Any], rate: Any, t: Any) -> None:
        t_ = self.training
        if t_.clip:
            known = [g for g in given if g is not None]
            clipped = iter(tf.clip_by_global_norm([tf.convert_to_tensor(g) for g in known], t_.clip)[0])
            given = [None if g is None else next(clipped) for g in given]
        if t_.accumulate > 1:
            self._accumulate(given, rate, t)
        elif t_.since and t_.fault in faults.APPLIED:
            tf.cond(t >= t_.since, lambda: self._apply(given, rate), lambda: self._plain(given, rate))
        else:
            self._apply(given, rate)

    def _apply(self, given: list[Any], rate: Any) -> int:
        gradients, variables = faults.applied(self.training, given, self.variables)
        if gradients:
            self.optimizer.apply(gradients, variables, rate)
        return 0

    def _plain(self, given: list[Any], rate: Any) -> int:
        self.optimizer.apply(given, self.variables, rate)
        return 0

    def _accumulate(self, given: list[Any], rate: Any, t: Any) -> None:
        n = self.training.accumulate
        for total, g in zip(self._sum, given, strict=True):
            total.assign_add(tf.convert_to_tensor(g) / n)

        def act() -> int:
            self.optimizer.apply([tf.convert_to_tensor(s) for s in self._sum], self.variables, rate)
            for s in self._sum:
                s.assign(tf.zeros_like(s))
            return 0

        tf.cond(t % n == n - 1, act, lambda: 0)

    def _extra(self, x: Any, y: Any, outputs: Any, value: Any) -> dict[str, Any]:
        extra: dict[str, Any] = {}
        if self.optimizer.inner is not None:
            extra["optimizer"] = self.optimizer.inner
        if self._metrics:
            extra["metrics"] = {"val_loss": value}
        if self._probes and isinstance(self.problem, Learning):
            extra |= {"inputs": x, "labels": y, "outputs": outputs}
        if self._probes:
            extra["loss_fn"] = lambda: self._loss_again(x, y)
        return {name: given for name, given in extra.items() if name in ACCEPTED}


def _means(gradients: list[Any]) -> Any:
    """Mean |g| of each variable, NaN where there is none."""
    return tf.stack(
        [
            np.nan if g is None else tf.reduce_mean(tf.abs(tf.cast(tf.convert_to_tensor(g), tf.float32)))
            for g in gradients
        ]
    )
