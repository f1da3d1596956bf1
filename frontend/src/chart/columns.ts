/** Which steps a tile's columns cover and which column a pixel shows. Pure. */

import type {Interval} from './interval';
import {fromPixel} from './interval';

/** The stretch of the step axis that each column fills, ascending and without overlap. */
export interface Columns {
  readonly start: Float64Array;
  readonly end: Float64Array;
}

/** A column reaches to the next one, unless that is further away than this many usual distances: then there is a gap. */
const GAP = 2.5;

/** The usual distance between columns: the median, so that one gap does not move it; 1 when there is only one. */
export function spacing(first: ArrayLike<number>): number {
  if (first.length < 2) return 1;
  const steps = Array.from({length: first.length - 1}, (_, i) => (first[i + 1] ?? 0) - (first[i] ?? 0)).sort((a, b) => a - b);
  return Math.max(steps[Math.floor(steps.length / 2)] ?? 1, Number.MIN_VALUE);
}

const known = new WeakMap<object, Columns>();

/** The columns of a tile, worked out once. */
export function columnsOfTile(tile: {readonly firstStep: Float64Array; readonly lastStep: Float64Array}): Columns {
  const columns = known.get(tile) ?? columnsOf(tile.firstStep, tile.lastStep);
  known.set(tile, columns);
  return columns;
}

/** The columns of a tile from the first and the last step that each covers. */
export function columnsOf(first: ArrayLike<number>, last: ArrayLike<number>): Columns {
  const usual = spacing(first);
  const end = new Float64Array(first.length);
  for (let i = 0; i < first.length; i++) {
    const next = first[i + 1];
    const reach = (last[i] ?? 0) + (first.length === 1 ? 1 : usual);
    const gap = next === undefined || next - (last[i] ?? 0) > GAP * usual;
    end[i] = gap ? reach : next;
  }
  return {start: Float64Array.from(first), end};
}

/** The column that holds `step`; −1 in a gap or outside. */
export function columnAt(columns: Columns, step: number): number {
  const i = upperBound(columns.start, step) - 1;
  return i >= 0 && step < (columns.end[i] ?? -Infinity) ? i : -1;
}

/** The column nearest to `step`; −1 when there is none. */
export function nearestColumn(columns: Columns, step: number): number {
  const count = columns.start.length;
  if (count === 0) return -1;
  const i = Math.min(count - 1, Math.max(0, upperBound(columns.start, step) - 1));
  const next = Math.min(count - 1, i + 1);
  return step >= (columns.end[i] ?? 0) && (columns.start[next] ?? 0) - step < step - (columns.end[i] ?? 0) ? next : i;
}

/** The first index whose value is above `value`. */
export function upperBound(sorted: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? Infinity) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** For each of a row of pixels the source indices `from` … `to` − 1 that it shows; none where from = to. */
export interface Spans {
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/** The columns under each of `pixels` pixels that show `domain`. */
export function pixelColumns(columns: Columns, domain: Interval, pixels: number): Spans {
  const from = new Int32Array(pixels);
  const to = new Int32Array(pixels);
  for (let x = 0; x < pixels; x++) {
    const left = fromPixel(domain, pixels, x);
    const right = fromPixel(domain, pixels, x + 1);
    from[x] = upperBound(columns.end, left);
    to[x] = Math.max(from[x] ?? 0, lowerBound(columns.start, right));
  }
  return {from, to};
}

function lowerBound(sorted: Float64Array, value: number): number {
  let i = upperBound(sorted, value);
  while (i > 0 && sorted[i - 1] === value) i--;
  return i;
}
