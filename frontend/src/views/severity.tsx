/** Words, icons and colours of severities and outcomes: never colour alone. */
import type {JSX} from 'preact';
import type {Outcome, Severity} from '../api/types';
import {Icon, type IconName} from './icons';

export type Tone = 'error' | 'warning' | 'ok' | 'info';

const SEVERITY: Readonly<Record<Severity, readonly [IconName, string]>> = {
  error: ['error', 'Error'],
  warning: ['warning', 'Warning'],
  info: ['info', 'Note'],
};

const OUTCOME: Readonly<Record<Outcome, readonly [Tone, IconName]>> = {
  converging: ['ok', 'ok'],
  converged: ['ok', 'ok'],
  'not settled': ['info', 'info'],
  slow: ['warning', 'warning'],
  stalled: ['warning', 'warning'],
  oscillating: ['warning', 'warning'],
  diverged: ['error', 'error'],
  'not finite': ['error', 'error'],
  'too early to say': ['info', 'wait'],
};

/** Icon and word of a severity, in its colour. */
export function SeverityMark({severity}: {readonly severity: Severity}): JSX.Element {
  const [icon, word] = SEVERITY[severity];
  return (
    <span class={`mark tone-${severity}`}>
      <Icon name={icon} />
      {word}
    </span>
  );
}

/** How the run went, as a badge. */
export function OutcomeBadge({outcome}: {readonly outcome: Outcome}): JSX.Element {
  const [tone, icon] = OUTCOME[outcome] ?? ['info', 'info'];
  return (
    <span class={`badge tone-${tone}`}>
      <Icon name={icon} />
      {outcome}
    </span>
  );
}

/** The icon of an outcome whose word stands beside it. */
export function OutcomeIcon({outcome}: {readonly outcome: Outcome}): JSX.Element {
  const [tone, icon] = OUTCOME[outcome] ?? ['info', 'info'];
  return (
    <span class={`tone-${tone}`}>
      <Icon name={icon} />
    </span>
  );
}

/** A sentence behind the icon of what it means. */
export function Spoken({tone, text}: {readonly tone: Tone; readonly text: string}): JSX.Element {
  return (
    <span class="spoken">
      <span class={`tone-${tone}`}>
        <Icon name={tone} />
      </span>
      <span>{text}</span>
    </span>
  );
}
