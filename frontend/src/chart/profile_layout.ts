/** A statistic over depth at one step: points beside the rows of a heatmap, and the slope through them. Pure. */

import type {Scale} from '../api/types';
import type {Interval} from './interval';
import type {RowName} from './rows';

/** A run's values at one step, by variable; null: there is no number. */
export interface ProfileInput {
  readonly key: string;
  readonly label: string;
  readonly colour: string;
  readonly dash: readonly number[];
  readonly step: number;
  readonly values: ReadonlyMap<string, number | null>;
}

/** A value on the axis, or at the edge where values without a place stand. */
export interface ProfilePoint {
  readonly row: number;
  /** On the axis (log10 for scale `log`); null: not a number, infinite, or 0 on a log axis. */
  readonly at: number | null;
  readonly value: number;
}

export interface Slope {
  /** Of the axis per row; decades a variable on a log axis. */
  readonly perRow: number;
  readonly atFirst: number;
  readonly points: number;
}

export function profilePoints({values}: ProfileInput, rows: readonly RowName[], scale: Scale): readonly ProfilePoint[] {
  return rows.flatMap(({name}, row) => {
    const value = values.get(name);
    if (value === null || value === undefined) return [];
    const placed = Number.isFinite(value) && (scale === 'linear' || value > 0);
    return [{row, value, at: placed ? (scale === 'log' ? Math.log10(value) : value) : null}];
  });
}

/** Pairs grow with the square: from more points than this, evenly spread ones are taken, so that the slope keeps up with the pointer. */
const MOST_POINTS = 60;

function spread<T>(all: readonly T[]): readonly T[] {
  if (all.length <= MOST_POINTS) return all;
  return Array.from({length: MOST_POINTS}, (_, i) => all[Math.round((i * (all.length - 1)) / (MOST_POINTS - 1))]).flatMap((p) => (p === undefined ? [] : [p]));
}

/** Fewest points that a slope is believed of. */
const LEAST_POINTS = 3;

/**
 * Theil and Sen's line through the points: the median of the slopes between all pairs, which one dead layer does not turn.
 */
export function robustSlope(points: readonly ProfilePoint[]): Slope | null {
  const known = spread(points.flatMap((p) => (p.at === null ? [] : [{row: p.row, at: p.at}])));
  if (known.length < LEAST_POINTS) return null;
  const slopes: number[] = [];
  for (const [i, a] of known.entries()) {
    for (const b of known.slice(i + 1)) slopes.push((b.at - a.at) / (b.row - a.row));
  }
  const perRow = median(slopes);
  return {perRow, atFirst: median(known.map((p) => p.at - perRow * p.row)), points: known.length};
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** The rows a slope over depth is drawn through: weights of two and more dimensions, or all where there are too few. */
export function sloped(points: readonly ProfilePoint[], isMatrix: (row: number) => boolean): readonly ProfilePoint[] {
  const matrices = points.filter((p) => isMatrix(p.row));
  return matrices.length >= LEAST_POINTS ? matrices : points;
}

/** The slope as people say it: `−0.61 decades a layer`, each matrix being a layer. */
export function perLayer(slope: Slope, points: readonly ProfilePoint[]): number {
  const rows = points.map((p) => p.row);
  const reach = Math.max(...rows) - Math.min(...rows);
  return rows.length > 1 ? (slope.perRow * reach) / (rows.length - 1) : 0;
}

/** The horizontal axis for all runs' points. */
export function profileRange(all: readonly (readonly ProfilePoint[])[], scale: Scale, fixed: readonly [number | null, number | null]): Interval {
  const [low, high] = fixed;
  if (scale === 'linear' && low !== null && high !== null) return {from: low, to: high};
  const values = all.flat().flatMap((p) => (p.at === null ? [] : [p.at]));
  if (values.length === 0) return {from: 0, to: 1};
  const [from, to] = [Math.min(...values), Math.max(...values)];
  const pad = Math.max(0.08 * (to - from), scale === 'log' ? 0.25 : Math.abs(to) * 1e-3 || 0.5);
  return {from: from - pad, to: to + pad};
}
