/** Tick positions and their labels. Pure. */

import {formatCount, formatNumber} from '../format/numbers';

export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** Units that large steps are written in. */
const UNITS = [[1e9, 'G'], [1e6, 'M'], [1e3, 'k']] as const;
const NICE = [1, 2, 5, 10] as const;
/** Distances between labelled decades that read well. */
const DECADES = [1, 2, 3, 5, 10, 20, 50, 100] as const;
/** Below this many decades powers of ten are too few to read a value from. */
const FEW_DECADES = 2;
/** From here on, in decades, 1, 2 and 5 are enough of them. */
const ONE_TWO_FIVE = 0.7;

/** The smallest of 1, 2, 5 × 10^k that divides `span` into at most `count` parts. */
export function niceStep(span: number, count: number): number {
  const raw = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = NICE.find((n) => n * power >= raw * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** Multiples of a nice step within `low` … `high`, at most about `count`; empty unless low < high. */
export function linearTicks(low: number, high: number, count: number, least = 0): number[] {
  if (!(high > low) || !Number.isFinite(high - low)) return [];
  return multiples(low, high, Math.max(niceStep(high - low, count), least));
}

/** Multiples of `step` within `low` … `high`. */
function multiples(low: number, high: number, step: number): number[] {
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({length: Math.max(0, last - first + 1)}, (_, i) => round((first + i) * step, step));
}

/** Labelled ticks of an axis of steps: whole numbers, in thousands where all of them are that large and round. */
export function stepTicks(low: number, high: number, count: number): Tick[] {
  const steps = linearTicks(low, high, count, 1);
  const unit = UNITS.find(([size]) => steps.every((s) => s % (size / 10) === 0) && (steps.at(-1) ?? 0) >= 5 * size);
  const label = (step: number): string => (unit && step !== 0 ? `${step / unit[0]}${unit[1]}` : formatCount(step));
  return steps.map((at) => ({at, label: label(at)}));
}

/** Lengths of time in seconds that divide well. */
const TIMES = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400] as const;

/** Labelled ticks of an axis of seconds since the start of a run. */
export function timeTicks(low: number, high: number, count: number): Tick[] {
  if (!(high > low)) return [];
  const step = TIMES.find((t) => (high - low) / t <= count && high - low > 5) ?? niceStep(high - low, count);
  return multiples(low, high, step).map((at) => ({at, label: duration(at)}));
}

/** Labelled ticks of an axis of Unix seconds, in the reader's own time zone; the day stands where it changes. */
export function clockTicks(low: number, high: number, count: number): Tick[] {
  const zone = new Date(low * 1000).getTimezoneOffset() * 60;
  let day = '';
  return timeTicks(low - zone, high - zone, count).map(({at}) => {
    const date = new Date((at + zone) * 1000);
    const today = `${date.getMonth() + 1}/${date.getDate()}`;
    const label = today === day ? clock(date, high - low) : `${today} ${clock(date, high - low)}`;
    day = today;
    return {at: at + zone, label};
  });
}

function clock(date: Date, range: number): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return range < 600 ? `${minutes}:${two(date.getSeconds())}` : minutes;
}

/** A duration in seconds for an axis: `45 s`, `3 m 20 s`, `2 h 5 m`. */
export function duration(seconds: number): string {
  const sign = seconds < 0 ? '−' : '';
  const size = Math.abs(seconds);
  if (size < 60) return `${sign}${formatNumber(size)} s`;
  if (size < 3600) return sign + pair(Math.round(size), 60, 'm', 's');
  return sign + (size < 86400 ? pair(Math.round(size / 60), 60, 'h', 'm') : pair(Math.round(size / 3600), 24, 'd', 'h'));
}

function pair(whole: number, base: number, major: string, minor: string): string {
  const rest = whole % base;
  const head = `${Math.floor(whole / base)} ${major}`;
  return rest === 0 ? head : `${head} ${rest} ${minor}`;
}

/** Whole exponents within `low` … `high`, thinned to at most about `count`. */
export function decadeTicks(low: number, high: number, count: number): number[] {
  if (!(high >= low)) return [];
  const step = DECADES.find((d) => (high - low) / d <= count) ?? niceStep(high - low, count);
  return multiples(low, high, step);
}

/** Labelled ticks of an axis in log10: powers of ten, or round numbers where the range is short. */
export function logTicks(low: number, high: number, count: number): Tick[] {
  if (high - low >= FEW_DECADES) return decadeTicks(low, high, count).map((k) => ({at: k, label: power(k)}));
  const values = high - low >= ONE_TWO_FIVE ? oneTwoFive(low, high) : linearTicks(10 ** low, 10 ** high, count);
  const ticks = values.filter((v) => v > 0).map((v) => ({at: Math.log10(v), label: formatNumber(v)}));
  return apart(ticks, (0.7 * (high - low)) / Math.max(1, count));
}

/** 1, 2 and 5 of every decade within. */
function oneTwoFive(low: number, high: number): number[] {
  const decades = Array.from({length: Math.ceil(high) - Math.floor(low) + 1}, (_, i) => Math.floor(low) + i);
  return decades.flatMap((k) => [1, 2, 5].map((n) => Number(`${n}e${k}`))).filter((v) => v >= 10 ** low && v <= 10 ** high);
}

/** Leaves out every tick nearer than `least` to the one kept before it. */
function apart(ticks: readonly Tick[], least: number): Tick[] {
  const kept: Tick[] = [];
  for (const tick of ticks) if (tick.at - (kept.at(-1)?.at ?? -Infinity) >= least) kept.push(tick);
  return kept;
}

/** Labelled ticks of a linear axis. */
export function plainTicks(low: number, high: number, count: number): Tick[] {
  return labelled(linearTicks(low, high, count));
}

const FEWEST_DIGITS = 3;
/** What is nearer to each other than this is noise of float32. */
const MOST_DIGITS = 8;

/** With as many digits as it takes to tell neighbours apart: 2.3025, 2.303, 2.3035. */
function labelled(values: readonly number[]): Tick[] {
  for (let digits = FEWEST_DIGITS; ; digits++) {
    const labels = values.map((v) => formatNumber(v, digits));
    if (digits >= MOST_DIGITS || new Set(labels).size === labels.length) return values.map((at, i) => ({at, label: labels[i] ?? ''}));
  }
}

const SUPERSCRIPT = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** `10⁻³` for −3. */
export function power(exponent: number): string {
  const digits = [...String(Math.abs(exponent))].map((d) => SUPERSCRIPT[Number(d)] ?? d).join('');
  return `10${exponent < 0 ? '⁻' : ''}${digits}`;
}

function round(value: number, step: number): number {
  const digits = Math.max(0, Math.min(100, 2 - Math.floor(Math.log10(step))));
  const fixed = digits > 20 ? value : Number(value.toFixed(digits));
  return fixed === 0 ? 0 : fixed;
}
