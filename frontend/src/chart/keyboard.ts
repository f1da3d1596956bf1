/** What a key means on a chart. Pure. */

export type Command =
  | {readonly kind: 'move'; readonly down: number; readonly right: number}
  | {readonly kind: 'edge'; readonly end: boolean}
  | {readonly kind: 'zoom'; readonly factor: number}
  | {readonly kind: 'select'}
  | {readonly kind: 'group'}
  | {readonly kind: 'reset'};

export interface Key {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

const FAST = 10;
export const ZOOM_STEP = 0.5;

/** The command of a key; null: not ours, leave it to the browser. */
export function commandOf({key, shiftKey, ctrlKey, metaKey, altKey}: Key): Command | null {
  if (ctrlKey || metaKey || altKey) return null;
  const far = shiftKey ? FAST : 1;
  switch (key) {
    case 'ArrowLeft':
      return {kind: 'move', down: 0, right: -far};
    case 'ArrowRight':
      return {kind: 'move', down: 0, right: far};
    case 'ArrowUp':
      return {kind: 'move', down: -far, right: 0};
    case 'ArrowDown':
      return {kind: 'move', down: far, right: 0};
    case 'Home':
      return {kind: 'edge', end: false};
    case 'End':
      return {kind: 'edge', end: true};
    case '+':
    case '=':
      return {kind: 'zoom', factor: ZOOM_STEP};
    case '-':
    case '_':
      return {kind: 'zoom', factor: 1 / ZOOM_STEP};
    case 'Enter':
    case ' ':
      return {kind: 'select'};
    case 'g':
      return {kind: 'group'};
    case 'Escape':
      return {kind: 'reset'};
    default:
      return null;
  }
}
