"""An explosion is told from a learning rate that is too high, and from the spikes of healthy runs."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.estimators.sudden import before
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.exploding_gradient import RULE, struck
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable, NotEnoughEvidence
from tests.diagnose.networks import Mlp, Rnn, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import not_meant_to_fall
from tests.diagnose.simulate import Recording, adam, parabola, sgd


@pytest.mark.parametrize("rate", [0.01, 0.1])
def test_an_unclipped_recurrent_net_explodes(rate: float) -> None:
    """64 steps through a matrix that stretches; the advice clips at the usual norm."""
    answer = ask(RULE, train(Rnn(inputs=1, radius=3.0), sgd(rate), 150))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.ERROR
    clip = answer.evidence["suggested_clipnorm"]
    assert isinstance(clip, float)
    assert 0.1 <= clip <= 10.0
    assert "clip_by_global_norm" in answer.advice[0]


def test_clipping_and_a_tame_matrix_are_clear() -> None:
    """The repaired net."""
    assert isinstance(ask(RULE, train(Rnn(inputs=1), sgd(0.05, clip=1.0), 150)), Clear)


@pytest.mark.parametrize("rate", [3.0, 10.0, 100.0])
def test_what_a_high_learning_rate_does_is_no_explosion(rate: float) -> None:
    """Steps that were too long come before the spikes: they are the cause."""
    assert not isinstance(ask(RULE, train(Mlp((64, 64, 32, 10)), sgd(rate), 100)), Found)


def spiking(*, height: float, setback: float) -> Recording:
    """A falling loss, and one spike of the gradient in step 60 that throws it back."""
    rng, recording, w = np.random.default_rng(0), Recording(["kernel"]), np.ones((4, 4))
    for step in range(120):
        g = rng.normal(size=(4, 4)) * (height if step == 60 else 1.0)
        thrown = setback * np.exp(-(step - 61) / 30) if step > 60 else 0.0
        recording.step([w], [g], [w - 1e-3 * g], loss=2.0 * np.exp(-step / 100 + thrown))
    return recording


def test_a_spike_that_throws_the_loss_back_is_a_warning() -> None:
    """The run recovers, and would be faster without."""
    answer = ask(RULE, spiking(height=1e4, setback=1.5).series())
    assert isinstance(answer, Found)
    assert (answer.severity, answer.row) == (Severity.WARNING, 60)


def test_a_spike_without_consequence_is_clear() -> None:
    """As every long training has them."""
    assert isinstance(ask(RULE, spiking(height=1e4, setback=0.0).series()), Clear)


def test_spikes_within_a_decade_are_clear() -> None:
    """Whatever the loss does."""
    assert isinstance(ask(RULE, spiking(height=10.0, setback=1.5).series()), Clear)


def test_few_steps_and_no_gradients_are_said() -> None:
    """They are not clear."""
    assert isinstance(ask(RULE, train(Mlp((64, 16, 10)), adam(1e-3), 5)), NotEnoughEvidence)
    series = parabola(sgd(0.1), 20)
    series.values["gradient_norm"][:] = np.nan
    assert isinstance(ask(RULE, series), NotApplicable)


@pytest.mark.parametrize("seed", range(8))
def test_a_loss_of_either_sign_has_no_steepness(seed: int) -> None:
    """A loss that happens to be near zero makes no gradient steep."""
    assert isinstance(ask(RULE, not_meant_to_fall(seed, negative=True)), Clear)


def _struck(*, height: float, step: float, left: float = 1.0, at: int = 60, rows: int = 120) -> Recording:
    """Gradients of length about 4 at a flat loss of 1, but for one ``height`` times as long at row ``at``.

    ``step``: learning rate of that one; ``left``: size of the gradients after it, whose loss is 20.
    """
    rng, recording, w = np.random.default_rng(0), Recording(["kernel"]), np.ones((4, 4))
    for t in range(rows):
        g = rng.normal(size=(4, 4)) * (height if t == at else left if t > at else 1.0)
        after = w - (step if t == at else 1e-3) * g
        recording.step([w], [g], [after], loss=(20.0 if t > at else 1.0) * np.exp(0.05 * rng.normal()))
        w = after
    return recording


def test_the_advice_is_the_norm_before_the_spike() -> None:
    """What is left after it, a net that died or lies flat, has gradients of another length."""
    for left in (0.05, 1.0):
        answer = ask(RULE, _struck(height=1e3, step=1e-3, left=left).series())
        assert isinstance(answer, Found)
        assert answer.evidence["suggested_clipnorm"] == pytest.approx(4.0, rel=0.2)


@pytest.mark.parametrize(("height", "step", "told"), [(40.0, 0.05, True), (40.0, 1e-5, False), (5.0, 0.5, False)])
def test_a_lesser_spike_is_told_by_the_step_that_it_makes(height: float, step: float, *, told: bool) -> None:
    """40 times as long as all before it, and a step that spoils the weights; where steps stay the same, it did not."""
    assert isinstance(ask(RULE, _struck(height=height, step=step).series()), Found) is told


@pytest.mark.parametrize(("at", "row"), [(60, 60), (5, 5), (3, None)])
def test_a_run_is_struck_where_steps_before_were_as_ever(at: int, row: int | None) -> None:
    """Five rows or more of them."""
    assert struck(Context(_struck(height=1e3, step=1e-3, at=at).series())) == row


def test_nothing_known_and_a_constant_length_strike_nobody() -> None:
    """NaN, infinity, no rows, one row, the same gradient at each."""
    series = _struck(height=1e3, step=1e-3).series()
    for value in (np.nan, np.inf, 0.0, 1.0):
        changed = replace(series, values={**series.values, "gradient_norm": np.full((120, 1), value)})
        with np.errstate(all="ignore"):
            assert struck(Context(changed)) is None
    for rows in (0, 1):
        assert struck(Context(before(series, rows))) is None


@pytest.mark.parametrize("rate", [3.0, 10.0, 100.0])
def test_a_high_learning_rate_strikes_nobody(rate: float) -> None:
    """Its steps are long before the gradient is."""
    assert struck(Context(train(Mlp((64, 64, 32, 10)), sgd(rate), 100))) is None


def test_what_follows_a_strike_is_no_learning_rate_and_no_noise() -> None:
    """The rate was fine for sixty steps, and the gradients agreed."""
    found = diagnose(_struck(height=1e3, step=1e-1).series()).findings
    assert found[0].id == "exploding-gradient"
    assert not {"high-learning-rate", "noisy-gradient"} & {f.id for f in found}


@pytest.mark.parametrize(("height", "row"), [(1e3, 60), (12.0, None)])
def test_steps_just_past_the_limit_do_not_excuse_a_leap(height: float, row: int | None) -> None:
    """A step multiplies the gradient by 1 + ηh at most: three times at ηh = 2.2, and ten times that is another's."""
    context = Context(_struck(height=height, step=1e-1).series())
    beyond = np.full(120, 1.1)
    vars(context).update(stability=beyond, curvature=2.2 * np.ones(120), learning_rate=np.ones(120))
    assert struck(context) == row


