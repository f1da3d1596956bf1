"""What the rules share of one run: each estimate is computed once, when first asked for."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators import batches, breakdown, formulas, trapezoid
from tb_convergence.diagnose.estimators.accounting import accounts
from tb_convergence.diagnose.estimators.clipping import clipped
from tb_convergence.diagnose.estimators.constant_answer import constant_loss, least_constant_loss
from tb_convergence.diagnose.estimators.floor import floor
from tb_convergence.diagnose.estimators.gram import Gram, of_model
from tb_convergence.diagnose.estimators.growth import growing_since
from tb_convergence.diagnose.estimators.identification import Fit, Normal, each, evenly, row_equations, with_exact
from tb_convergence.diagnose.estimators.layers import Layer, layers
from tb_convergence.diagnose.estimators.noise import Trend, median, trend
from tb_convergence.diagnose.estimators.outcome import SHORT, SIGMAS, Judgement, around_zero, diverging_since, judge
from tb_convergence.diagnose.estimators.periodicity import Period, period
from tb_convergence.diagnose.estimators.shrinkage import Shrinkage, forgetting, shrinkage
from tb_convergence.diagnose.estimators.stability import WINDOW, share_of_limit
from tb_convergence.diagnose.estimators.step_length import update_ratio
from tb_convergence.diagnose.estimators.warm_up import warming_up
from tb_convergence.diagnose.estimators.whole_run import fit_all
from tb_convergence.diagnose.finding import Outcome
from tb_convergence.series import Series, Values

BAD = (Outcome.DIVERGED, Outcome.NOT_FINITE, Outcome.STALLED, Outcome.OSCILLATING)
"""Outcomes that need a cause. SLOW has rules of its own; the others are healthy."""

FAR_ABOVE = 3.0
"""Loss over that of the best constant prediction from which a run has learned nothing, however high it began."""

FAR, LEFT = 0.25, 0.2
"""Share of a constant answer's loss, and, where that is not known, of the first loss, above which a run that gets on
has not come far."""

HIGHER = np.log(1.5)
"""Log loss by which a run must end above its lowest level to be called unsettled."""

LITTLE = 0.8
"""Loss at rest over that of the best constant answer, from which hardly anything was learned."""


class Context:
    """One run, and what is estimated of it. Not for keeping: it holds the series and caches."""

    def __init__(self, series: Series) -> None:
        self.series = series

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variables."""
        return tuple(v.name for v in self.series.variables)

    def step(self, row: int) -> int:
        """The training step of a row."""
        return int(self.series.steps[row])

    @property
    def length(self) -> int:
        """Training steps from the first recorded to the last, both included; rows may stand for windows of them."""
        return self.step(len(self.series) - 1) - self.step(0) + 1

    @cached_property
    def model(self) -> Gram:
        """Inner products of the whole model."""
        return of_model(self.series)

    @cached_property
    def floor(self) -> float:
        """What the loss is counted from where ratios are taken of it: 0, unless it may be negative and should fall."""
        return 0.0 if self.one_of_several else floor(self.series.step("loss"))

    @cached_property
    def loss(self) -> Values:
        """The loss above its floor, float64 [T]."""
        return self.series.step("loss") - self.floor

    @cached_property
    def trend(self) -> Trend | None:
        """The loss, described."""
        return trend(self.series.step("loss"), self.floor)

    @cached_property
    def judgement(self) -> Judgement:
        """The outcome and its row."""
        loss, growing = self.series.step("loss"), self.growing_row
        broken, short = self.broken_row, len(self.series) > 0 and self.length < SHORT
        climbs = self.diverging_row is not None
        found = judge(
            loss,
            self.trend,
            broken=broken,
            classes=self.classes,
            growing=growing,
            short=short,
            climbs=climbs,
            constant=least_constant_loss(*self._labels),
        )
        calm = broken is None and growing is None
        if self.one_of_several and calm and found.outcome in (*BAD, Outcome.SLOW):
            return Judgement(Outcome.TOO_EARLY)
        return found

    @cached_property
    def diverging_row(self) -> int | None:
        """The row since which the loss has left its lowest level for good; ``None`` when it does not diverge.

        One without a natural zero may be that of a game, which rises while another player learns: it diverges where the
        run's own gradients say that the steps since then lead up, by the trapezoid ½⟨g⁻ + g, Δ⁻⟩ of each.
        """
        found = self.trend
        row = None if found is None else diverging_since(found)
        if found is None or row is None or found.natural or not found.log:
            return row
        return row if float(np.nansum(trapezoid.promised(self.model)[row:])) > 0.0 else None

    @property
    def one_of_several(self) -> bool:
        """Whether this is a stream with a name, e.g. one of two players: what one of them wins the other loses."""
        return self.series.stream is not None

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, in order of depth."""
        return layers(self.series.variables)

    @property
    def guessing(self) -> bool:
        """Whether the last layer may name classes, so that ln C is the loss of guessing; it is never negative."""
        names = self.layers[-1].activation in (None, "linear", "softmax", "sigmoid") if self.layers else False
        return names and self.floor == 0.0

    @property
    def classes(self) -> int:
        """Width of the deepest layer; 0 when there is none."""
        shapes = [v.shape for v in self.series.variables if v.shape]
        return shapes[-1][-1] if shapes else 0

    @property
    def outcome(self) -> Outcome:
        """How the run went."""
        return self.judgement.outcome

    @property
    def bad(self) -> bool:
        """Whether the outcome needs a cause."""
        return self.outcome in BAD

    @property
    def constant_loss(self) -> float:
        """Loss of the best constant prediction, as far as labels or the width of the last layer tell; else NaN."""
        if self.floor:
            return np.nan  # of a loss whose zero is anywhere
        return constant_loss(*self._labels, classes=self.classes, guessing=self.guessing)

    @property
    def _labels(self) -> tuple[float, float]:
        """Entropy of the labels, in nats, and their standard deviation; NaN: not seen."""
        return median(self.series.step("label_entropy")), median(self.series.step("label_std"))

    @property
    def worse_than_constant(self) -> bool:
        """Whether the loss ends far above that of one constant answer: however far it fell, nothing was learned."""
        found = self.trend
        return found is not None and found.log and float(np.exp(found.end)) > FAR_ABOVE * self.constant_loss

    @property
    def learned_nothing(self) -> bool:
        """Whether the loss came to rest about where a constant answer has it, however high it began."""
        found = self.trend
        rests = found is not None and found.natural and self.outcome is Outcome.CONVERGED
        return rests and found is not None and float(np.exp(found.end)) > LITTLE * self.constant_loss

    @property
    def unsettled(self) -> bool:
        """Whether the loss lies clearly above where it had been, so that it has not come to rest."""
        found = self.trend
        return found is not None and found.log and found.end - found.best > max(HIGHER, SIGMAS * found.error)

    @property
    def lukewarm(self) -> bool:
        """Whether a run that gets on has not come far: a good part of a constant answer's loss is left, or of its own.

        What hinders it then is worth a word, though not an alarm.
        """
        found = self.trend
        if found is None or not found.log or self.outcome is Outcome.TOO_EARLY:
            return False
        constant = self.constant_loss
        known = np.isfinite(constant) and constant > 0.0
        return float(np.exp(found.end)) > FAR * constant if known else found.drop < -np.log(LEFT)

    @property
    def unwell(self) -> bool:
        """Whether the run is bad, slow, or worse than a constant answer."""
        return self.bad or self.outcome is Outcome.SLOW or self.worse_than_constant

    @cached_property
    def broken(self) -> NDArray[np.bool_]:
        """Whether, [T], the loss, a gradient or a weight is not finite (and not: was not recorded)."""
        return breakdown.broken(self.series)

    @cached_property
    def broken_row(self) -> int | None:
        """First row of those that are not finite until the end of the run; ``None``: it ends in finite numbers."""
        return breakdown.broken_since(self.broken)

    @cached_property
    def growing_row(self) -> int | None:
        """Row since which weights, gradients and updates grow together for good."""
        norms = [self.model.norm(x) for x in ("gradient", "update", "weight")]
        return growing_since(*norms)

    @cached_property
    def equations(self) -> Normal:
        """Normal equations of each row, of even weight."""
        return evenly(row_equations(self.series))

    @cached_property
    def fits(self) -> Fit:
        """The optimizer in the last few steps up to each row."""
        found = each(self.equations, WINDOW, int(self.series.sizes.sum()))
        return with_exact(found, self.series, WINDOW)

    @cached_property
    def fit(self) -> Fit:
        """The optimizer over all rows, as one window."""
        return fit_all(self.series, self.equations)

    @cached_property
    def curvature(self) -> Values:
        """Secant curvature along the last step, float64 [T]."""
        return formulas.curvature(self.model)

    @cached_property
    def overshoot(self) -> Values:
        """Slope along the last step after it over the slope before it, float64 [T]."""
        return formulas.overshoot(self.model)

    @cached_property
    def multiplier(self) -> Values:
        """What the last update was multiplied by, float64 [T]."""
        return formulas.multiplier(self.model)

    @cached_property
    def stability(self) -> Values:
        """ηh over its limit, float64 [T]: above 1 a quadratic diverges; NaN where the optimizer is not identified.

        Of a rate that rises, that of the step along which h was measured: noise makes h as large as that step is short.
        """
        return share_of_limit(self.fits, self.curvature)

    @cached_property
    def loss_change_ratio(self) -> Values:
        """The passive gradient check, float64 [T]."""
        return trapezoid.loss_change_ratio(self.series, self.model)

    @cached_property
    def clipped(self) -> bool:
        """Whether the gradients were clipped."""
        return clipped(self.series, self.model)

    @cached_property
    def data_period(self) -> Period | None:
        """The period of a loss that its own steps do not explain; ``None``: it has none, or rows are windows."""
        trend = self.trend
        if trend is None or len(trend.rows) < len(self.series) or not (self.series.windows == 1).all():
            return None
        seen = batches.above_rounding(trend.values) if trend.log else len(trend.values)
        ratio, angle = self.loss_change_ratio[:seen], self.model.cosine("gradient", "previous_gradient")[:seen]
        return period(trend.values[:seen]) if batches.differ(ratio, angle) else None

    @cached_property
    def kinds(self) -> NDArray[np.int64]:
        """Rows at which one kind of batches gives way to another, in data that come sorted; empty where they do not.

        The loss leaps there, by more than from step to step within a kind: noise would leap anywhere.
        """
        none = np.empty(0, np.int64)
        if self.trend is None or self.one_batch or not (self.series.windows == 1).all():
            return none
        if self.floor or around_zero(self.trend):
            return none  # leaps say nothing beside a loss that may be zero
        angle = self.model.cosine("gradient", "previous_gradient")
        return batches.kinds(self.series.step("loss"), self.loss_change_ratio, angle)

    @cached_property
    def one_batch(self) -> bool:
        """Whether nearly every change of the loss follows from the gradients of its step: all batches are one.

        Of changes above rounding, where there are enough of them: a run at rest has others.
        """
        change, loss = trapezoid.loss_change(self.series), self.series.step("loss")
        return batches.one(batches.visible(self.loss_change_ratio, change, loss))

    @cached_property
    def drowned(self) -> bool:
        """Whether the gradients are noise, and hardly anything else, as long as they are numbers."""
        rows = slice(0, self.broken_row)
        return batches.drowned(self.gradient_norm[rows], self.model.cosine("gradient", "previous_gradient")[rows])

    @cached_property
    def kernels(self) -> NDArray[np.int64]:
        """Columns of the variables of rank 2 or more: weights proper, not biases and gains; all when there are none."""
        columns = [i for i, v in enumerate(self.series.variables) if len(v.shape) >= 2]
        return np.array(columns or range(len(self.series.variables)), np.int64)

    @cached_property
    def shrinkage(self) -> Shrinkage | None:
        """What pulls the kernels to zero, if anything does."""
        if not self.has_matrices:
            return None
        decay, rate = self.fits.decay, self.fits.learning_rate
        return shrinkage(self.series, self.kernels) or forgetting(self.series, self.kernels, decay, rate)

    @property
    def has_matrices(self) -> bool:
        """Whether there is a variable of rank 2 or more."""
        return any(len(v.shape) >= 2 for v in self.series.variables)

    @cached_property
    def update_ratio(self) -> Values:
        """‖Δ‖/‖w‖ of all kernels as one vector, float64 [T]; biases, which begin at zero, would blur it."""
        return update_ratio(self.series, self.kernels)

    @cached_property
    def warming_up(self) -> bool:
        """Whether the rate grows over the run: as set, else as the steps show it, else steps and their share of g."""
        norms = self.model.norm("update"), self.gradient_norm
        return warming_up(self.series.step("learning_rate"), self.fits.learning_rate, *norms)

    @cached_property
    def gradient_norm(self) -> Values:
        """‖g‖ of the whole model, float64 [T]."""
        return self.model.norm("gradient")

    def rate_of(self, row: int) -> float:
        """η that the step at ``row`` was made with: as set, else the next identified one, if it accounts for that step.

        Updates that coast, as of a layer that alone is left alive, fit a rate that no step before them had. NaN: it is
        not known.
        """
        set_ = float(self.series.step("learning_rate")[row])
        known = np.flatnonzero(np.isfinite(self.fits.learning_rate[row:]))
        if np.isfinite(set_) or not len(known):
            return set_
        at = row + int(known[0])
        rate, momentum = float(self.fits.learning_rate[at]), float(self.fits.momentum[at])
        return rate if accounts(self.model, slice(row, at + 1), rate, momentum) else np.nan

    @cached_property
    def learning_rate(self) -> Values:
        """η, float64 [T]: as the updates show it, else as the optimizer's setting says; NaN when neither is known."""
        identified = self.fits.learning_rate
        return np.where(np.isnan(identified), self.series.step("learning_rate"), identified)
