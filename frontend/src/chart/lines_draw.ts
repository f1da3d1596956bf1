/** What a line chart draws beside its lines: reference bands, envelopes, values off the axis, findings. Decides nothing. */

import type uPlot from 'uplot';
import {severityColour} from './heat_draw';
import type {Ink} from './ink';
import type {LineInput, Odd, PlotData} from './lines_model';
import {clusters, type Mark, type MarkCluster} from './marks';

/** A stretch of the vertical axis with a meaning, in units of the axis. */
export interface Band {
  readonly from: number;
  readonly to: number;
  readonly label: string;
  readonly tone: 'good' | 'caution' | 'bad';
}

/** Marks on the horizontal axis of the chart. */
export interface PlacedMark extends Mark {
  readonly x: number;
}

export interface Decoration {
  readonly data: PlotData;
  readonly lines: readonly LineInput[];
  readonly bands: readonly Band[];
  readonly marks: readonly PlacedMark[];
  readonly ink: Ink;
}

function clipped(u: uPlot, draw: (context: CanvasRenderingContext2D) => void): void {
  const {left, top, width, height} = u.bbox;
  u.ctx.save();
  u.ctx.beginPath();
  u.ctx.rect(left, top, width, height);
  u.ctx.clip();
  draw(u.ctx);
  u.ctx.restore();
}

/** Behind everything. */
export function drawBehind(u: uPlot, {bands, ink}: Decoration): void {
  clipped(u, (context) => {
    for (const band of bands) drawBand(u, context, band, ink);
  });
}

/** The colour of a band. */
export function tone(ink: Ink, band: Band): string {
  switch (band.tone) {
    case 'good':
      return ink.ok;
    case 'caution':
      return ink.warning;
    case 'bad':
      return ink.error;
    default:
      return band.tone satisfies never;
  }
}

function drawBand(u: uPlot, context: CanvasRenderingContext2D, band: Band, ink: Ink): void {
  const {left, top, width, height} = u.bbox;
  const upper = Math.max(top, u.valToPos(band.to, 'y', true));
  const lower = Math.min(top + height, u.valToPos(band.from, 'y', true));
  if (lower <= upper) return;
  context.fillStyle = tone(ink, band);
  context.globalAlpha = 0.1;
  context.fillRect(left, upper, width, lower - upper);
  context.globalAlpha = 1;
}

/** What a band means, over the lines and readable on them. */
function drawBandLabel(u: uPlot, context: CanvasRenderingContext2D, band: Band, ink: Ink, scale: number): void {
  const {left, top, width, height} = u.bbox;
  const upper = Math.max(top, u.valToPos(band.to, 'y', true));
  const lower = Math.min(top + height, u.valToPos(band.from, 'y', true));
  const below = upper <= top + 1 ? 16 : 4; // at the upper edge stand the marks of what is not finite
  if (lower - upper < (below + 12) * scale) return;
  const [right, y] = [left + width - 5 * scale, upper + below * scale];
  context.save();
  context.font = `500 ${10 * scale}px ${ink.family}`;
  context.textAlign = 'right';
  context.textBaseline = 'top';
  const length = context.measureText(band.label).width;
  context.globalAlpha = 0.8;
  context.fillStyle = ink.card;
  context.fillRect(right - length - 3 * scale, y - 2 * scale, length + 6 * scale, 14 * scale);
  context.globalAlpha = 1;
  context.fillStyle = tone(ink, band);
  context.fillText(band.label, right, y);
  context.restore();
}

/** Between the grid and the lines. */
export function drawEnvelopes(u: uPlot, {data, lines}: Decoration): void {
  clipped(u, (context) => {
    data.lines.forEach((line, i) => {
      if (!line.low || !line.high) return;
      context.fillStyle = lines[i]?.colour ?? 'gray';
      context.globalAlpha = 0.18;
      fillBetween(u, context, data.x, line.low, line.high, line.raw);
      context.globalAlpha = 1;
    });
  });
}

type Values = PlotData['lines'][number]['raw'];

/** Fills from `low` to `high`; where an end has no place on the axis the line itself stands in. */
function fillBetween(u: uPlot, context: CanvasRenderingContext2D, x: readonly number[], low: Values, high: Values, raw: Values): void {
  const kept = x.flatMap((value, i) => {
    const lower = low[i] ?? raw[i];
    const upper = high[i] ?? raw[i];
    return typeof lower === 'number' && typeof upper === 'number' ? [{x: u.valToPos(value, 'x', true), lower, upper}] : [];
  });
  context.beginPath();
  for (const p of kept) context.lineTo(p.x, u.valToPos(p.upper, 'y', true));
  for (const p of kept.reverse()) context.lineTo(p.x, u.valToPos(p.lower, 'y', true));
  context.fill();
}

