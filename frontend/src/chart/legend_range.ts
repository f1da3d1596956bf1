/** The range of colours when one of its ends is moved. Pure. */

import type {Interval} from './interval';
import {span} from './interval';

export type End = 'from' | 'to';

interface Move {
  readonly end: End;
  /** Where the end is wanted. */
  readonly value: number;
  readonly shown: Interval;
  /** The ends stay within. */
  readonly axis: Interval;
  /** Colours stay symmetric about it; null: they are not. */
  readonly centre: number | null;
}

/** Ends stay apart by this share of the whole, so that there is always a range. */
const APART = 0.01;

export function movedEnd({end, value, shown, axis, centre}: Move): Interval {
  const least = APART * span(axis);
  if (centre !== null) {
    const reach = Math.max(least, Math.min(end === 'from' ? centre - value : value - centre, axis.to - centre));
    return {from: centre - reach, to: centre + reach};
  }
  return end === 'from'
    ? {from: Math.max(axis.from, Math.min(value, shown.to - least)), to: shown.to}
    : {from: shown.from, to: Math.min(axis.to, Math.max(value, shown.from + least))};
}
