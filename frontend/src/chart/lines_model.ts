/** From recorded values to what a line chart plots: one axis for all lines, log10, and what is not a number apart. Pure. */

import type {XAxis} from '../store/state';
import {upperBound} from './columns';
import type {Interval} from './interval';
import {smooth} from './smoothing';

/** One line as it comes in. All arrays have the same length; `x` ascends. */
export interface LineInput {
  readonly key: string;
  readonly label: string;
  readonly colour: string;
  readonly dash: readonly number[];
  /** In the unit of the chart's horizontal axis. */
  readonly x: ArrayLike<number>;
  readonly step: ArrayLike<number>;
  readonly last: ArrayLike<number>;
  /** Whether NaN says that there was nothing to compute, as of a quotient without a divisor: then it is no failure to mark. */
  readonly undefinedIsAbsent?: boolean;
  /** The same as `last` where nothing was decimated. */
  readonly min: ArrayLike<number>;
  readonly max: ArrayLike<number>;
}

/** A value that has no place on the axis, shown at its edge instead. */
export type OddKind = 'nan' | 'infinite' | 'minus-infinite' | 'zero' | 'negative';

export interface Odd {
  readonly x: number;
  readonly kind: OddKind;
  readonly line: number;
}

/** A value to plot; null breaks the line, undefined does not: there is no point of this line here. */
export type Ordinate = number | null | undefined;

export interface PlotLine {
  readonly raw: Ordinate[];
  /** null: no smoothing. */
  readonly smooth: Ordinate[] | null;
  /** Ends of the envelope; null: nothing was decimated. */
  readonly low: Ordinate[] | null;
  readonly high: Ordinate[] | null;
}

export interface PlotData {
  readonly x: number[];
  readonly lines: readonly PlotLine[];
  readonly odd: readonly Odd[];
}

export interface LineOptions {
  readonly log: boolean;
  /** Weight of the moving average, 0 to below 1. */
  readonly smoothing: number;
}

export function plotData(lines: readonly LineInput[], options: LineOptions): PlotData {
  const x = mergedAxis(lines.map((l) => l.x));
  const place = new Map(x.map((value, i) => [value, i]));
  return {
    x,
    lines: lines.map((line) => plotLine(line, x.length, place, options)),
    odd: lines.flatMap((line, i) => oddities(line, i, options.log)),
  };
}

/** Every abscissa of the lines once, ascending. */
export function mergedAxis(axes: readonly ArrayLike<number>[]): number[] {
  const all = new Set<number>();
  for (const axis of axes) for (let i = 0; i < axis.length; i++) all.add(axis[i] ?? 0);
  return [...all].sort((a, b) => a - b);
}

function plotLine(line: LineInput, length: number, place: ReadonlyMap<number, number>, {log, smoothing}: LineOptions): PlotLine {
  const spread = (values: ArrayLike<number>): Ordinate[] => {
    const out: Ordinate[] = new Array<Ordinate>(length).fill(undefined);
    for (let i = 0; i < values.length; i++) out[place.get(line.x[i] ?? 0) ?? 0] = ordinate(values[i] ?? NaN, log);
    return out;
  };
  const decimated = line.min !== line.last || line.max !== line.last;
  return {
    raw: spread(line.last),
    smooth: smoothing > 0 ? spread(smooth(line.last, smoothing)) : null,
    low: decimated ? spread(line.min) : null,
    high: decimated ? spread(line.max) : null,
  };
}

/** Where a value lies on the axis; null: nowhere. */
export function ordinate(value: number, log: boolean): number | null {
  if (!Number.isFinite(value)) return null;
  if (!log) return value;
  return value > 0 ? Math.log10(value) : null;
}

/** Why a value has no place on the axis; null: it has one. */
export function oddKind(value: number, log: boolean): OddKind | null {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'infinite' : 'minus-infinite';
  if (!log || value > 0) return null;
  return value === 0 ? 'zero' : 'negative';
}

/** A bucket is odd when any of its values is: the last, the least or the largest. Leading NaN are absence, not failure. */
function oddities(line: LineInput, index: number, log: boolean): readonly Odd[] {
  const out: Odd[] = [];
  for (let i = firstNumber(line.last); i < line.last.length; i++) {
    const kind = oddKind(line.last[i] ?? 0, log) ?? oddKind(line.max[i] ?? 0, log) ?? oddKind(line.min[i] ?? 0, log);
    if (kind && !(kind === 'nan' && line.undefinedIsAbsent)) out.push({x: line.x[i] ?? 0, kind, line: index});
  }
  return out;
}

