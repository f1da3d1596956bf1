/** What gestures and keys do to a heatmap: from a place on it to the actions that it was given. */

import {batch} from '@preact/signals';
import {cursorStep, hoverStep, hoverVariable, selectedVariables} from '../store/state';
import type {Columns} from './columns';
import {columnAt, nearestColumn} from './columns';
import type {Point} from './drag';
import {dragOf} from './drag';
import type {Cell, HeatLayout} from './heat_layout';
import {marksNear} from './heat_scene';
import {ARROW_WIDTH, BARE_AXIS, codeText, columnText, insidePlot, moveCell, rowAt, xToStep} from './heat_layout';
import type {HeatmapProps} from './heat_props';
import type {Interval} from './interval';
import {panBy, span, zoomAbout} from './interval';
import type {Command} from './keyboard';
import {clampRows, reveal, rowNamed, zoomRows} from './rows';

/** Fewest columns a zoom leaves visible. */
const LEAST_COLUMNS = 4;

/** A heatmap and where everything on it lies. */
export interface Place {
  readonly props: HeatmapProps;
  readonly layout: HeatLayout;
  readonly columns: Columns;
}

/** What is chosen: the cursor's step and variables. */
export interface Choice {
  readonly step: number | null;
  readonly variables: readonly string[];
}

export function choice(): Choice {
  return {step: cursorStep.peek(), variables: selectedVariables.peek()};
}

export function choose({step, variables}: Choice): void {
  batch(() => {
    cursorStep.value = step;
    selectedVariables.value = variables;
  });
}

/** Puts the crosshair under a point. */
export function follow({props, layout, columns}: Place, at: Point): void {
  const column = insidePlot(layout, at.x, at.y) ? columnAt(columns, xToStep(layout, at.x)) : -1;
  batch(() => {
    hoverStep.value = columns.start[column] ?? null;
    hoverVariable.value = props.rows[rowAt(layout, at.y)]?.name ?? null;
  });
}

/** Takes the crosshair away. */
export function leave(): void {
  batch(() => {
    hoverStep.value = null;
    hoverVariable.value = null;
  });
}

export function reset({actions}: HeatmapProps): void {
  actions.zoomSteps(null);
  actions.zoomRows(null);
}

/** Where a drag began, and what was visible then. */
export interface Held {
  readonly start: Point;
  readonly pan: boolean;
  readonly domain: Interval;
  readonly first: number;
}

/** Moves what is visible with the pointer. */
export function pan({props: {actions, bounds, rows}, layout}: Place, held: Held, at: Point): void {
  const steps = ((held.start.x - at.x) / layout.plot.width) * span(held.domain);
  const lines = Math.round(((held.start.y - at.y) / layout.plot.height) * layout.rows.count);
  const domain = panBy(held.domain, steps, bounds);
  if (span(domain) < span(bounds)) actions.zoomSteps(stepsOf(domain));
  actions.zoomRows(clampRows({first: held.first + lines, count: layout.rows.count}, rows.length));
}

/** The whole steps that a domain, which ends one step after the last, shows. */
function stepsOf(domain: Interval): readonly [number, number] {
  const first = Math.round(domain.from);
  return [first, Math.max(first + 1, Math.round(domain.to) - 1)];
}

/** Does what a drag from `start` to `end` asks for; `add`: a modifier key was held. */
export function finish({props, layout, columns}: Place, start: Point, end: Point, add: boolean): void {
  const drag = dragOf(start, end, layout.plot);
  switch (drag.kind) {
    case 'click':
      return click(props, layout, columns, end, add);
    case 'columns': {
      const from = nearestColumn(columns, xToStep(layout, drag.from));
      const to = nearestColumn(columns, xToStep(layout, drag.to));
      const last = props.tile?.lastStep[to] ?? 0;
      return props.actions.zoomSteps([columns.start[from] ?? 0, last]);
    }
    case 'rows': {
      const first = rowAt(layout, drag.from);
      const last = rowAt(layout, Math.max(drag.from, drag.to - 1));
      return props.actions.zoomRows({first, count: Math.max(1, last - first + 1)});
    }
    default:
      return drag satisfies never;
  }
}