/** In front of the lines. */
export function drawFront(u: uPlot, {data, lines, marks, bands, ink}: Decoration, scale: number): void {
  for (const band of bands) drawBandLabel(u, u.ctx, band, ink, scale);
  drawMarks(u, marks, ink, scale);
  const last = new Map<string, number>();
  for (const odd of [...data.odd, ...beyondAxis(data, u.scales['y']?.min ?? -Infinity, u.scales['y']?.max ?? Infinity)]) {
    const x = u.valToPos(odd.x, 'x', true);
    if (x < u.bbox.left - 1 || x > u.bbox.left + u.bbox.width + 1) continue;
    const slot = `${odd.kind} ${odd.line}`;
    if (x - (last.get(slot) ?? -Infinity) < 5 * scale) continue;
    last.set(slot, x);
    drawOdd(u.ctx, odd, x, edgeOf(u, odd, scale), lines[odd.line]?.colour ?? ink.text, scale);
  }
}

/** Values that an axis with fixed ends leaves out, at the edge that they lie beyond. Pure. */
export function beyondAxis({x, lines}: PlotData, low: number, high: number): readonly Odd[] {
  return lines.flatMap(({raw}, line) =>
    raw.flatMap((value, i): readonly Odd[] => {
      if (typeof value !== 'number' || (value >= low && value <= high)) return [];
      return [{x: x[i] ?? 0, line, kind: value > high ? 'infinite' : 'minus-infinite'}];
    }),
  );
}

/** NaN and +∞ stand at the upper edge, the others at the lower. */
function edgeOf(u: uPlot, {kind}: Odd, scale: number): number {
  const {top, height} = u.bbox;
  return kind === 'nan' || kind === 'infinite' ? top + 5 * scale : top + height - 5 * scale;
}

function drawOdd(context: CanvasRenderingContext2D, {kind}: Odd, x: number, y: number, colour: string, scale: number): void {
  const r = 3.5 * scale;
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 1.75 * scale;
  context.setLineDash([]);
  context.beginPath();
  switch (kind) {
    case 'nan':
      context.moveTo(x - r, y - r);
      context.lineTo(x + r, y + r);
      context.moveTo(x + r, y - r);
      context.lineTo(x - r, y + r);
      return context.stroke();
    case 'infinite':
      return triangle(context, x, y, r, -1);
    case 'minus-infinite':
    case 'negative':
      return triangle(context, x, y, r, 1);
    case 'zero':
      context.arc(x, y, r * 0.8, 0, 2 * Math.PI);
      return context.stroke();
    default:
      return kind satisfies never;
  }
}

function triangle(context: CanvasRenderingContext2D, x: number, y: number, r: number, down: 1 | -1): void {
  context.moveTo(x - r, y - down * r);
  context.lineTo(x + r, y - down * r);
  context.lineTo(x, y + down * r);
  context.fill();
}

/** Flags nearer to each other than this, in CSS pixels, are one. */
const FLAG = 14;
/** More lines than these hide what they stand in. */
const MOST_STEMS = 4;

function drawMarks(u: uPlot, marks: readonly PlacedMark[], ink: Ink, scale: number): void {
  const {left, width} = u.bbox;
  const placed = marks.map(({x, severity}) => ({at: Math.round(u.valToPos(x, 'x', true)), severity})).filter(({at}) => at >= left && at <= left + width);
  const flags = clusters(placed, FLAG * scale);
  u.ctx.save(); // uPlot takes its font for granted
  for (const flag of flags) {
    u.ctx.strokeStyle = severityColour(ink, flag.severity);
    u.ctx.fillStyle = u.ctx.strokeStyle;
    if (flags.length <= MOST_STEMS) drawStem(u, flag.at, scale);
    drawFlag(u, flag, ink, scale);
  }
  u.ctx.restore();
}

function drawStem({ctx: context, bbox}: uPlot, x: number, scale: number): void {
  context.lineWidth = 1.25 * scale;
  context.globalAlpha = 0.7;
  context.setLineDash([4 * scale, 3 * scale]);
  context.beginPath();
  context.moveTo(x, bbox.top);
  context.lineTo(x, bbox.top + bbox.height);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** A triangle above the plot, with the number of findings that it stands for. */
function drawFlag({ctx: context, bbox}: uPlot, {at, count}: MarkCluster, ink: Ink, scale: number): void {
  context.beginPath();
  context.moveTo(at - 5 * scale, bbox.top - 8 * scale);
  context.lineTo(at + 5 * scale, bbox.top - 8 * scale);
  context.lineTo(at, bbox.top - 1 * scale);
  context.fill();
  if (count < 2) return;
  context.font = `600 ${10 * scale}px ${ink.family}`;
  context.textAlign = 'left';
  context.textBaseline = 'bottom';
  context.fillText(`×${count}`, at + 7 * scale, bbox.top);
}
