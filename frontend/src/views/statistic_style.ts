/** How a statistic is drawn: its colours, the ends of its axis, its reference bands. Pure. */

import {CODE, type Region, type Statistic, type Tile} from '../api/types';
import type {ColourMap} from '../chart/colour';
import {codeToAxis, commonRange} from '../chart/colour';
import type {Interval} from '../chart/interval';
import type {Band} from '../chart/lines_draw';
import {formatNumber} from '../format/numbers';
import type {Palette} from '../store/state';

/** Where a signed statistic changes its meaning; null: it is not signed. */
export function centreOf({scale, low, high}: Statistic): number | null {
  if (scale === 'log' || (low !== null && low >= 0)) return null;
  return low !== null && high !== null ? (low + high) / 2 : 0;
}

export function colourMapOf(statistic: Statistic, palette: Palette): ColourMap {
  return centreOf(statistic) === null ? palette : 'diverging';
}

/** Share of the values left out at each end of a trimmed range. */
const TRIM = 0.01;

/**
 * The one range of colours of several tiles: the statistic's own where it has one. `trim` leaves out the outermost
 * values, so that one explosion does not paint everything before it in one colour; they take the colours of the ends.
 */
export function shownRange(statistic: Statistic, tiles: readonly Tile[], trim = false): Interval {
  const {scale, low, high} = statistic;
  if (scale === 'linear' && low !== null && high !== null) return {from: low, to: high};
  const known = tiles.filter(hasValues);
  const ranges = known.map((t) => ({from: t.low, to: t.high}));
  return commonRange(trim && known.length > 0 ? [quantiles(known, TRIM)] : ranges, centreOf(statistic));
}

/** All that colours could cover: the ends between which those that are shown can be moved. */
export function fullRange(statistic: Statistic, tiles: readonly Tile[]): Interval {
  return shownRange(statistic, tiles);
}

/** Between which values all but a share of `trim` at each end lie. */
function quantiles(tiles: readonly Tile[], trim: number): Interval {
  const values: {readonly at: number; readonly count: number}[] = [];
  for (const {codes, low, high} of tiles) {
    const counts = new Uint32Array(256);
    for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
    for (let code: number = CODE.LOWEST; code <= CODE.HIGHEST; code++) values.push({at: codeToAxis(code, {from: low, to: high}), count: counts[code] ?? 0});
  }
  values.sort((a, b) => a.at - b.at);
  const total = values.reduce((sum, v) => sum + v.count, 0);
  return {from: quantile(values, trim * total), to: quantile(values, (1 - trim) * total)};
}

function quantile(values: readonly {readonly at: number; readonly count: number}[], wanted: number): number {
  let passed = 0;
  for (const {at, count} of values) {
    passed += count;
    if (count > 0 && passed > wanted) return at;
  }
  return values.findLast((v) => v.count > 0)?.at ?? 0;
}

function hasValues({codes}: Tile): boolean {
  return codes.some((code) => code >= CODE.LOWEST && code <= CODE.HIGHEST);
}

/** Whether lines of this statistic are on a log axis: those of scale `log`, and a loss that is never negative. */
export function onLogAxis({scale, name}: Statistic, wanted: boolean, least: number): boolean {
  return wanted && (scale === 'log' || (name === 'loss' && least > 0));
}

/** Statistics of the ratio of one step to the one before: the sign and size of it are regions with names. */
const REGIONS: Readonly<Record<string, readonly Band[]>> = {
  overshoot: ratioRegions('past the minimum'),
  multiplier: ratioRegions('oscillating'),
  cosine_update_previous_update: [
    {from: 0.5, to: 2, label: 'keeps its direction', tone: 'good'},
    {from: -2, to: -0.5, label: 'turns back', tone: 'caution'},
  ],
};

function ratioRegions(negative: string): readonly Band[] {
  return [
    {from: 0, to: 1, label: 'monotone', tone: 'good'},
    {from: -1, to: 0, label: negative, tone: 'caution'},
    {from: -1e300, to: -1, label: 'diverging', tone: 'bad'},
  ];
}

/** The regions of a stability number, as they are shaded. */
export function stabilityBands(regions: readonly Region[]): readonly Band[] {
  const tones = {monotone: 'good', oscillating: 'caution', diverging: 'bad'} as const;
  const bands = regions.map(({behaviour, start, end}) => ({from: start, to: Number.isFinite(end) ? end : 1e300, label: behaviour, tone: tones[behaviour]}));
  return bands.filter((b) => b.to > b.from);
}

/** What is shaded behind the lines of a statistic, in units of the axis. */
export function bandsOf(statistic: Statistic, log: boolean): readonly Band[] {
  const regions = REGIONS[statistic.name];
  if (regions) return regions;
  const {band} = statistic;
  if (!band || band[0] === band[1]) return [];
  const [from, to] = log ? [Math.log10(band[0]), Math.log10(band[1])] : band;
  return [{from, to, label: `usual ${formatNumber(band[0])} … ${formatNumber(band[1])}`, tone: 'good'}];
}

/** Groups of the picker, by what the statistics tell; what is in none comes last. */
const GROUPS: readonly (readonly [title: string, names: RegExp])[] = [
  ['Size', /_norm$|_rms$|_ratio$|^gradient_max$/],
  ['Direction', /^cosine_/],
  ['Oscillation and stability', /^(overshoot|multiplier|curvature|step_size)$|stability|effective/],
  ['Zeros and non-finite values', /zero|nonfinite|dead/],
];

export interface StatisticGroup {
  readonly title: string;
  readonly statistics: readonly Statistic[];
}

export function groupStatistics(statistics: readonly Statistic[]): readonly StatisticGroup[] {
  const groupOf = (s: Statistic): string => GROUPS.find(([, names]) => names.test(s.name))?.[0] ?? 'More';
  return [...GROUPS.map(([title]) => title), 'More']
    .map((title) => ({title, statistics: statistics.filter((s) => groupOf(s) === title)}))
    .filter((g) => g.statistics.length > 0);
}
