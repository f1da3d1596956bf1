/** Who is the baseline, where each run parts from it, and what explains it. */

import {batch} from '@preact/signals';
import type {ComparisonPayload, Difference, Run} from '../api/types';
import {formatEvidence, label} from '../format/evidence';
import {counted, formatCount} from '../format/numbers';
import {zoomAround} from '../store/actions';
import {useComparisons} from '../store/queries';
import type {Resource} from '../store/resource';
import {baseline, cursorStep, selectedVariables, statistic, statistics, zoom} from '../store/state';
import {listed, type Alike} from './compare_differences';
import {Icon} from './icons';
import {RunChip} from './run_row';

interface Props {
  readonly base: Run;
  readonly others: readonly Run[];
  /** What the open statistic says of each of the others. */
  readonly notes: ReadonlyMap<string, string>;
  /** Those that share no variable with the baseline. */
  readonly foreign: ReadonlySet<string>;
}

export function Verdicts({base, others, notes, foreign}: Props) {
  const answers = useComparisons(base, others);
  return (
    <ul class="verdicts">
      <li>
        <RunChip run={base.run} />
        <span><b>{base.run}</b> is the baseline.{baseline.value === null && <span class="sub"> Choose another with the flag in the list of runs.</span>}</span>
      </li>
      {others.map((run, i) => (
        <li key={run.run}>
          <RunChip run={run.run} />
          <div>
            {foreign.has(run.run) ? <p><b>{run.run}</b>: it shares no variable with the baseline, so that there is nothing to compare.</p> : <Summary run={run} answer={answers[i]} />}
            {notes.get(run.run) && <p class="sub">{notes.get(run.run)}</p>}
          </div>
        </li>
      ))}
    </ul>
  );
}

function Summary({run, answer}: {readonly run: Run; readonly answer: Resource<ComparisonPayload> | undefined}) {
  const found = answer?.value;
  if (!found) return <p><b>{run.run}</b>: {answer?.error ? answer.error.message : 'loading…'}</p>;
  return (
    <>
      <p>
        <b>{run.run}</b>: {found.summary}{' '}
        {found.parting && (
          <button type="button" class="button small" onClick={() => showParting(found.parting, run)}>
            Show step {found.parting.step} <Icon name="arrow" />
          </button>
        )}
      </p>
      {found.differences.length > 0 && <Differences differences={found.differences} />}
    </>
  );
}

/** Moves every view to where two runs part. */
function showParting(parting: ComparisonPayload['parting'], run: Run): void {
  if (!parting) return;
  batch(() => {
    if (statistics.value.some((s) => s.name === parting.statistic && s.scope === 'variable')) statistic.value = parting.statistic;
    if (parting.variable) selectedVariables.value = [parting.variable];
    cursorStep.value = parting.step;
    zoom.value = zoomAround(parting.step, run);
  });
}

function Differences({differences}: {readonly differences: readonly Difference[]}) {
  const {shown, left} = listed(differences);
  return (
    <details class="differences">
      <summary>{counted(differences.length, 'difference')} in settings, start or model</summary>
      <dl>
        {shown.map((d) => (
          <div key={`${d.kind} ${d.names[0]}`}>
            <dt>{named(d)}</dt>
            <dd class="tabular">{d.values.map((v) => (v === null ? 'none' : formatEvidence(d.kind, v))).join(' → ')}</dd>
          </div>
        ))}
      </dl>
      {[...left].map(([kind, count]) => <p key={kind} class="sub">{formatCount(count)} more in {label(kind)}.</p>)}
    </details>
  );
}

function named({kind, names}: Alike): string {
  const [first = '', ...more] = names;
  if (first === kind) return label(kind);
  return `${label(kind)} ${first}${more.length > 0 ? ` and ${counted(more.length, 'more variable')}` : ''}`;
}