def _peaks(*, height: float, every: int, loss: float = 2.0) -> Recording:
    """Short steps along gradients that scatter, each ``every``-th of which is ``height`` times as long."""
    rng, recording, w = np.random.default_rng(0), Recording(["kernel"]), np.ones((4, 4))
    for step in range(120):
        g = rng.normal(size=(4, 4)) * (height if step % every == 15 else 1.0)
        recording.step([w], [g], [w - 1e-4 * g], loss=loss * np.exp(-step / 50 + 0.1 * rng.normal()))
    return recording


@pytest.mark.parametrize(("height", "every", "told"), [(9.0, 40, True), (1.5, 40, False), (9.0, 120, False)])
def test_peaks_that_come_back_are_information(height: float, every: int, *, told: bool) -> None:
    """However well the run goes; a single one, and what scatters, are not."""
    answer = ask(RULE, _peaks(height=height, every=every).series())
    assert isinstance(answer, Found) is told
    if isinstance(answer, Found):
        assert (answer.severity, answer.row) == (Severity.INFO, 15)
        assert "every 40 steps" in answer.summary
        assert 0.5 * height < float(answer.evidence["times_those_around"] or 0.0) < 2.0 * height


def test_a_small_loss_of_a_task_that_is_learned_makes_no_gradient_steep() -> None:
    """Of ten classes, near which guessing would be 2.3; the same gradients at such a loss are not steep either."""
    series = train(Mlp((64, 32, 10)), sgd(0.05), 100)
    series.step("loss")[:] = 1e-3 * np.exp(0.6 * np.random.default_rng(0).normal(size=100))
    series.values["gradient_norm"][:] *= 0.05
    steep = series.values["gradient_norm"][0].max() * series.norm("weight")[0].max() / 1e-3
    assert steep > 150.0
    answer = ask(RULE, series)
    assert not isinstance(answer, Found) or answer.severity is Severity.INFO
