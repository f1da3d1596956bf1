/** Which step of the baseline a step of another run is held against: the same, the one as long after the start, or the one at the same loss. Pure. */

import type {Lines, Run} from '../api/types';
import {upperBound} from '../chart/columns';
import {convert} from '../chart/lines_model';
import {smooth} from '../chart/smoothing';
import type {Alignment} from '../store/state';
import {sameStep, type Partner} from './compare_tile';

/** A run and its loss, which carries the times of its steps. */
export interface Timed {
  readonly run: Pick<Run, 'started'>;
  readonly loss: Lines;
}

/** Weight of the moving average before the best loss so far is taken, so that one lucky batch does not count. */
const CALM = 0.6;

/** Null where the two cannot be paired that way, e.g. without a loss. */
export function partnerBy(alignment: Alignment, other: Timed | null, base: Timed | null): Partner | null {
  if (alignment === 'step') return sameStep;
  if (!other || !base) return null;
  return alignment === 'relative' ? byTime(other, base) : byLoss(other.loss, base.loss);
}

function seconds({run, loss: {wallTime}}: Timed): readonly number[] {
  const start = run.started ?? wallTime[0] ?? 0;
  let latest = -Infinity; // a restarted run's clock may run back over its steps
  return Array.from(wallTime, (t) => (latest = Math.max(latest, t - start)));
}

function byTime(other: Timed, base: Timed): Partner {
  const [ours, theirs] = [seconds(other), seconds(base)];
  return (step) => {
    const at = convert(other.loss.step, ours, step);
    return at === null || at > (theirs.at(-1) ?? -Infinity) || at < (theirs[0] ?? Infinity) ? null : convert(theirs, base.loss.step, at);
  };
}

/** The lowest smoothed loss up to each step, which never rises; null: no loss was recorded. */
export function bestSoFar({series}: Lines): Float64Array | null {
  const values = series[0]?.last;
  if (!values || !values.some(Number.isFinite)) return null;
  let best = Infinity;
  return Float64Array.from(smooth(values, CALM), (v) => (best = Math.min(best, Number.isFinite(v) ? v : Infinity)));
}

function byLoss(other: Lines, base: Lines): Partner | null {
  const [ours, theirs] = [bestSoFar(other), bestSoFar(base)];
  if (!ours || !theirs) return null;
  const falling = Float64Array.from(theirs, (v) => -v); // ascends, to be searched
  return (step) => {
    const i = Math.min(ours.length - 1, Math.max(0, upperBound(other.step, step) - 1));
    const reached = lowerBound(falling, -(ours[i] ?? NaN));
    return base.step[reached] ?? null; // the baseline never got there
  };
}

/** The first index whose value is at least `value`. */
function lowerBound(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? Infinity) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
