/** The colours and the font that canvases draw with: the tokens of style.css, read once a theme. */

import type {Theme} from '../store/state';

export interface Ink {
  readonly theme: Theme;
  readonly text: string;
  readonly sub: string;
  readonly grid: string;
  readonly axis: string;
  readonly border: string;
  readonly card: string;
  readonly accent: string;
  readonly noData: string;
  readonly ok: string;
  readonly error: string;
  readonly warning: string;
  readonly info: string;
  /** Family only; sizes are the drawing's own. */
  readonly family: string;
}

/** Reads the tokens that hold now. `theme` says which; the caller redraws when it changes. */
export function readInk(theme: Theme, element: Element = document.documentElement): Ink {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim() || 'gray';
  return {
    theme,
    text: token('fg'),
    sub: token('sub'),
    grid: token('grid'),
    axis: token('border-strong'),
    border: token('border'),
    card: token('card'),
    accent: token('accent'),
    noData: token('no-data'),
    ok: token('ok'),
    error: token('error'),
    warning: token('warning'),
    info: token('info'),
    family: token('font'),
  };
}
