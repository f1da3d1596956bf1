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
  readonly full: Interval;
  /** Colours stay symmetric about it; null: they are not. */
  readonly centre: number | null;
}

/** Ends stay apart by this share of what the colours tell apart, so that there is always a range. */
const APART = 0.01;
/** Of the same, that the bar shows beyond each end: more, and one far outlier would leave no room for the colours. */
const BEYOND = 0.15;

/** What the bar of colours covers. */
export function barOf({shown, full}: Pick<Move, 'shown' | 'full'>): Interval {
  const more = BEYOND * span(shown);
  return {from: Math.min(shown.from, Math.max(full.from, shown.from - more)), to: Math.max(shown.to, Math.min(full.to, shown.to + more))};
}

export function movedEnd({end, value, shown, full, centre}: Move): Interval {
  const least = APART * span(shown);
  if (centre !== null) {
    const reach = Math.max(least, Math.min(end === 'from' ? centre - value : value - centre, full.to - centre));
    return {from: centre - reach, to: centre + reach};
  }
  return end === 'from'
    ? {from: Math.max(full.from, Math.min(value, shown.to - least)), to: shown.to}
    : {from: shown.from, to: Math.min(full.to, Math.max(value, shown.from + least))};
}
