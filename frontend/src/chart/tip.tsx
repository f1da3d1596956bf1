/** A tooltip beside the pointer, never cut off by what scrolls around the chart. */

import type {ComponentChildren} from 'preact';

const AWAY = 14;
const EDGE = 6;

/** In CSS pixels from the upper left of the window. */
export interface WindowPoint {
  readonly left: number;
  readonly top: number;
}

interface TipProps {
  readonly at: WindowPoint;
  readonly children: ComponentChildren;
}

/** Right of and below the point, or on its other side in the far half of the window. Nothing is measured: it follows the pointer. */
export function Tip({at, children}: TipProps) {
  const x = beside(at.left, at.left > window.innerWidth / 2, '100vw');
  const y = beside(at.top, at.top > window.innerHeight / 2, '100vh');
  return <div class="tip" style={{transform: `translate(${x}, ${y})`}} role="presentation">{children}</div>;
}

/** CSS for where something begins beside `at`, within 0 … `room`; 100 % is its own size. Pure. */
export function beside(at: number, far: boolean, room: string): string {
  const start = far ? `${at - AWAY}px - 100%` : `${at + AWAY}px`;
  return `max(${EDGE}px, min(${start}, ${room} - 100% - ${EDGE}px))`;
}
