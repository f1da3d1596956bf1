/** One run's tile against another's: what is between them, as a tile of its own. Pure. */

import {CODE, type Statistic, type Tile} from '../api/types';
import {codeToAxis} from '../chart/colour';
import {columnsOfTile, nearestColumn} from '../chart/columns';

/** A tile with the rows of the view that are its own. */
export interface Placed {
  readonly tile: Tile;
  readonly tileRows: Int32Array;
}

/** A difference with no number of its own, or where nothing can be compared. */
type Difference = number | typeof NOTHING | typeof BROKEN;
const NOTHING = 'nothing';
const BROKEN = 'broken';

/** Differences smaller than this are none; a tile needs some length. Decades, or the statistic's unit. */
const LEAST_REACH = 0.01;

/**
 * `other` minus `base` on the axis of the codes: decades for scale `log`, so that 1 is ten times as much. Rows are those
 * of the view, columns those of `other`, each against the column of `base` nearest to it. Where either has no data, or
 * one is exactly zero and the other not, there is nothing to compare.
 */
export function differenceTile(other: Placed, base: Placed, rows: number): Tile {
  const {tile} = other;
  const found = differences(other, base, rows);
  const reach = found.reduce<number>((most, d) => (typeof d === 'number' ? Math.max(most, Math.abs(d)) : most), LEAST_REACH);
  const codes = Uint8Array.from(found, (d) => codeOf(d, reach));
  return {...tile, rows, codes, scale: 'linear', low: -reach, high: reach};
}

function differences(other: Placed, base: Placed, rows: number): Difference[] {
  const baseColumns = columnsOfTile(base.tile);
  const partner = Array.from(other.tile.firstStep, (step) => nearestColumn(baseColumns, step));
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
  if (code === CODE.NONE || baseCode === CODE.NONE) return NOTHING;
  if (code >= CODE.INFINITE || baseCode >= CODE.INFINITE) return BROKEN;
  if (code === CODE.ZERO || baseCode === CODE.ZERO) return code === baseCode ? 0 : NOTHING;
  return valueOf(tile, code) - valueOf(baseTile, baseCode);
}

function valueOf({low, high}: Tile, code: number): number {
  return codeToAxis(code, {from: low, to: high});
}

function codeOf(difference: Difference, reach: number): number {
  if (difference === NOTHING) return CODE.NONE;
  if (difference === BROKEN) return CODE.NAN;
  return CODE.LOWEST + Math.round(((difference + reach) / (2 * reach)) * (CODE.HIGHEST - CODE.LOWEST));
}

/** How the difference of a statistic is spoken of. */
export function differenceStatistic(statistic: Statistic): Statistic {
  const log = statistic.scale === 'log';
  return {
    ...statistic,
    title: `${statistic.title}: ${log ? 'ratio to' : 'difference from'} the baseline`,
    scale: 'linear',
    low: null,
    high: null,
    band: null,
    unit: log ? 'decades' : statistic.unit,
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
      if (code === CODE.NAN || Math.abs(codeToAxis(code, {from: low, to: high})) >= least) apart++;
    }
    if (known > 0 && 2 * apart <= known) return first;
    if (known > 0) first = firstStep[column] ?? null;
  }
  return first;
}
