/** How uPlot is set up for a line chart. */

import type uPlot from 'uplot';
import type {XAxis} from '../store/state';
import type {Ink} from './ink';
import type {Interval} from './interval';
import type {Decoration} from './lines_draw';
import {drawBehind, drawEnvelopes, drawFront} from './lines_draw';
import type {LineInput, PlotData} from './lines_model';
import {nearestPoint, paddedRange, usualExtent, visibleExtent} from './lines_model';
import type {Tick} from './ticks';
import {clockTicks, logTicks, plainTicks, stepTicks, timeTicks} from './ticks';

/** What a chart shows now. The options read it when they are asked, so that a change needs a redraw and no new chart. */
export interface ChartState extends Decoration {
  readonly domain: Interval;
  readonly xAxis: XAxis;
  readonly log: boolean;
  readonly trimmed: boolean;
  readonly fixed: readonly [number | null, number | null];
}

export interface Handlers {
  readonly onHover: (x: number | null) => void;
  readonly onSelect: (range: Interval) => void;
  readonly onReset: () => void;
  readonly onClick: (x: number) => void;
}

const AXIS_WIDTH = 54;
const AXIS_HEIGHT = 26;
const X_PITCH = 52;
const Y_PITCH = 34;
/** Opacity of raw values behind smoothed ones, and of a line beneath its own dashes. */
const FAINT = 0.28;
const UNDER = 0.4;

export function optionsOf(state: () => ChartState, handlers: Handlers, width: number, height: number): uPlot.Options {
  const {lines, data, ink} = state();
  const smoothed = data.lines.some((l) => l.smooth);
  return {
    width,
    height,
    pxAlign: 0,
    padding: [10, 10, 0, 0],
    legend: {show: false},
    cursor: cursorOf(state, handlers),
    scales: {
      x: {time: false, range: () => tuple(state().domain)},
      y: {range: (u) => tuple(verticalRange(u, state()))},
    },
    axes: [xAxisOf(state, ink), yAxisOf(state, ink)],
    series: [{}, ...lines.flatMap((line) => seriesOf(line, smoothed))],
    hooks: {
      drawClear: [(u) => drawBehind(u, state())],
      drawAxes: [(u) => drawEnvelopes(u, state())],
      draw: [(u) => drawFront(u, state(), scaleOf())],
      setSelect: [(u) => selected(u, handlers)],
    },
  };
}

function tuple({from, to}: Interval): [number, number] {
  return [from, to];
}

/** Pixels of uPlot's canvas in one CSS pixel. Not by the canvas's width: while a chart is resized that is still the old one. */
function scaleOf(): number {
  return globalThis.devicePixelRatio || 1;
}

function verticalRange(u: uPlot, {data, domain, log, fixed, trimmed}: ChartState): Interval {
  const last = data.x.length - 1;
  const from = Math.max(0, nearestPoint(data.x, u.scales['x']?.min ?? domain.from));
  const to = Math.max(from, nearestPoint(data.x, u.scales['x']?.max ?? domain.to));
  return paddedRange((trimmed ? usualExtent : visibleExtent)(data, from, Math.min(last, to)), log, fixed);
}

/**
 * Columns of data in uPlot's order: the axis, then for each line its raw values and what is drawn over them: the
 * smoothed values, or the same ones dashed, so that dashes stand on a faint line that never breaks.
 */
export function columnsFor(data: PlotData): uPlot.AlignedData {
  return [data.x, ...data.lines.flatMap((l) => [l.raw, l.smooth ?? l.raw])] as uPlot.AlignedData;
}

function seriesOf(line: LineInput, smoothed: boolean): uPlot.Series[] {
  const look = {stroke: line.colour, label: line.label, points: {show: lonely, size: 5, fill: line.colour}};
  const below: uPlot.Series = {...look, width: smoothed ? 1 : 1.5, alpha: smoothed ? FAINT : UNDER};
  return [below, {...look, width: smoothed ? 2 : 1.6, dash: [...line.dash]}];
}

/** Points are drawn only where a line through them could not be seen. */
function lonely(u: uPlot, series: number): boolean {
  const values = u.data[series] ?? [];
  let count = 0;
  for (let i = 0; i < values.length && count < 3; i++) if (typeof values[i] === 'number') count++;
  return count > 0 && count < 3;
}

