/** Pointer, wheel and keys over a heatmap. */

import type {Signal} from '@preact/signals';
import {batch, useSignal} from '@preact/signals';
import type {CanvasHTMLAttributes} from 'preact';
import {useEffect, useMemo, useRef} from 'preact/hooks';
import type {Columns} from './columns';
import {CLICK_SLOP, dragOf, dragRect} from './drag';
import {onceAFrame} from './frame';
import type {Held, Place} from './heat_commands';
import {choice, choose, finish, follow, leave, obey, pan, reset, zoomAt} from './heat_commands';
import type {HeatLayout, Rect} from './heat_layout';
import type {HeatmapProps, Pointer} from './heat_props';
import {commandOf} from './keyboard';

/** One notch of the wheel zooms by this. */
const WHEEL_ZOOM = 1.25;

type Handlers = Readonly<
  Partial<
    Pick<
      CanvasHTMLAttributes<HTMLCanvasElement>,
      'onPointerDown' | 'onPointerMove' | 'onPointerUp' | 'onPointerLeave' | 'onBlur' | 'onDblClick' | 'onWheel' | 'onKeyDown'
    >
  >
>;

export interface Gestures {
  readonly handlers: Handlers;
  /** Where the pointer is; null: elsewhere. */
  readonly pointer: Signal<Pointer | null>;
  /** What a screen reader says after a key. */
  readonly spoken: Signal<string>;
}

export function useGestures(props: HeatmapProps, layout: HeatLayout, columns: Columns, drag: Signal<Rect | null>): Gestures {
  const pointer = useSignal<Pointer | null>(null);
  const spoken = useSignal('');
  const place = useRef<Place>({props, layout, columns});
  place.current = {props, layout, columns};
  useEffect(() => leave, []);
  const handlers = useMemo(() => handlersOf(() => place.current, pointer, spoken, drag), []);
  return {handlers, pointer, spoken};
}

function handlersOf(place: () => Place, pointer: Signal<Pointer | null>, spoken: Signal<string>, drag: Signal<Rect | null>): Handlers {
  const {undo, drop, ...dragging} = dragHandlers(place, pointer, drag);
  const away = (): void => {
    drop();
    batch(() => {
      pointer.value = null;
      leave();
    });
  };
  return {
    ...dragging,
    onPointerLeave: away,
    onBlur: away,
    onDblClick: () => {
      undo();
      reset(place().props);
    },
    onWheel: (event) => {
      if (!event.altKey) return;
      event.preventDefault();
      zoomAt(place(), pointOf(event), event.deltaY < 0 ? 1 / WHEEL_ZOOM : WHEEL_ZOOM);
    },
    onKeyDown: (event) => {
      const command = commandOf(event);
      if (!command) return;
      event.preventDefault();
      pointer.value = null;
      spoken.value = obey(command, place());
    },
  };
}

/** Two presses within this many milliseconds are a double click. */
const DOUBLE = 500;

function dragHandlers(place: () => Place, pointer: Signal<Pointer | null>, drag: Signal<Rect | null>): Handlers & Readonly<Record<'undo' | 'drop', () => void>> {
  let held: Held | null = null;
  const frame = onceAFrame((at: Pointer): void => {
    const {plot} = place().layout;
    if (held?.pan) pan(place(), held, at);
    else if (held) drag.value = dragRect(dragOf(held.start, at, plot), plot);
    batch(() => {
      pointer.value = at;
      follow(place(), at);
    });
  });
  let before = {at: -Infinity, choice: choice()};
  return {
    undo: () => choose(before.choice), // a double click is no choice
    drop: frame.drop,
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      if (event.timeStamp - before.at > DOUBLE) before = {at: event.timeStamp, choice: choice()};
      const {domain, rows} = place().layout;
      held = {start: pointOf(event), pan: event.shiftKey, domain, first: rows.first};
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event) => frame.ask(pointOf(event)),
    onPointerUp: (event) => {
      frame.drop();
      const start = held;
      held = null;
      drag.value = null;
      const end = pointOf(event);
      const panned = start?.pan && Math.hypot(end.x - start.start.x, end.y - start.start.y) >= CLICK_SLOP;
      if (start && !panned) finish(place(), start.start, end, event.ctrlKey || event.metaKey || event.shiftKey);
    },
  };
}

function pointOf({offsetX, offsetY, clientX, clientY}: MouseEvent): Pointer {
  return {x: offsetX, y: offsetY, left: clientX, top: clientY};
}
