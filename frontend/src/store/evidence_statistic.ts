/** Which statistic shows a finding best, so that "show me" opens on it. */

import type {Finding} from '../api/types';

const STATISTIC: Readonly<Record<string, string>> = {
  'dead-units': 'dead_unit_fraction',
  'exploding-gradient': 'gradient_norm',
  'high-learning-rate': 'overshoot',
  'low-learning-rate': 'update_ratio',
  'missing-gradient': 'gradient_norm',
  'non-finite-values': 'gradient_nonfinite_count',
  'oscillating-updates': 'multiplier',
  'unapplied-update': 'update_norm',
  'vanishing-gradient': 'gradient_rms',
  'wrong-gradient': 'reference_cosine',
};

/** Findings of the whole trajectory, which no layer shows better than another. */
const OVER_TIME: ReadonlySet<string> = new Set(['diverging-loss', 'high-learning-rate', 'low-learning-rate', 'oscillating-updates', 'wrong-gradient']);

/** Name of the statistic, or `null` when the one that is open is as good as any. */
export function statisticOf(finding: string): string | null {
  return STATISTIC[finding] ?? null;
}

/** Whether a finding is seen in lines over steps, rather than in the map of layers. */
export function overTime(finding: string): boolean {
  return OVER_TIME.has(finding);
}

/** A line that shows what a finding saw. */
export interface EvidenceLine {
  readonly statistic: string;
  /** Whether it is that of the worst variable, rather than of the whole model. */
  readonly ofWorst: boolean;
  /** What the values were held against, in the statistic's own unit; null: nothing that is a line. */
  readonly level: number | null;
  /** What the level is. */
  readonly words: string;
}

type Evidence = Finding['evidence'];

function numberOf(evidence: Evidence, name: string): number | null {
  const value = evidence[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** The level of gradients this many decades below those of the last layer. */
function faded(evidence: Evidence): number | null {
  const [last, decades] = [numberOf(evidence, 'last_layer_gradient_rms'), numberOf(evidence, 'decades_threshold')];
  return last === null || decades === null ? null : last * 10 ** -decades;
}

function times(evidence: Evidence, a: string, b: string): number | null {
  const [x, y] = [numberOf(evidence, a), numberOf(evidence, b)];
  return x === null || y === null ? null : x * y;
}

function line(statistic: string, level: number | null, words: string, ofWorst = false): EvidenceLine {
  return {statistic, level, words, ofWorst};
}

/** What else told a factor did so through the noise of batches, which makes anything of the loss change ratio. */
const BY_THE_LOSS: ReadonlySet<unknown> = new Set(['the loss change', 'the slopes after the steps']);

function wrongGradient(evidence: Evidence): EvidenceLine | null {
  if (numberOf(evidence, 'reference_cosine') !== null) return line('reference_cosine', numberOf(evidence, 'threshold'), 'threshold', true);
  return BY_THE_LOSS.has(evidence['source']) ? line('loss_change_ratio', 1, 'right:') : null;
}

/** The line that shows what a finding saw; null: the loss above shows it, or no line does. */
export function evidenceLine({id, evidence}: Pick<Finding, 'id' | 'evidence'>): EvidenceLine | null {
  const of = (name: string): number | null => numberOf(evidence, name);
  const limit = of('stability_limit');
  switch (id) {
    case 'dead-units':
      return line('dead_unit_fraction', of('threshold'), 'threshold', true);
    case 'saturated-activations':
      return line('dead_unit_fraction', of('dead_unit_threshold'), 'threshold', true);
    case 'vanishing-gradient':
      return line('gradient_rms', faded(evidence), 'too faint below', true);
    case 'exploding-gradient':
      return line('gradient_norm', times(evidence, 'usual_gradient_norm', 'spike_threshold'), 'a spike above');
    case 'high-learning-rate':
      return limit === null ? line('update_ratio', of('threshold'), 'threshold') : line('stability_number', limit, 'limit');
    case 'low-learning-rate':
      return of('update_ratio_threshold') === null ? line('learning_rate', null, '') : line('update_ratio', of('update_ratio_threshold'), 'too small below');
    case 'oscillating-updates':
      return limit === null ? line('multiplier', of('multiplier_threshold'), 'bounces below') : line('stability_number', limit, 'limit');
    case 'excessive-momentum':
      return line('effective_momentum', of('momentum_threshold'), 'threshold');
    case 'excessive-regularization':
      return line('weight_norm', null, '', true);
    case 'unapplied-update':
      return line('update_norm', null, '', true);
    case 'non-finite-values':
      return line('gradient_nonfinite_count', null, '', true);
    case 'wrong-gradient':
      return wrongGradient(evidence);
    case 'overfitting':
      return typeof evidence['source'] === 'string' ? line(`metric/${evidence['source']}`, of('best_validation_loss'), 'best') : null;
    default:
      return null;
  }
}
