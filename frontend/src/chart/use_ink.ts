/** The colours that canvases draw with, read anew when the theme changes. */

import {useMemo} from 'preact/hooks';
import {theme} from '../store/state';
import type {Ink} from './ink';
import {readInk} from './ink';

export function useInk(): Ink {
  const now = theme.value;
  return useMemo(() => readInk(now), [now]);
}
