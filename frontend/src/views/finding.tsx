/** One finding: what, since when, by which numbers, and what to change. */
import type {ComponentChildren, JSX} from 'preact';
import {useEffect, useRef, useState} from 'preact/hooks';
import type {Finding, Run} from '../api/types';
import {formatEvidence, isKnown, isThreshold, label} from '../format/evidence';
import {formatCount, formatShare} from '../format/numbers';
import {bestView, mute, showFinding} from '../store/actions';
import {pointedFinding} from '../store/state';
import {EvidenceChart} from './evidence_chart';
import {Icon} from './icons';
import {Advice, Prose} from './prose';
import {SeverityMark} from './severity';
import {Thresholds} from './thresholds';

interface Props {
  readonly finding: Finding;
  readonly run: Run;
  /** Whether it starts unfolded. */
  readonly open: boolean;
  /** What was said above already: a summary that says no more is left out. */
  readonly said?: string;
}

/** Unfolds the card, brings it into view and puts the focus on it when a mark was pressed for it. */
function useBackLink(run: string, id: string) {
  const card = useRef<HTMLDetailsElement>(null);
  const pointed = pointedFinding.value;
  useEffect(() => {
    if (pointed?.run !== run || pointed.id !== id || !card.current) return;
    card.current.open = true;
    card.current.scrollIntoView({block: 'center'});
    card.current.querySelector('summary')?.focus();
    pointedFinding.value = null;
  }, [pointed, run, id]);
  return card;
}

/** Whether a sentence ends with another one, its first letter aside. */
export function saysAlready(said: string, summary: string): boolean {
  return summary.length > 1 && said.toLowerCase().endsWith(summary.toLowerCase());
}

/** The name of a finding as words. */
export function titleOf(finding: Pick<Finding, 'id' | 'title'>): string {
  return finding.title || sentenceCase(finding.id);
}

/** `dead-units` as `Dead units`. */
export function sentenceCase(id: string): string {
  const words = id.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function FindingCard({finding, run, open, said = ''}: Props): JSX.Element {
  const card = useBackLink(run.run, finding.id);
  const [unfolded, setUnfolded] = useState(open);
  return (
    <details class="card finding" open={open} data-finding={finding.id} ref={card} onToggle={(e) => setUnfolded(e.currentTarget.open)}>
      <summary>
        <span class="finding-top">
          <SeverityMark severity={finding.severity} />
          <span class="finding-when tabular">{when(finding)}</span>
          <Icon name="chevron" />
        </span>
        <h3>{titleOf(finding)}</h3>
        {!saysAlready(said, finding.summary) && (
          <p class="finding-summary">
            <Prose text={finding.summary} />
          </p>
        )}
      </summary>
      <Part title="What to do">
        <Advice items={finding.advice} />
      </Part>
      {unfolded && <EvidenceChart finding={finding} run={run} />}
      <EvidenceList finding={finding} />
      <Affected finding={finding} run={run} />
      {finding.expect && (
        <Part title="If it works">
          <p>
            <Prose text={finding.expect} />
          </p>
        </Part>
      )}
      <Thresholds finding={finding.id} />
      <Actions finding={finding} run={run} />
    </details>
  );
}

function when(finding: Finding): string {
  const step = finding.onset_step === null ? 'the whole run' : `from step ${formatCount(finding.onset_step)}`;
  return `${step} · ${formatShare(finding.confidence)} sure`;
}

function Part({title, children}: {readonly title: string; readonly children: ComponentChildren}): JSX.Element {
  return (
    <section class="part">
      <h4>{title}</h4>
      {children}
    </section>
  );
}

function EvidenceList({finding}: {readonly finding: Finding}): JSX.Element | null {
  const entries = Object.entries(finding.evidence).filter(([, value]) => isKnown(value));
  if (entries.length === 0) return null;
  return (
    <Part title="Evidence">
      <dl class="evidence">
        {entries.map(([name, value]) => (
          <div key={name} data-threshold={isThreshold(name)}>
            <dt>{label(name)}</dt>
            <dd class="tabular">{formatEvidence(name, value)}</dd>
          </div>
        ))}
      </dl>
    </Part>
  );
}

/** Variables shown before the rest is asked for. */
const FEW = 6;

function Affected({finding, run}: {readonly finding: Finding; readonly run: Run}): JSX.Element | null {
  const [all, setAll] = useState(false);
  const names = finding.variables;
  if (names.length === 0) return null;
  return (
    <Part title={names.length === 1 ? 'Variable' : `Variables (${formatCount(names.length)}, the worst first)`}>
      <ul class="chips">
        {(all ? names : names.slice(0, FEW)).map((name) => (
          <li key={name}>
            <button type="button" class="chip" title={`Show ${name} in Layers`} onClick={() => showFinding({...finding, variables: [name]}, run, 'layers')}>
              {name}
            </button>
          </li>
        ))}
        {names.length > FEW && (
          <li>
            <button type="button" class="button quiet small" aria-expanded={all} onClick={() => setAll(!all)}>
              {all ? 'fewer' : `${formatCount(names.length - FEW)} more`}
            </button>
          </li>
        )}
      </ul>
    </Part>
  );
}

function Actions({finding, run}: {readonly finding: Finding; readonly run: Run}): JSX.Element {
  const other = bestView(finding) === 'layers' ? 'dynamics' : 'layers';
  return (
    <p class="actions">
      <button type="button" class="button primary" onClick={() => showFinding(finding, run)}>
        Show me <Icon name="arrow" />
      </button>
      {finding.variables.length > 0 && (
        <button type="button" class="button" onClick={() => showFinding(finding, run, other)}>
          {other === 'layers' ? 'In Layers' : 'In Dynamics'}
        </button>
      )}
      <button type="button" class="button quiet" title="Put this finding aside; it can be shown again" onClick={() => mute(run.run, finding.id)}>
        Mute
      </button>
    </p>
  );
}
