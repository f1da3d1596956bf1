/** Where everything of a heatmap lies, in CSS pixels, and what lies at a point. Pure. */

import {CODE, type Pool, type Statistic} from '../api/types';
import {codeToAxis} from './colour';
import type {Columns} from './columns';
import {columnAt, nearestColumn} from './columns';
import type {Interval} from './interval';
import {fromPixel, toPixel} from './interval';
import {formatCount, formatNumber} from '../format/numbers';
import type {Keep} from './resample';
import type {RowView} from './rows';

export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What turns a point into a row and a step, and back. */
export interface HeatLayout {
  readonly width: number;
  readonly height: number;
  readonly plot: Rect;
  readonly domain: Interval;
  readonly rows: RowView;
}

export const MARGIN = {top: 14, right: 1, bottom: 24} as const;
/** Without names beside it a plot still needs room for half a label of the axis below. */
export const BARE_AXIS = 12;
/** The arrow before the name of a layer, which opens and closes it. */
export const ARROW_WIDTH = 14;

export function heatLayout(width: number, height: number, axis: number, domain: Interval, rows: RowView): HeatLayout {
  const plot = {
    left: axis,
    top: MARGIN.top,
    width: Math.max(1, width - axis - MARGIN.right),
    height: Math.max(1, height - MARGIN.top - MARGIN.bottom),
  };
  return {width, height, plot, domain, rows};
}

/** The row at height `y`; −1 outside the plot. */
export function rowAt({plot, rows}: HeatLayout, y: number): number {
  const place = (y - plot.top) / plot.height;
  return place >= 0 && place < 1 && rows.count > 0 ? rows.first + Math.floor(place * rows.count) : -1;
}

/** Upper edge of a row. */
export function rowTop({plot, rows}: HeatLayout, row: number): number {
  return plot.top + ((row - rows.first) / Math.max(1, rows.count)) * plot.height;
}

export function rowHeight({plot, rows}: HeatLayout): number {
  return plot.height / Math.max(1, rows.count);
}

export function stepToX({plot, domain}: HeatLayout, step: number): number {
  return plot.left + toPixel(domain, plot.width, step);
}

export function xToStep({plot, domain}: HeatLayout, x: number): number {
  return fromPixel(domain, plot.width, x - plot.left);
}

export function insidePlot({plot}: HeatLayout, x: number, y: number): boolean {
  return x >= plot.left && x < plot.left + plot.width && y >= plot.top && y < plot.top + plot.height;
}

/** The height of a plot whose rows are easy to tell apart, as far as the screen allows. */
export function plotHeight(rows: number, available: number): number {
  return Math.round(Math.min(Math.max(rows * 20, 132), Math.max(220, available)));
}

/** One cell: a row of the heatmap and a column of the tile; −1 where there is none. */
export interface Cell {
  readonly row: number;
  readonly column: number;
}

export function cellAt(layout: HeatLayout, columns: Columns, x: number, y: number): Cell {
  return {row: rowAt(layout, y), column: columnAt(columns, xToStep(layout, x))};
}

/** The cell next to `cell`, within `rows` rows and the columns of the tile. */
export function moveCell(cell: Cell, down: number, right: number, rows: number, columns: number): Cell {
  const clamp = (value: number, count: number): number => Math.max(0, Math.min(count - 1, value));
  return {row: clamp(cell.row + down, rows), column: clamp(cell.column + right, columns)};
}

/** The cell that a cursor at `step` in `row` names. */
export function cellOf(columns: Columns, row: number, step: number): Cell {
  return {row, column: nearestColumn(columns, step)};
}

/** A statistic as a heatmap shows it. */
export interface Plotted extends Statistic {
  /** What the codes of zero and of infinity mean, where that is not zero and infinity. */
  readonly words?: {readonly zero: string; readonly infinite: string};
}

/** What a code says, in words and three digits. */
export function codeText(code: number, range: Interval, statistic: Pick<Plotted, 'scale' | 'words'>): string {
  switch (code) {
    case CODE.NONE:
      return 'no data';
    case CODE.ZERO:
      return statistic.words?.zero ?? 'exactly 0';
    case CODE.INFINITE:
      return statistic.words?.infinite ?? 'infinite';
    case CODE.NAN:
      return 'NaN';
    default: {
      const value = codeToAxis(code, range);
      return formatNumber(statistic.scale === 'log' ? 10 ** value : value);
    }
  }
}

/** `step 400`, or `max of steps 400–407` for a column that covers several. */
export function columnText(first: number, last: number, pool: Pool): string {
  return first === last ? `step ${formatCount(first)}` : `${pool} of steps ${formatCount(first)}–${formatCount(last)}`;
}

/** Which of several cells under one pixel shows, for how the server pooled the steps. */
export function keepOf(pool: Pool, statistic: Pick<Statistic, 'scale'>): Keep {
  switch (pool) {
    case 'max':
      return statistic.scale === 'log' ? 'max' : 'magnitude';
    case 'min':
      return 'min';
    case 'median':
    case 'last':
      return 'last';
    default:
      return pool satisfies never;
  }
}