/** The first index that holds something other than NaN: before, the statistic did not exist yet. */
export function firstNumber(values: ArrayLike<number>): number {
  let i = 0;
  while (i < values.length && Number.isNaN(values[i])) i++;
  return i;
}

/** Share of the values left out at each end where outliers are ignored, as in TensorBoard. */
const OUTLYING = 0.05;

/** Between which values the middle nine tenths of what is visible lie; null: nothing is. */
export function usualExtent({lines}: PlotData, from: number, to: number): Interval | null {
  const values = lines.flatMap(({raw}) => raw.slice(from, to + 1).filter((v): v is number => typeof v === 'number')).sort((a, b) => a - b);
  if (values.length === 0) return null;
  const at = (share: number): number => values[Math.round(share * (values.length - 1))] ?? 0;
  return {from: at(OUTLYING), to: at(1 - OUTLYING)};
}

/** The extent of what is visible between two indices of the axis; null: nothing is. */
export function visibleExtent({lines}: PlotData, from: number, to: number): Interval | null {
  let low = Infinity;
  let high = -Infinity;
  for (const line of lines) {
    for (const values of [line.raw, line.low, line.high]) {
      for (let i = from; values && i <= to; i++) {
        const value = values[i];
        if (value === null || value === undefined) continue;
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
  }
  return low <= high ? {from: low, to: high} : null;
}

/** Fewest decades a log axis shows, so that noise in the third digit does not fill the chart. */
const LEAST_DECADES = 0.5;
/** The same of a linear axis, of the middle: what is constant but for rounding is shown as a constant. */
const LEAST_SHARE = 1e-4;
const PAD = 0.06;

/** The vertical axis for values of this extent. `fixed` ends win, e.g. −1 … 1 of a cosine. */
export function paddedRange(extent: Interval | null, log: boolean, fixed: readonly [number | null, number | null]): Interval {
  const [low, high] = fixed;
  if (low !== null && high !== null && !log) return {from: low - PAD * (high - low), to: high + PAD * (high - low)};
  if (!extent) return {from: 0, to: 1};
  const middle = (extent.from + extent.to) / 2;
  const least = log ? LEAST_DECADES : Math.max(Math.abs(middle) * LEAST_SHARE, Number.MIN_VALUE);
  const half = Math.max(extent.to - extent.from, least) / 2 || 0.5;
  return {from: middle - half * (1 + 2 * PAD), to: middle + half * (1 + 2 * PAD)};
}

/** The index of the point of a line nearest to `x`; −1: it has none. */
export function nearestPoint(axis: ArrayLike<number>, x: number): number {
  if (axis.length === 0) return -1;
  const right = Math.min(axis.length - 1, upperBound(axis, x));
  const left = Math.max(0, right - 1);
  return x - (axis[left] ?? 0) <= (axis[right] ?? 0) - x ? left : right;
}

/** Where a step lies on a horizontal axis in another unit, from points of one line; between points by interpolation. */
export function convert(from: ArrayLike<number>, to: ArrayLike<number>, value: number): number | null {
  if (from.length === 0) return null;
  const right = Math.min(from.length - 1, upperBound(from, value));
  const left = Math.max(0, right - 1);
  const [a, b] = [from[left] ?? 0, from[right] ?? 0];
  const share = b === a ? 0 : (value - a) / (b - a);
  return (to[left] ?? 0) + share * ((to[right] ?? 0) - (to[left] ?? 0));
}

/** Where a step lies on the horizontal axis, by the points of `key`'s line or else the first; null: nowhere. */
export function stepToX({lines, xAxis}: {readonly lines: readonly LineInput[]; readonly xAxis: XAxis}, step: number, key = ''): number | null {
  if (xAxis === 'step') return step;
  const line = lines.find((l) => l.key === key && l.last.length > 0) ?? lines.find((l) => l.last.length > 0);
  const outside = !line || step < (line.step[0] ?? 0) || step > (line.step[line.step.length - 1] ?? 0);
  return outside ? null : convert(line.step, line.x, step);
}

/** The recorded step nearest to a place on the horizontal axis. */
export function xToStep({lines}: {readonly lines: readonly LineInput[]}, x: number): number | null {
  let best: number | null = null;
  let distance = Infinity;
  for (const line of lines) {
    const i = nearestPoint(line.x, x);
    const away = Math.abs((line.x[i] ?? Infinity) - x);
    if (away < distance) [best, distance] = [line.step[i] ?? null, away];
  }
  return best;
}