function cursorOf(state: () => ChartState, {onHover, onReset, onClick}: Handlers): uPlot.Cursor {
  return {
    y: false,
    drag: {x: true, y: false, setScale: false, dist: 5},
    points: {size: 7, width: 1.5, stroke: () => state().ink.card, show: overDots},
    dataIdx: (u, series, index, x) => nearestValue(u, series, index, x),
    bind: {
      mousemove: (u, _target, handler) => (event) => {
        handler(event);
        onHover(u.cursor.left !== undefined && u.cursor.left >= 0 ? u.posToVal(u.cursor.left, 'x') : null);
        return null;
      },
      mouseleave: (_u, _target, handler) => (event) => {
        handler(event);
        onHover(null);
        return null;
      },
      dblclick: () => () => {
        onReset();
        return null;
      },
      click: (u, _target, handler) => (event) => {
        handler(event);
        if (u.select.width < 5 && u.cursor.left !== undefined) onClick(u.posToVal(u.cursor.left, 'x'));
        return null;
      },
    },
  };
}

/** One dot a line: on the series drawn in front. */
function overDots(u: uPlot, series: number): HTMLElement {
  const dot = document.createElement('div');
  const colour = u.series[series]?.stroke;
  dot.style.background = typeof colour === 'function' ? String(colour(u, series)) : String(colour);
  if (series % 2 === 1) dot.hidden = true;
  return dot;
}

/** Furthest, in points of the merged axis, that a line's own point may lie from the cursor. */
const REACH = 64;

function nearestValue(u: uPlot, series: number, index: number, x: number): number {
  const values = u.data[series];
  if (!values || series === 0 || typeof values[index] === 'number') return index;
  let best = index;
  let distance = Infinity;
  for (let i = Math.max(0, index - REACH); i <= Math.min(values.length - 1, index + REACH); i++) {
    const away = Math.abs((u.data[0][i] ?? 0) - x);
    if (values[i] === undefined || away >= distance) continue;
    best = i;
    distance = away;
  }
  return best;
}

function selected(u: uPlot, {onSelect}: Handlers): void {
  const {left, width} = u.select;
  u.setSelect({left: 0, top: 0, width: 0, height: 0}, false);
  if (width >= 5) onSelect({from: u.posToVal(left, 'x'), to: u.posToVal(left + width, 'x')});
}

/** Ticks whose labels uPlot asks for in a second call. */
function axisFrom(ticks: (low: number, high: number, pixels: number) => readonly Tick[], pixels: (u: uPlot) => number): uPlot.Axis {
  let labels = new Map<number, string>();
  return {
    splits: (u, _axis, low, high) => {
      const found = ticks(low, high, pixels(u));
      labels = new Map(found.map((t) => [t.at, t.label]));
      return found.map((t) => t.at);
    },
    values: (_u, splits) => splits.map((s) => labels.get(s) ?? ''),
  };
}

function look(ink: Ink): uPlot.Axis {
  return {
    stroke: ink.sub,
    font: `11px ${ink.family}`,
    grid: {stroke: ink.grid, width: 1},
    ticks: {stroke: ink.border, width: 1, size: 4},
    gap: 5,
  };
}

function xAxisOf(state: () => ChartState, ink: Ink): uPlot.Axis {
  const ticks = (low: number, high: number, pixels: number): readonly Tick[] => horizontalTicks(state().xAxis, low, high, pixels / X_PITCH);
  return {...look(ink), ...axisFrom(ticks, (u) => u.bbox.width / scaleOf()), size: AXIS_HEIGHT, grid: {show: false}};
}

/** Labelled ticks of a horizontal axis. */
export function horizontalTicks(axis: XAxis, low: number, high: number, count: number): readonly Tick[] {
  switch (axis) {
    case 'step':
      return stepTicks(low, high, count);
    case 'relative':
      return timeTicks(low, high, count);
    case 'wall':
      return clockTicks(low, high, count);
    default:
      return axis satisfies never;
  }
}

function yAxisOf(state: () => ChartState, ink: Ink): uPlot.Axis {
  const ticks = (low: number, high: number, pixels: number): readonly Tick[] => verticalTicks(state().log, low, high, pixels / Y_PITCH);
  return {...look(ink), ...axisFrom(ticks, (u) => u.bbox.height / scaleOf()), size: AXIS_WIDTH};
}

/** Labelled ticks of a vertical axis. */
export function verticalTicks(log: boolean, low: number, high: number, count: number): readonly Tick[] {
  return (log ? logTicks : plainTicks)(low, high, count);
}
