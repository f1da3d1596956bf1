/** What a drag over a plot asks for. Pure. */

import type {Rect} from './heat_layout';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Fewer CSS pixels than this are a click by an unsteady hand. */
export const CLICK_SLOP = 5;

export type Drag =
  | {readonly kind: 'click'}
  | {readonly kind: 'columns'; readonly from: number; readonly to: number}
  | {readonly kind: 'rows'; readonly from: number; readonly to: number};

/** A drag from `start` to `end`: along the steps or along the rows, whichever is longer; ends clamped to the plot. */
export function dragOf(start: Point, end: Point, plot: Rect): Drag {
  const across = Math.abs(end.x - start.x);
  const down = Math.abs(end.y - start.y);
  if (Math.max(across, down) < CLICK_SLOP) return {kind: 'click'};
  const startsBeside = start.x < plot.left;
  if (startsBeside || down > across) {
    const [from, to] = ordered(start.y, end.y, plot.top, plot.top + plot.height);
    return {kind: 'rows', from, to};
  }
  const [from, to] = ordered(start.x, end.x, plot.left, plot.left + plot.width);
  return {kind: 'columns', from, to};
}

function ordered(a: number, b: number, low: number, high: number): readonly [number, number] {
  const clamp = (v: number): number => Math.min(high, Math.max(low, v));
  return [clamp(Math.min(a, b)), clamp(Math.max(a, b))];
}

/** The part of the plot that the drag keeps. */
export function dragRect(drag: Drag, plot: Rect): Rect | null {
  switch (drag.kind) {
    case 'click':
      return null;
    case 'columns':
      return {...plot, left: drag.from, width: drag.to - drag.from};
    case 'rows':
      return {...plot, top: drag.from, height: drag.to - drag.from};
    default:
      return drag satisfies never;
  }
}
