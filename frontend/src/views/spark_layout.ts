/** Where the points of a small line of the loss lie, in a box of 1000 × 100. Pure. */
import type {Lines} from '../api/types';

export const WIDTH = 1000;
export const HEIGHT = 100;
const PADDING = 6;
/** A loss that spans more than this factor is drawn by its logarithm. */
const LOG_FROM = 20;

export interface Spark {
  /** `d` of an SVG path; a gap where the loss is not finite. */
  readonly path: string;
  /** Pairs of x between which the loss is not finite. */
  readonly broken: readonly (readonly [number, number])[];
  /** First and last finite value. */
  readonly from: number;
  readonly to: number;
  readonly log: boolean;
  /** y of the level that the values are held against; null: there is none. */
  readonly level: number | null;
}

/** x of a step between the first and the last one. */
export function placeStep(step: number, first: number, last: number): number {
  const share = last > first ? (step - first) / (last - first) : 0.5;
  return Math.min(1, Math.max(0, share)) * WIDTH;
}

/** The line of the first series; `null` when no value is finite. */
export function layoutSpark(lines: Lines, first: number, last: number, level: number | null = null): Spark | null {
  const values = lines.series[0]?.last ?? new Float64Array();
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return null;
  const [least, most] = extent(level === null ? finite : Float64Array.of(...finite, level));
  const log = least > 0 && most / least > LOG_FROM;
  const y = placer(log ? Math.log10 : (v) => v, least, most);
  const xs = Array.from(lines.step, (s) => placeStep(s, first, last));
  const rare = finite.length > 1 && !values.some((v, i) => Number.isFinite(v) && Number.isFinite(values[i + 1])); // known now and then: gaps are no breaks
  const at = rare ? [...values.keys()].filter((i) => Number.isFinite(values[i])) : [...values.keys()];
  const [shownXs, shown] = [at.map((i) => xs[i] ?? 0), Float64Array.from(at, (i) => values[i] ?? NaN)];
  return {path: path(shownXs, shown, y), broken: broken(shownXs, shown), from: finite[0]!, to: finite[finite.length - 1]!, log, level: level === null ? null : y(level)};
}

/** Rows of marks so that none covers the one before it: the row of each x, for marks as wide as `width`. */
export function stagger(xs: readonly number[], width: number): readonly number[] {
  const ends: number[] = [];
  return xs.map((x) => {
    const free = ends.findIndex((end) => end <= x);
    const row = free < 0 ? ends.length : free;
    ends[row] = x + width;
    return row;
  });
}

function extent(values: Float64Array): [number, number] {
  return values.reduce<[number, number]>(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
}

function placer(scale: (v: number) => number, least: number, most: number): (v: number) => number {
  const [low, high] = [scale(least), scale(most)];
  const span = high - low || 1;
  return (v) => HEIGHT - PADDING - ((scale(v) - low) / span) * (HEIGHT - 2 * PADDING);
}

function path(xs: readonly number[], values: Float64Array, y: (v: number) => number): string {
  let pen = 'M';
  const parts: string[] = [];
  values.forEach((v, i) => {
    if (Number.isFinite(v)) parts.push(`${pen}${xs[i]!.toFixed(1)} ${y(v).toFixed(1)}`);
    pen = Number.isFinite(v) ? 'L' : 'M';
  });
  return parts.join('');
}

function broken(xs: readonly number[], values: Float64Array): [number, number][] {
  const spans: [number, number][] = [];
  values.forEach((v, i) => {
    if (Number.isFinite(v)) return;
    const end = xs[i + 1] ?? xs[i]!;
    const open = spans[spans.length - 1];
    if (open && open[1] >= xs[i]!) open[1] = end;
    else spans.push([xs[i]!, end]);
  });
  return spans;
}
