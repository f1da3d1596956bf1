/** Draws what moves over a heatmap: crosshair, cursor, selected rows, the stretch being dragged. */

import {font} from './heat_draw';
import type {HeatLayout, Rect} from './heat_layout';
import {rowHeight, rowTop, stepToX} from './heat_layout';
import type {Ink} from './ink';
import {contains} from './interval';

export interface OverlayScene {
  readonly layout: HeatLayout;
  readonly ink: Ink;
  /** Step and row under the pointer or the keyboard's cell; null and −1: none. */
  readonly hoverStep: number | null;
  readonly hoverRow: number;
  /** Steps that one column covers: how wide the crosshair's column is. */
  readonly columnWidth: number;
  readonly cursor: number | null;
  readonly selected: ReadonlySet<number>;
  readonly drag: Rect | null;
  readonly stepText: (step: number) => string;
}

export function drawOverlay(context: CanvasRenderingContext2D, scale: number, scene: OverlayScene): void {
  const {layout} = scene;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, layout.width, layout.height);
  drawSelected(context, scene);
  drawCursor(context, scene);
  drawCrosshair(context, scene);
  if (scene.drag) drawDrag(context, layout.plot, scene.drag);
}

/** On any colour: a dark line with a light core. */
function outline(context: CanvasRenderingContext2D, rect: Rect): void {
  context.lineWidth = 3;
  context.strokeStyle = 'rgb(0 0 0 / 45%)';
  context.strokeRect(rect.left, rect.top, rect.width, rect.height);
  context.lineWidth = 1;
  context.strokeStyle = 'rgb(255 255 255 / 95%)';
  context.strokeRect(rect.left, rect.top, rect.width, rect.height);
}

function drawSelected(context: CanvasRenderingContext2D, {layout, selected, ink}: OverlayScene): void {
  const height = Math.max(2, rowHeight(layout));
  context.fillStyle = ink.accent;
  for (const row of selected) {
    if (row < layout.rows.first || row >= layout.rows.first + layout.rows.count) continue;
    context.fillRect(layout.plot.left - 4, rowTop(layout, row), 3, height);
    context.fillRect(layout.plot.left + layout.plot.width - 2, rowTop(layout, row), 2, height);
  }
}

function drawCrosshair(context: CanvasRenderingContext2D, scene: OverlayScene): void {
  const {layout, hoverStep, hoverRow, columnWidth} = scene;
  const {plot} = layout;
  context.save();
  context.beginPath();
  context.rect(plot.left, plot.top, plot.width, plot.height);
  context.clip();
  if (hoverRow >= layout.rows.first && hoverRow < layout.rows.first + layout.rows.count) {
    outline(context, {left: plot.left - 4, top: rowTop(layout, hoverRow), width: plot.width + 8, height: Math.max(2, rowHeight(layout))});
  }
  if (hoverStep !== null) {
    const left = stepToX(layout, hoverStep);
    outline(context, {left, top: plot.top - 4, width: Math.max(1, stepToX(layout, hoverStep + columnWidth) - left), height: plot.height + 8});
  }
  context.restore();
  if (hoverStep !== null && contains(layout.domain, hoverStep)) drawPill(context, scene, hoverStep, scene.ink.text, scene.ink.card);
}

function drawCursor(context: CanvasRenderingContext2D, scene: OverlayScene): void {
  const {layout, cursor, ink} = scene;
  if (cursor === null || !contains(layout.domain, cursor)) return;
  const x = Math.round(stepToX(layout, cursor + scene.columnWidth / 2)) + 0.5;
  for (const [width, style] of [[3, ink.card], [1.5, ink.accent]] as const) {
    context.lineWidth = width;
    context.strokeStyle = style;
    context.beginPath();
    context.moveTo(x, layout.plot.top);
    context.lineTo(x, layout.plot.top + layout.plot.height);
    context.stroke();
  }
  drawPill(context, scene, cursor, ink.accent, ink.card);
}

/** The step, on the axis below. */
function drawPill(context: CanvasRenderingContext2D, scene: OverlayScene, step: number, back: string, front: string): void {
  const {layout, ink} = scene;
  const text = scene.stepText(step);
  context.font = font(ink, 600);
  const width = context.measureText(text).width + 10;
  const centre = stepToX(layout, step + scene.columnWidth / 2);
  const left = Math.min(Math.max(0, centre - width / 2), layout.width - width);
  const top = layout.plot.top + layout.plot.height + 4;
  context.fillStyle = back;
  context.beginPath();
  context.roundRect(left, top, width, 17, 4);
  context.fill();
  context.fillStyle = front;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillText(text, left + 5, top + 9);
}

function drawDrag(context: CanvasRenderingContext2D, plot: Rect, drag: Rect): void {
  context.fillStyle = 'rgb(0 0 0 / 35%)';
  if (drag.width < plot.width) {
    context.fillRect(plot.left, plot.top, drag.left - plot.left, plot.height);
    context.fillRect(drag.left + drag.width, plot.top, plot.left + plot.width - drag.left - drag.width, plot.height);
  }
  if (drag.height < plot.height) {
    context.fillRect(drag.left, plot.top, drag.width, drag.top - plot.top);
    context.fillRect(drag.left, drag.top + drag.height, drag.width, plot.top + plot.height - drag.top - drag.height);
  }
  outline(context, drag);
}
