/** Charts as tables, for those who cannot see them and for reading a number off. Pure. */

import type {Tile} from '../api/types';
import {codeText, type Plotted} from '../chart/heat_layout';
import {shortName, type RowName} from '../chart/rows';
import {formatCount, formatNumber} from '../format/numbers';
import type {LineInput} from '../chart/lines_model';
import type {ProfileInput} from '../chart/profile_layout';

export interface Table {
  readonly head: readonly string[];
  /** Each begins with its own heading. */
  readonly rows: readonly (readonly string[])[];
  /** What is left out; empty: nothing. */
  readonly note: string;
}

/** More rows than these are for a file. */
const MOST_ROWS = 50;
const MOST_STEPS = 6;

/** Values by step, a column for each line. */
export function lineTable(lines: readonly LineInput[]): Table {
  const steps = [...new Set(lines.flatMap((l) => Array.from(l.step)))].sort((a, b) => a - b);
  const places = lines.map((l) => new Map(Array.from(l.step, (step, i) => [step, i])));
  const rows = steps.slice(0, MOST_ROWS).map((step) => [formatCount(step), ...lines.map((line, i) => valueAt(line, places[i]?.get(step)))]);
  return {head: ['step', ...lines.map((l) => l.label)], rows, note: cut(steps.length, 'steps')};
}

function valueAt(line: LineInput, place: number | undefined): string {
  const value = place === undefined ? undefined : line.last[place];
  return value === undefined ? '' : formatNumber(value);
}

function cut(count: number, what: string): string {
  return count > MOST_ROWS ? `The first ${MOST_ROWS} of ${formatCount(count)} ${what}.` : '';
}

/** Values by variable, at a few steps from the first to the last. */
export function tileTable(tile: Tile, tileRows: Int32Array, rows: readonly RowName[], statistic: Plotted): Table {
  const columns = spread(tile.columns);
  const body = rows.slice(0, MOST_ROWS).map((row, i) => [shortName(row), ...columns.map((column) => cellAt(tile, tileRows[i] ?? -1, column, statistic))]);
  const steps = tile.columns > columns.length ? `${columns.length} of ${formatCount(tile.columns)} columns of steps.` : '';
  return {head: ['variable', ...columns.map((c) => `step ${formatCount(tile.firstStep[c] ?? 0)}`)], rows: body, note: [cut(rows.length, 'variables'), steps].filter(Boolean).join(' ')};
}

function cellAt(tile: Tile, row: number, column: number, statistic: Plotted): string {
  if (row < 0) return 'not in this run';
  return codeText(tile.codes[row * tile.columns + column] ?? 0, {from: tile.low, to: tile.high}, statistic);
}

/** Some of `count` columns, the first and the last among them. */
function spread(count: number): readonly number[] {
  const some = Math.min(count, MOST_STEPS);
  return Array.from({length: some}, (_, i) => (some === 1 ? 0 : Math.round((i * (count - 1)) / (some - 1))));
}

/** Values over depth at one step, a column for each run. */
export function profileTable(profiles: readonly ProfileInput[], rows: readonly RowName[]): Table {
  const body = rows.slice(0, MOST_ROWS).map((row) => [shortName(row), ...profiles.map((p) => formatNumber(p.values.get(row.name) ?? null))]);
  return {head: ['variable', ...profiles.map((p) => `${p.label}, step ${formatCount(p.step)}`)], rows: body, note: cut(rows.length, 'variables')};
}
