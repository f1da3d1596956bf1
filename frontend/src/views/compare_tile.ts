/** One run's tile against another's: what is between them, as a tile of its own. Pure. */

import {CODE, type Statistic, type Tile} from '../api/types';
import {codeToAxis} from '../chart/colour';
import {columnsOfTile, nearestColumn} from '../chart/columns';
import type {Plotted} from '../chart/heat_layout';

/** A tile with the rows of the view that are its own. */
export interface Placed {
  readonly tile: Tile;
  readonly tileRows: Int32Array;
}

/** A difference, or what stands in its place: nothing to compare, not finite, gone to zero, come from zero. */
type Difference = number | 'nothing' | 'broken' | 'vanished' | 'appeared';

/** The step of the baseline that a step is held against; null: there is none. */
export type Partner = (step: number) => number | null;

export const sameStep: Partner = (step) => step;

/** Differences smaller than this are none; a tile needs some length. Decades, or the statistic's unit. */
const LEAST_REACH = 0.01;

/**
 * `other` minus `base` on the axis of the codes: decades for scale `log`, so that 1 is ten times as much. Rows are those
 * of the view, columns those of `other`, each against the column of `base` nearest to it. Where either has no data there
 * is nothing to compare; what is exactly zero in one run only is zero times, or infinitely often, the baseline.
 */
export function differenceTile(other: Placed, base: Placed, rows: number, partnerOf: Partner = sameStep): Tile {
  const {tile} = other;
  const found = differences(other, base, rows, partnerOf);
  const reach = found.reduce<number>((most, d) => (typeof d === 'number' ? Math.max(most, Math.abs(d)) : most), LEAST_REACH);
  const codes = Uint8Array.from(found, (d) => codeOf(d, reach));
  return {...tile, rows, codes, scale: 'linear', low: -reach, high: reach};
}

function differences(other: Placed, base: Placed, rows: number, partnerOf: Partner): Difference[] {
  const baseColumns = columnsOfTile(base.tile);
  const partner = Array.from(other.tile.firstStep, (step) => {
    const paired = partnerOf(step);
    return paired === null ? -1 : nearestColumn(baseColumns, paired);
  });
  const out: Difference[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < other.tile.columns; column++) {
      out.push(difference(other.tile, codeAt(other, row, column), base.tile, codeAt(base, row, partner[column] ?? -1)));
    }
  }
  return out;
}

function codeAt({tile, tileRows}: Placed, row: number, column: number): number {
  const source = tileRows[row] ?? -1;
  return source < 0 || column < 0 ? CODE.NONE : (tile.codes[source * tile.columns + column] ?? CODE.NONE);
}

function difference(tile: Tile, code: number, baseTile: Tile, baseCode: number): Difference {
  if (code === CODE.NONE || baseCode === CODE.NONE) return 'nothing';
  if (code >= CODE.INFINITE || baseCode >= CODE.INFINITE) return 'broken';
  if (code === baseCode && code === CODE.ZERO) return 0;
  if (code === CODE.ZERO) return 'vanished';
  if (baseCode === CODE.ZERO) return 'appeared';
  return valueOf(tile, code) - valueOf(baseTile, baseCode);
}

function valueOf({low, high}: Tile, code: number): number {
  return codeToAxis(code, {from: low, to: high});
}

function codeOf(difference: Difference, reach: number): number {
  switch (difference) {
    case 'nothing':
      return CODE.NONE;
    case 'broken':
      return CODE.NAN;
    case 'vanished':
      return CODE.ZERO;
    case 'appeared':
      return CODE.INFINITE;
    default:
      return CODE.LOWEST + Math.round(((difference + reach) / (2 * reach)) * (CODE.HIGHEST - CODE.LOWEST));
  }
}

/** How the difference of a statistic is spoken of. */
export function differenceStatistic(statistic: Statistic): Plotted {
  const log = statistic.scale === 'log';
  return {
    ...statistic,
    title: `${statistic.title}: ${log ? 'ratio to' : 'difference from'} the baseline`,
    scale: 'linear',
    low: null,
    high: null,
    band: null,
    unit: log ? 'decades' : statistic.unit,
    ...(log ? {words: {zero: '0, but not in the baseline', infinite: '0 in the baseline only'}} : {}),
  };
}

/** The first step from which most rows differ by at least `least` and keep doing so to the end; null: they never do. */
export function divergesAt({codes, rows, columns, low, high, firstStep}: Tile, least: number): number | null {
  let first: number | null = null;
  for (let column = columns - 1; column >= 0; column--) {
    let known = 0;
    let apart = 0;
    for (let row = 0; row < rows; row++) {
      const code = codes[row * columns + column] ?? CODE.NONE;
      if (code === CODE.NONE) continue;
      known++;
      if (isSpecial(code) || Math.abs(codeToAxis(code, {from: low, to: high})) >= least) apart++;
    }
    if (known > 0 && 2 * apart <= known) return first;
    if (known > 0) first = firstStep[column] ?? null;
  }
  return first;
}

/** Whether runs are as far apart as they can be. */
function isSpecial(code: number): boolean {
  return code === CODE.ZERO || code > CODE.HIGHEST;
}
