/** What another learning rate would do, from the curvature that was measured. Pure. */

import type {Behaviour, Stability} from '../api/types';
import {upperBound} from '../chart/columns';
import {between, type Interval} from '../chart/interval';

/** `stable` and `unknown` where batches differ: then the curvature is an upper bound, and the limit lies at or above what it gives. */
export type Fate = Behaviour | 'stable' | 'unknown';

export interface Prediction {
  readonly fate: Fate;
  /** The stability number at the typical curvature. */
  readonly number: number;
  /** What a step multiplies the distance from the minimum by, in the long run. */
  readonly root: number;
  /** Share of the steps measured whose own curvature would put them beyond the limit, 0 to 1. */
  readonly beyond: number;
}

/** A stretch of learning rates that share a fate, as shares of the axis. */
export interface Stretch {
  readonly fate: Fate;
  readonly from: number;
  readonly to: number;
}

/** Decades shown below and above of what was used and of the limit. */
const ROOM = 0.8;

/** The median curvature; null: it is not positive, and then no learning rate has a limit. */
export function typicalCurvature({curvature}: Stability): number | null {
  const middle = curvature[(curvature.length - 1) / 2] ?? NaN;
  return middle > 0 ? middle : null;
}

/** The learning rate at the limit; null: there is none. */
export function largestStable(stability: Stability): number | null {
  const curvature = typicalCurvature(stability);
  return curvature === null ? null : stability.limit / curvature;
}

/** What another learning rate would do; `told`: the largest stable one where the diagnosis knows it, of the steps that mattered. */
export function predict(stability: Stability, rate: number, told: number | null = null): Prediction {
  const {curvature, limit} = stability;
  const number = rate * (typicalCurvature(stability) ?? 0);
  const beyond = curvature.filter((h) => rate * h > limit).length / Math.max(1, curvature.length);
  return {fate: told !== null && rate > told ? 'diverging' : fateOf(stability, number), number, root: rootAt(stability, number), beyond};
}

function fateOf({regions, noisy}: Stability, number: number): Fate {
  const region = regions.find((r) => number >= r.start && number < r.end);
  const fate = region?.behaviour ?? 'diverging';
  if (!noisy) return fate;
  return fate === 'diverging' ? 'unknown' : 'stable';
}

function rootAt({response: {number: at, root}}: Stability, number: number): number {
  const last = at.length - 1;
  const right = Math.min(last, Math.max(1, upperBound(at, number)));
  const [a, b] = [at[right - 1] ?? 0, at[right] ?? 1];
  const [from, to] = [root[right - 1] ?? 1, root[right] ?? 1];
  return from + ((number - a) / (b - a)) * (to - from); // beyond the curve it goes on as it ended
}

/** The learning rates to choose from, in log10. */
export function rateDomain(stability: Stability, told: number | null = null): Interval {
  const known = [stability.learning_rate, largestStable(stability) ?? stability.learning_rate, told ?? stability.learning_rate].filter((r) => r > 0).map(Math.log10);
  const {from, to} = known.length > 0 ? between(Math.min(...known), Math.max(...known)) : {from: -3, to: -1};
  return {from: from - ROOM, to: to + ROOM};
}

/** The fates along `domain`, in log10 of the learning rate; neighbours of one fate are one stretch. */
export function stretches(stability: Stability, domain: Interval, told: number | null = null): readonly Stretch[] {
  const curvature = typicalCurvature(stability);
  if (curvature === null) return [];
  const share = (number: number): number => Math.min(1, Math.max(0, (Math.log10(number / curvature) - domain.from) / (domain.to - domain.from)));
  const all = stability.regions.map(({start, end}) => ({fate: fateOf(stability, start), from: share(start), to: Number.isFinite(end) ? share(end) : 1}));
  const out: Stretch[] = [];
  const end = told === null ? 1 : share(told * curvature);
  const cut = [...all.map((s) => ({...s, to: Math.min(s.to, end)})), {fate: 'diverging' as const, from: end, to: 1}];
  for (const next of cut.filter((s) => s.to > s.from)) {
    const before = out.at(-1);
    if (before?.fate === next.fate) out[out.length - 1] = {...before, to: next.to};
    else out.push(next);
  }
  return out;
}
