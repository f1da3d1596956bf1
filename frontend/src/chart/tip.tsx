/** A tooltip beside the pointer, never cut off by what scrolls around the chart. */

import type {ComponentChildren, RefObject} from 'preact';
import {useLayoutEffect, useRef} from 'preact/hooks';
import type {Point} from './drag';

const AWAY = 14;
const EDGE = 6;

interface TipProps {
  /** In CSS pixels from the upper left of `within`. */
  readonly at: Point;
  readonly within: RefObject<HTMLElement | null>;
  readonly children: ComponentChildren;
}

/** Right of and below the point, or on its other side where the window ends. */
export function Tip({at, within, children}: TipProps) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const tip = ref.current;
    const box = within.current?.getBoundingClientRect();
    if (!tip || !box) return;
    tip.style.left = `${beside(box.left + at.x, tip.offsetWidth, window.innerWidth)}px`;
    tip.style.top = `${beside(box.top + at.y, tip.offsetHeight, window.innerHeight)}px`;
  });
  return <div class="tip" ref={ref} role="presentation">{children}</div>;
}

/** Where something `size` long begins beside `at`, within 0 … `room`. Pure. */
export function beside(at: number, size: number, room: number): number {
  const after = at + AWAY;
  const start = after + size + EDGE <= room ? after : at - AWAY - size;
  return Math.max(EDGE, Math.min(start, room - size - EDGE));
}
