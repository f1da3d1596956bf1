/** Draws a heatmap's still picture: hatching, cells, axes, findings. Decides nothing: all of it comes in. */

import type {Severity} from '../api/types';
import {ARROW_WIDTH, type HeatLayout, type Rect} from './heat_layout';
import type {Ink} from './ink';
import type {RowLabels} from './rows';
import {ellipsis} from './rows';
import type {Tick} from './ticks';

/** A finding at its onset: a line down `spans` of the plot's height, in CSS pixels; no spans: the whole height. */
export interface DrawnMark {
  readonly x: number;
  readonly spans: readonly (readonly [top: number, bottom: number])[];
  readonly severity: Severity;
}

export interface HeatScene {
  readonly layout: HeatLayout;
  readonly labels: RowLabels;
  /** Widths of the two columns of names; both 0 where another plot carries the names. */
  readonly axis: AxisWidths;
  readonly ticks: readonly Tick[];
  readonly marks: readonly DrawnMark[];
  readonly selected: ReadonlySet<number>;
  readonly ink: Ink;
}

export interface AxisWidths {
  readonly group: number;
  readonly leaf: number;
}

const FONT_SIZE = 11;
const HATCH = 6;

export function font(ink: Ink, weight = 400): string {
  return `${weight} ${FONT_SIZE}px ${ink.family}`;
}

export function drawHeat(context: CanvasRenderingContext2D, scale: number, image: CanvasImageSource | null, scene: HeatScene): void {
  const {layout, ink} = scene;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, layout.width, layout.height);
  drawHatching(context, layout.plot, ink);
  if (image) drawImage(context, scale, image, layout.plot);
  drawRules(context, scene);
  drawFrame(context, layout.plot, ink);
  drawSteps(context, scene);
  if (scene.axis.group + scene.axis.leaf > 0) drawNames(context, scene);
  for (const mark of scene.marks) drawMark(context, layout.plot, mark, ink);
}

/** Pixels of the screen that the plot covers, so that the image is never resampled. */
export function devicePlot(plot: Rect, scale: number): Rect {
  const left = Math.round(plot.left * scale);
  const top = Math.round(plot.top * scale);
  return {left, top, width: Math.max(1, Math.round(plot.width * scale)), height: Math.max(1, Math.round(plot.height * scale))};
}

function drawImage(context: CanvasRenderingContext2D, scale: number, image: CanvasImageSource, plot: Rect): void {
  const {left, top} = devicePlot(plot, scale);
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(image, left, top);
  context.restore();
}

/** No data is hatched: neither a colour of the map nor empty paper. */
function drawHatching(context: CanvasRenderingContext2D, plot: Rect, ink: Ink): void {
  context.save();
  context.beginPath();
  context.rect(plot.left, plot.top, plot.width, plot.height);
  context.clip();
  context.strokeStyle = ink.noData;
  context.lineWidth = 1;
  context.beginPath();
  for (let x = plot.left - plot.height; x < plot.left + plot.width; x += HATCH) {
    context.moveTo(x, plot.top + plot.height);
    context.lineTo(x + plot.height, plot.top);
  }
  context.stroke();
  context.restore();
}

function drawFrame(context: CanvasRenderingContext2D, plot: Rect, ink: Ink): void {
  context.strokeStyle = ink.border;
  context.lineWidth = 1;
  context.strokeRect(plot.left - 0.5, plot.top - 0.5, plot.width + 1, plot.height + 1);
}

/** Lines between layers, in the colour of the card, so that they read as gaps. */
function drawRules(context: CanvasRenderingContext2D, {layout, labels, ink}: HeatScene): void {
  context.fillStyle = ink.card;
  for (const y of labels.rules) context.fillRect(layout.plot.left, Math.round(layout.plot.top + y) - 0.5, layout.plot.width, 1);
}

function drawSteps(context: CanvasRenderingContext2D, {layout, ticks, ink}: HeatScene): void {
  const bottom = layout.plot.top + layout.plot.height;
  context.font = font(ink);
  context.textBaseline = 'top';
  context.textAlign = 'center';
  for (const tick of ticks) {
    context.fillStyle = ink.axis;
    context.fillRect(Math.round(tick.at) - 0.5, bottom + 1, 1, 4);
    context.fillStyle = ink.sub;
    const half = context.measureText(tick.label).width / 2;
    context.fillText(tick.label, Math.min(Math.max(tick.at, half), layout.width - half), bottom + 8);
  }
}

function drawNames(context: CanvasRenderingContext2D, {layout, labels, axis, selected, ink}: HeatScene): void {
  const measure = (text: string): number => context.measureText(text).width;
  const right = layout.plot.left - 8;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  for (const label of labels.leaves) {
    context.font = font(ink, selected.has(label.row) ? 600 : 400);
    context.fillStyle = selected.has(label.row) ? ink.accent : ink.sub;
    context.fillText(ellipsis(label.text, axis.leaf, measure), right - axis.leaf, layout.plot.top + label.y + 0.5);
  }
  context.font = font(ink, labels.leaves.length > 0 ? 500 : 400);
  context.fillStyle = ink.text;
  const room = labels.leaves.length > 0 ? axis.group : axis.group + axis.leaf;
  for (const label of labels.groups) {
    const y = layout.plot.top + label.y + 0.5;
    drawArrow(context, y, label.closed);
    context.fillText(ellipsis(label.text, room - ARROW_WIDTH, measure), ARROW_WIDTH, y);
  }
}

/** Before the name of a layer: to the right where it is closed, down where it is open. */
function drawArrow(context: CanvasRenderingContext2D, y: number, closed: boolean): void {
  context.beginPath();
  for (const [x, up] of closed ? ([[3, -4], [3, 4], [8, 0]] as const) : ([[1, -2.5], [9, -2.5], [5, 2.5]] as const)) context.lineTo(x, y + up);
  context.fill();
}

/** The colour that stands for a severity on canvases. */
export function severityColour(ink: Ink, severity: Severity): string {
  switch (severity) {
    case 'error':
      return ink.error;
    case 'warning':
      return ink.warning;
    case 'info':
      return ink.info;
    default:
      return severity satisfies never;
  }
}

/** A flag above the plot, and a bracket along the rows concerned that opens towards what follows. */
function drawMark(context: CanvasRenderingContext2D, plot: Rect, mark: DrawnMark, ink: Ink): void {
  const colour = severityColour(ink, mark.severity);
  const x = Math.round(mark.x) + 0.5;
  const spans = mark.spans.length > 0 ? mark.spans : [[plot.top, plot.top + plot.height] as const];
  for (const [width, style] of [[4, ink.card], [2, colour]] as const) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.beginPath();
    for (const [top, bottom] of spans) bracket(context, x, top + 1.5, bottom - 1.5);
    context.stroke();
  }
  context.fillStyle = colour;
  context.beginPath();
  context.moveTo(x - 5, plot.top - 9);
  context.lineTo(x + 5, plot.top - 9);
  context.lineTo(x, plot.top - 2);
  context.fill();
}

const SERIF = 5;

function bracket(context: CanvasRenderingContext2D, x: number, top: number, bottom: number): void {
  context.moveTo(x + SERIF, top);
  context.lineTo(x, top);
  context.lineTo(x, Math.max(bottom, top + 1));
  context.lineTo(x + SERIF, Math.max(bottom, top + 1));
}