function click({rows, actions, marks}: HeatmapProps, layout: HeatLayout, columns: Columns, at: Point, add: boolean): void {
  const [flag] = at.y < layout.plot.top ? marksNear(layout, marks, at.x) : [];
  if (flag) return actions.openMark(flag);
  const row = rowAt(layout, at.y);
  if (at.x < ARROW_WIDTH && layout.plot.left > BARE_AXIS && rows[row]?.group) return actions.toggleGroup(row);
  const name = rows[row]?.name;
  if (name !== undefined) actions.chooseVariable(name, add);
  const column = insidePlot(layout, at.x, at.y) ? columnAt(columns, xToStep(layout, at.x)) : -1;
  const step = columns.start[column];
  if (step !== undefined) actions.chooseStep(step);
}

/** Zooms about a point: steps over the plot, rows over the names. */
export function zoomAt({props, layout}: Place, at: Point, factor: number): void {
  if (at.x < layout.plot.left) {
    props.actions.zoomRows(zoomRows(layout.rows, rowAt(layout, at.y), factor, props.rows.length));
    return;
  }
  zoomSteps(props, layout, xToStep(layout, at.x), factor);
}

function zoomSteps(props: HeatmapProps, layout: HeatLayout, step: number, factor: number): void {
  const domain = zoomAbout(layout.domain, step, factor, props.bounds, LEAST_COLUMNS);
  props.actions.zoomSteps(span(domain) >= span(props.bounds) ? null : stepsOf(domain));
}

/** Does what a key asks for, and says what is there now. */
export function obey(command: Command, {props, layout, columns}: Place): string {
  const cell = keyboardCell(props, layout, columns);
  const step = columns.start[cell.column] ?? 0;
  const name = props.rows[cell.row]?.name ?? '';
  switch (command.kind) {
    case 'move':
      return go(props, layout, columns, moveCell(cell, command.down, command.right, props.rows.length, columns.start.length));
    case 'edge':
      return go(props, layout, columns, {...cell, column: command.end ? columns.start.length - 1 : 0});
    case 'zoom':
      zoomSteps(props, layout, step, command.factor);
      return command.factor < 1 ? 'zoomed in' : 'zoomed out';
    case 'select':
      props.actions.chooseVariable(name, true);
      props.actions.chooseStep(step);
      return `selected ${name} at step ${step}`;
    case 'group':
      props.actions.toggleGroup(cell.row);
      return 'opened or closed the layer';
    case 'reset':
      reset(props);
      return 'all steps and variables';
    default:
      return command satisfies never;
  }
}

/** Where the keyboard is: the crosshair, else the cursor, else the first visible cell. */
function keyboardCell({rows}: HeatmapProps, layout: HeatLayout, columns: Columns): Cell {
  const row = rowNamed(rows, hoverVariable.peek());
  const step = hoverStep.peek() ?? cursorStep.peek() ?? layout.domain.from;
  return {row: row < 0 ? layout.rows.first : row, column: nearestColumn(columns, step)};
}

function go(props: HeatmapProps, layout: HeatLayout, columns: Columns, cell: Cell): string {
  const name = props.rows[cell.row]?.name ?? '';
  const view = reveal(layout.rows, cell.row, props.rows.length);
  if (view !== layout.rows) props.actions.zoomRows(view);
  batch(() => {
    hoverStep.value = columns.start[cell.column] ?? null;
    hoverVariable.value = name;
  });
  return `${name}, ${cellText(props, cell)}`;
}

/** A cell in words: its value and the steps that it stands for. */
export function cellText({tile, tileRows, statistic, pool}: HeatmapProps, cell: Cell): string {
  const row = tileRows[cell.row] ?? -1;
  if (!tile || row < 0) return 'not in this run';
  if (cell.column < 0) return 'no data';
  const code = tile.codes[row * tile.columns + cell.column] ?? 0;
  const value = codeText(code, {from: tile.low, to: tile.high}, statistic);
  return `${value}, ${columnText(tile.firstStep[cell.column] ?? 0, tile.lastStep[cell.column] ?? 0, pool)}`;
}
