/** What to do when there is nothing to show. */
import type {JSX} from 'preact';
import {formatCount} from '../format/numbers';
import {logdir, matchingRuns, phase, runFilter, runs, selectedRuns, shownRuns, chosen} from '../store/state';
import {refresh} from '../store/reloading';
import {Code} from './copy';
import {Skeleton} from './skeleton';

const RECORDING = `import tensorflow as tf
import tb_convergence

with tf.summary.create_file_writer("logs/run-1").as_default():
    for x, y in dataset:
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
        tb_convergence.log_step(tape, grads)`;

function NoData(): JSX.Element {
  return (
    <section class="empty">
      <h2>Nothing has been recorded yet</h2>
      <p>
        Add one line to your training loop, <code>tb_convergence.log_step(tape, grads)</code>, and the reason why it does not converge appears here
        while it trains.
      </p>
      <Code text={RECORDING} />
      <p class="sub">
        {logdir.value ? (
          <>
            TensorBoard reads <code>{logdir.value}</code>. Write your logs there, or start it with another <code>--logdir</code>.
          </>
        ) : (
          <>
            Write your logs where <code>--logdir</code> points.
          </>
        )}{' '}
        New data shows up on reload.
      </p>
      <button type="button" class="button" onClick={() => void refresh()}>
        Look again
      </button>
    </section>
  );
}

function NoMatch(): JSX.Element {
  return (
    <section class="empty">
      <h2>
        No matches for run filter <code>/{runFilter.value}/</code> out of {formatCount(runs.value.length)} runs
      </h2>
      <button type="button" class="button" onClick={() => (runFilter.value = '')}>
        Clear the filter
      </button>
    </section>
  );
}

function NoneSelected(): JSX.Element {
  return (
    <section class="empty">
      <h2>No run is selected</h2>
      <p>Tick a run in the list to see its diagnosis.</p>
      <button type="button" class="button" onClick={() => (chosen.value = null)}>
        Select all {formatCount(runs.value.length)} runs
      </button>
    </section>
  );
}

/** What stands in the place of a view, or `null` when there is something to view. */
export function emptyState(): JSX.Element | null {
  if (phase.value === 'loading') return <Skeleton label="Loading the runs" />;
  if (phase.value === 'failed') return <section class="empty"><h2>The runs could not be loaded</h2></section>;
  if (runs.value.length === 0) return <NoData />;
  if (matchingRuns.value.length === 0) return <NoMatch />;
  return shownRuns.value.length === 0 || selectedRuns.value.size === 0 ? <NoneSelected /> : null;
}
