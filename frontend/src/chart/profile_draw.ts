/** Draws a depth profile: per run a line through its values by row, and the slope through its layers. Decides nothing. */

import {font} from './heat_draw';
import type {HeatLayout} from './heat_layout';
import {rowHeight, rowTop} from './heat_layout';
import type {Ink} from './ink';
import type {Interval} from './interval';
import {toPixel} from './interval';
import type {ProfilePoint, Slope} from './profile_layout';
import type {Tick} from './ticks';

export interface DrawnProfile {
  readonly colour: string;
  readonly points: readonly ProfilePoint[];
  readonly slope: Slope | null;
}

export interface ProfileScene {
  readonly layout: HeatLayout;
  readonly range: Interval;
  readonly ticks: readonly Tick[];
  readonly profiles: readonly DrawnProfile[];
  readonly band: Interval | null;
  readonly ink: Ink;
}

/** Smaller dots would run into each other: the line alone is clearer. CSS pixels. */
const LEAST_RADIUS = 1.5;

type Context = CanvasRenderingContext2D;

export function drawProfile(context: Context, scale: number, scene: ProfileScene): void {
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, context.canvas.width / scale, context.canvas.height / scale); // the plot is narrower than its canvas
  drawAxis(context, scene);
  const {left, top, width, height} = scene.layout.plot;
  context.save();
  context.beginPath();
  context.rect(left - 4, top, width + 8, height);
  context.clip();
  for (const profile of scene.profiles) drawRun(context, scene, profile);
  context.restore();
}

function drawAxis(context: Context, {layout, range, ticks, band, ink}: ProfileScene): void {
  const {left, top, width, height} = layout.plot;
  if (band) {
    const from = Math.max(0, toPixel(range, width, band.from));
    const to = Math.min(width, toPixel(range, width, band.to));
    context.fillStyle = ink.ok;
    context.globalAlpha = 0.1;
    if (to > from) context.fillRect(left + from, top, to - from, height);
    context.globalAlpha = 1;
  }
  context.font = font(ink);
  context.textAlign = 'center';
  context.textBaseline = 'top';
  for (const tick of ticks) {
    const x = Math.round(left + toPixel(range, width, tick.at)) + 0.5;
    context.fillStyle = ink.grid;
    context.fillRect(x - 0.5, top, 1, height);
    context.fillStyle = ink.sub;
    const half = context.measureText(tick.label).width / 2;
    context.fillText(tick.label, Math.min(Math.max(x, half), layout.width - half), top + height + 8);
  }
  context.strokeStyle = ink.border;
  context.lineWidth = 1;
  context.strokeRect(left - 0.5, top - 0.5, width + 1, height + 1);
}

function drawRun(context: Context, scene: ProfileScene, profile: DrawnProfile): void {
  const {layout, range, ink} = scene;
  const {left, width} = layout.plot;
  const y = (row: number): number => rowTop(layout, row) + rowHeight(layout) / 2;
  const placed = profile.points.map((p) => ({value: p.value, y: y(p.row), x: p.at === null ? null : left + toPixel(range, width, p.at)}));
  context.strokeStyle = profile.colour;
  context.fillStyle = profile.colour;
  context.lineWidth = 1.5;
  const radius = Math.min(3.5, rowHeight(layout) / 3);
  const dots = radius >= LEAST_RADIUS;
  context.globalAlpha = dots ? 0.4 : 0.9;
  line(context, placed, []);
  context.globalAlpha = 1;
  for (const p of dots ? placed : []) {
    if (p.x === null && p.value === 0) ring(context, left + 6, p.y, radius);
    else if (p.x === null) cross(context, left + width - 7, p.y, radius);
    else dot(context, p.x, p.y, radius, ink);
  }
  if (profile.slope) drawSlope(context, profile, profile.slope, (at) => left + toPixel(range, width, at), y);
}

function line(context: Context, points: readonly {readonly x: number | null; readonly y: number}[], dash: readonly number[]): void {
  context.setLineDash([...dash]);
  context.beginPath();
  let joined = false;
  for (const p of points) {
    if (p.x !== null && joined) context.lineTo(p.x, p.y);
    else if (p.x !== null) context.moveTo(p.x, p.y);
    joined = p.x !== null;
  }
  context.stroke();
  context.setLineDash([]);
}

function dot(context: Context, x: number, y: number, radius: number, ink: Ink): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
  context.lineWidth = 1;
  context.strokeStyle = ink.card;
  context.stroke();
}

/** Exactly zero, which lies left of every log axis. */
function ring(context: Context, x: number, y: number, r: number): void {
  context.lineWidth = 1.5;
  context.beginPath();
  context.arc(x, y, r, 0, 2 * Math.PI);
  context.stroke();
}

/** NaN or infinite, at the right end. */
function cross(context: Context, x: number, y: number, r: number): void {
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x - r, y - r);
  context.lineTo(x + r, y + r);
  context.moveTo(x + r, y - r);
  context.lineTo(x - r, y + r);
  context.stroke();
}

function drawSlope(context: Context, {points, colour}: DrawnProfile, slope: Slope, x: (at: number) => number, y: (row: number) => number): void {
  const ends = [points[0]?.row ?? 0, points.at(-1)?.row ?? 0];
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.setLineDash([5, 4]);
  context.beginPath();
  for (const row of ends) context.lineTo(x(slope.atFirst + slope.perRow * row), y(row));
  context.stroke();
  context.setLineDash([]);
}
