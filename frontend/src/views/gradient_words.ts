/** What is said about a gradient check, in sentences. Pure. */

import type {Compared, Finding, GradientCheckPayload, GradientVerdict} from '../api/types';
import {counted, formatCount, formatNumber, formatShare} from '../format/numbers';
import type {Said} from './optimizer_words';

const WRONG: ReadonlySet<GradientVerdict> = new Set(['scaled', 'opposite sign', 'wrong direction']);

/** The first thing to read: the tape's own gradient is the better judge, the loss the second, what else was found the third. */
export function checkHeadline({variables, passive}: GradientCheckPayload, finding: Pick<Finding, 'severity' | 'summary'> | null = null): Said {
  const compared = variables.filter((v) => v.steps > 0);
  const wrong = worstFirst(compared).filter((v) => WRONG.has(v.verdict));
  if (wrong[0]) return {tone: 'error', text: who(wrong, wrong[0], compared.length)};
  if (WRONG.has(passive.verdict)) return {tone: 'error', text: `The gradient is ${formatNumber(passive.factor)} × the derivative of the loss.`};
  if (finding) return {tone: finding.severity, text: finding.summary};
  if (compared.length > 0) return {tone: 'ok', text: `The gradients of ${counted(compared.length, 'variable')} agree with the tape’s own.`};
  if (passive.verdict === 'right') return {tone: 'ok', text: 'The loss changes as the gradients say it must.'};
  return {tone: 'info', text: 'Not checked: nothing that was recorded can tell.'};
}

function who(wrong: readonly Compared[], worst: Compared, compared: number): string {
  const one = `The gradient of ${worst.variable} ${wrongness(worst)}`;
  if (wrong.length === 1) return one;
  return `${wrong.length === compared ? 'Every gradient' : `${formatCount(wrong.length)} of ${formatCount(compared)} gradients`} is wrong. ${one}`.replace('gradients is', 'gradients are');
}

function wrongness({verdict, factor, cosine}: Compared): string {
  switch (verdict) {
    case 'scaled':
      return `is ${formatNumber(factor)} × what it should be.`;
    case 'opposite sign':
      return 'has the opposite sign of the derivative of the loss.';
    default:
      return `points elsewhere than the derivative of the loss: cosine ${formatNumber(cosine)}.`;
  }
}

/** What the change of the loss says. */
export function passiveText({verdict, factor, spread, steps}: GradientCheckPayload['passive']): string {
  switch (verdict) {
    case 'right':
      return `it changes as the gradients promise (factor ${formatNumber(factor)} in ${counted(steps, 'step')}).`;
    case 'scaled':
    case 'opposite sign':
    case 'wrong direction':
      return `its change says that the gradient is ${formatNumber(factor)} × the derivative (${counted(steps, 'step')}).`;
    case 'not steady':
      return `it cannot tell: its change differs from what the gradients promise by another factor at each step (spread ${formatShare(spread ?? 0)}), as with minibatches.`;
    case 'not compared':
      return `it cannot tell: ${steps === 0 ? 'no step' : `only ${counted(steps, 'step')}`} changed it visibly.`;
    default:
      return verdict satisfies never;
  }
}

/** Those that are wrong first, by how far their direction, then their factor, is off; the others in order of depth. */
export function worstFirst(variables: readonly Compared[]): readonly Compared[] {
  const weight = ({verdict, cosine, factor}: Compared): number =>
    WRONG.has(verdict) ? 10 + 10 * (1 - (cosine ?? 1)) + Math.min(9, Math.abs(Math.log10(Math.abs(factor ?? 1) + 1e-9))) : 0;
  return [...variables].sort((a, b) => weight(b) - weight(a));
}
