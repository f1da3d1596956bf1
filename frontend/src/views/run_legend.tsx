/** Which line is which run, and what is wrong with it: the causes, each the way back to its finding. */

import type {JSX} from 'preact';
import type {Diagnosis, Run} from '../api/types';
import {DashKey} from '../chart/dash_key';
import {heard, openFinding} from '../store/actions';
import {useDiagnoses} from '../store/queries';
import {runStyles} from '../store/run_style';
import {chain} from './chain';
import {titleOf} from './finding';
import {Icon} from './icons';
import {OutcomeIcon} from './severity';

/** Causes that are named; the others are counted. */
const MOST = 2;

export function RunLegend({runs}: {readonly runs: readonly Run[]}): JSX.Element {
  const diagnoses = useDiagnoses(runs);
  return (
    <ul class="run-legend" aria-label="Runs shown">
      {runs.map(({run}, i) => {
        const style = runStyles.value.get(run);
        const diagnosis = diagnoses[i]?.value;
        return (
          <li key={run}>
            <DashKey colour={style?.color ?? 'gray'} dash={style?.dash ?? []} />
            <span>{run}</span>
            {diagnosis && <Causes run={run} diagnosis={diagnosis} />}
          </li>
        );
      })}
    </ul>
  );
}

function Causes({run, diagnosis}: {readonly run: string; readonly diagnosis: Diagnosis}): JSX.Element {
  const findings = heard(run, diagnosis.findings).filter((f) => f.severity !== 'info');
  const causes = chain(findings).map((link) => link.finding);
  const more = findings.length - Math.min(MOST, causes.length);
  return (
    <>
      {causes.length === 0 && <span class="sub run-outcome"><OutcomeIcon outcome={diagnosis.outcome} /> {diagnosis.outcome}</span>}
      {causes.slice(0, MOST).map((finding) => (
        <button
          key={finding.id}
          type="button"
          class={`finding-chip tone-${finding.severity}`}
          title={`${finding.summary} Press to read about it.`}
          onClick={() => openFinding({run, id: finding.id})}
        >
          <Icon name={finding.severity} /> {titleOf(finding)}
        </button>
      ))}
      {causes.length > 0 && more > 0 && <span class="sub">and {more} more</span>}
    </>
  );
}
