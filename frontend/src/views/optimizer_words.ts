/** What is said about an optimizer, in sentences. Pure. */

import type {Finding, OptimizerPayload, Setting, Stability} from '../api/types';
import {formatCount, formatNumber, formatShare} from '../format/numbers';
import type {Tone} from './severity';
import {largestStable, predict, typicalCurvature, type Prediction} from './what_if_layout';

/** What a ringing must leave of itself at each step to be worth a word. */
const SLOW = 0.9;

export interface Said {
  readonly tone: Tone;
  readonly text: string;
}

/** Share of the steps beyond the limit from which that is the rule, and not the luck of a batch. */
const OFTEN = 0.1;
/** Stability number over its limit from which a person should know how near it is. */
const NEAR = 0.8;

/** The family, as updates or settings tell it. */
export function familyOf({family, optimizer}: OptimizerPayload): string {
  const found = family === 'unknown' ? null : {'gradient descent': 'Gradient descent', momentum: 'Momentum', nesterov: 'Nesterov momentum'}[family];
  const name = optimizer?.class ?? null;
  if (found && name) return `${name}: ${found.toLowerCase()}`;
  return found ?? name ?? 'Not identified';
}

/** The first thing to read. */
export function headline({stability, settings}: OptimizerPayload, finding: Pick<Finding, 'severity' | 'summary'> | null = null): Said {
  if (finding && (!stability || stability.noisy)) return {tone: finding.severity, text: finding.summary}; // it saw through the noise
  const odd = settings.filter((s) => s.agrees === false);
  if (stability && beyondLimit(stability)) return {tone: beyondTone(stability), text: diverging(stability)};
  if (odd[0]) return {tone: 'warning', text: `The updates do not show the ${settingName(odd[0])} that was configured.`};
  if (!stability) return {tone: 'info', text: 'Its stability was not measured.'};
  if (stability.noisy) return {tone: 'info', text: `Steps stay within the limit of ${formatNumber(stability.limit)}, as far as the noise of the batches lets it be seen.`};
  const {number, limit} = stability;
  if (number > NEAR * limit) return {tone: 'warning', text: `Stability number ${formatNumber(number)}: at the edge, the limit is ${formatNumber(limit)}.`};
  const {fate, root} = predict(stability, stability.learning_rate);
  if (fate === 'oscillating' && root > SLOW) return {tone: 'info', text: `Stable, but it rings: each oscillation is only ${formatNumber(100 * (1 - root))}\u00a0% smaller after a step${stability.momentum > 0 ? `, with momentum ${formatNumber(stability.momentum)}` : ''}.`};
  return {tone: 'ok', text: `Stable: the stability number ${formatNumber(number)} is below its limit ${formatNumber(limit)}.`};
}

function beyondLimit({number, limit, above, steps}: Stability): boolean {
  return number > limit || above > OFTEN * steps;
}

/** Between batches that differ the stability number is an upper bound: beyond the limit it is a reason to look, and no proof. */
function beyondTone({noisy, number, limit}: Stability): Tone {
  if (!noisy) return 'error';
  return number > limit ? 'warning' : 'info';
}

function diverging(stability: Stability): string {
  const {learning_rate: rate, above, steps, first_above: first, number, limit} = stability;
  const largest = largestStable(stability);
  if (number <= limit) return `${formatCount(above)} of ${formatCount(steps)} steps ${stability.noisy ? 'seem to ' : ''}lie beyond the stability limit, the first at step ${formatCount(first ?? 0)}${stability.noisy ? '; the noise of the batches alone can look like that' : ''}.`;
  const bound = largest === null ? '' : ` The largest stable learning rate here is ${formatNumber(largest)}.`;
  return `The learning rate ${formatNumber(rate)} is too high: stability number ${formatNumber(number)}, limit ${formatNumber(limit)}.${bound}`;
}

/** What the diagnosis says of a learning rate beyond its limit: it looks at the steps that mattered, not at all of them. */
export function rateFinding(findings: readonly Finding[]): Finding | null {
  return findings.find((f) => f.id === 'high-learning-rate' && f.severity !== 'info' && largestTold(f) !== null) ?? null;
}

/** The largest stable learning rate that a finding names; null: it names none. */
export function largestTold(finding: Finding | null): number | null {
  const told = finding?.evidence['largest_stable_learning_rate'];
  return typeof told === 'number' && told > 0 ? told : null;
}

/** The settings worth a row: no weight decay that nobody asked for and that is not there. */
export function worthARow(settings: readonly Setting[]): readonly Setting[] {
  return settings.filter(({name, configured, identified}) => name !== 'weight_decay' || Boolean(configured) || Boolean(identified));
}

/** `learning_rate` as `learning rate`. */
export function settingName({name}: Pick<Setting, 'name'>): string {
  return name.replaceAll('_', ' ');
}

/** What the learning rate of a prediction would do. */
export function foretold(stability: Stability, {fate, number, root, beyond}: Prediction, told: number | null = null): Said {
  if (told !== null && fate === 'diverging') return {tone: 'error', text: `Diverges: the largest stable learning rate is ${formatNumber(told)}.`};
  const of = `stability number ${formatNumber(number)}, limit ${formatNumber(stability.limit)}`;
  switch (fate) {
    case 'stable':
      return {tone: 'ok', text: `Stable: stability number at most ${formatNumber(number)}, limit ${formatNumber(stability.limit)}.`};
    case 'unknown':
      return {tone: 'info', text: 'Cannot be told: batches differ, and their noise hides the limit. Pass loss_fn= to log_step to measure it on one batch.'};
    case 'diverging':
      return {tone: 'error', text: `Diverges: ${of}. ${grows(stability, root)}`};
    case 'oscillating':
      return {tone: 'warning', text: `Oscillates and settles: ${of}. ${shrinks(stability, root)}${some(beyond)}`};
    case 'monotone':
      return {tone: 'ok', text: `Straight down: ${of}. ${shrinks(stability, root)}${some(beyond)}`};
    default:
      return fate satisfies never;
  }
}

function grows({basis}: Stability, root: number): string {
  return basis === 'step' ? 'A step ends higher than it began.' : `Each step takes it ${formatNumber(root)} times as far from the minimum.`;
}

function shrinks({basis}: Stability, root: number): string {
  if (basis === 'step') return `A step leaves ${formatShare(root)} of the slope it began with.`;
  return root < 1e-3 ? 'One step reaches the minimum.' : `Each step leaves ${formatNumber(root)} of the distance from the minimum.`;
}

function some(beyond: number): string {
  return beyond > 0 ? ` In ${formatShare(beyond)} of the measured steps the curvature was higher, and it would be beyond the limit.` : '';
}

/** Where the curvature comes from; empty: there is none. */
export function provenance(stability: Stability): string {
  const curvature = typicalCurvature(stability);
  const measured = `Curvature ${curvature === null ? 'not positive' : formatNumber(curvature)} along the steps, median of ${formatCount(stability.steps)}`;
  if (stability.source === 'same batch') return `${measured}, each measured on one batch before and after its update.`;
  return stability.noisy
    ? `${measured}, between batches that differ: an upper bound, since their noise alone gives a stability number near 1.`
    : `${measured}, between successive steps.`;
}
