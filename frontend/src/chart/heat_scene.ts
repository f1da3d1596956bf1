/** From what a heatmap is given to what is drawn: labels, ticks, brackets of findings. Pure. */

import type {AxisWidths, DrawnMark, HeatScene} from './heat_draw';
import type {HeatLayout} from './heat_layout';
import {ARROW_WIDTH, BARE_AXIS, rowHeight, rowTop, stepToX} from './heat_layout';
import type {Ink} from './ink';
import {contains} from './interval';
import type {Mark} from './marks';
import {stretches} from './marks';
import type {RowName} from './rows';
import {rowLabels} from './rows';
import {stepTicks} from './ticks';

/** Widest columns of names, CSS pixels. */
const MAX_GROUP = 120;
const MAX_LEAF = 72;
const GAP = 10;
/** Fewest CSS pixels between labelled steps. */
const STEP_PITCH = 72;

/** How wide the names are. */
export function axisWidths(rows: readonly RowName[], measure: (text: string) => number): AxisWidths {
  const widest = (texts: readonly string[]): number => Math.ceil(Math.max(0, ...new Set(texts.map(measure))));
  return {
    group: Math.min(MAX_GROUP, widest(rows.map((r) => r.group))) + (rows.some((r) => r.group) ? ARROW_WIDTH : 0),
    leaf: Math.min(MAX_LEAF, widest(rows.map((r) => r.leaf))),
  };
}

/** The room that names take beside a plot, with the space between and after them. */
export function axisRoom({group, leaf}: AxisWidths): number {
  return group + leaf + 2 * GAP;
}

/** Where the names stand beside another heatmap. */
export const NO_AXIS: AxisWidths = {group: 0, leaf: 0};

/** What is left of the plot; null: no names stand there. */
export function roomFor(axis: AxisWidths | null): number {
  return axis ? axisRoom(axis) : BARE_AXIS;
}

export function sceneOf(
  layout: HeatLayout,
  rows: readonly RowName[],
  axis: AxisWidths,
  marks: readonly Mark[],
  selected: ReadonlySet<string>,
  ink: Ink,
): HeatScene {
  const ticks = stepTicks(layout.domain.from, layout.domain.to, layout.plot.width / STEP_PITCH)
    .map((tick) => ({...tick, at: stepToX(layout, tick.at)}));
  return {
    layout,
    labels: rowLabels(rows, layout.rows, layout.plot.height),
    axis,
    ticks,
    marks: marks.filter((m) => contains(layout.domain, m.step)).map((m) => drawnMark(layout, rows, m)),
    selected: rowsNamed(rows, selected),
    ink,
  };
}

/** The rows of these variables. */
export function rowsNamed(rows: readonly RowName[], names: ReadonlySet<string>): ReadonlySet<number> {
  return new Set(rows.flatMap((r, i) => (names.has(r.name) || r.aliases.some((a) => names.has(a)) ? [i] : [])));
}

function drawnMark(layout: HeatLayout, rows: readonly RowName[], mark: Mark): DrawnMark {
  const bottom = layout.plot.top + layout.plot.height;
  const concerned = [...rowsNamed(rows, new Set(mark.variables))];
  const spans = stretches(concerned)
    .map(([from, to]) => [rowTop(layout, from), rowTop(layout, from) + (to - from) * rowHeight(layout)] as const)
    .map(([top, end]) => [Math.max(layout.plot.top, top), Math.min(bottom, end)] as const)
    .filter(([top, end]) => end > top);
  return {x: stepToX(layout, mark.step), spans, severity: mark.severity};
}

/** The findings whose flag lies within a few pixels of `x`. */
export function marksNear(layout: HeatLayout, marks: readonly Mark[], x: number): readonly Mark[] {
  const REACH = 6;
  return marks.filter((m) => contains(layout.domain, m.step) && Math.abs(stepToX(layout, m.step) - x) <= REACH);
}
