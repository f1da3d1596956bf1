/** Arithmetic of a visible stretch of an axis: zoom, pan and clamp. Pure. */

/** A stretch of an axis, `from` < `to`, in the axis's own unit (steps, seconds or rows). */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

export function span(interval: Interval): number {
  return interval.to - interval.from;
}

export function contains(interval: Interval, value: number): boolean {
  return value >= interval.from && value <= interval.to;
}

/** The interval between two ends given in either order. */
export function between(a: number, b: number): Interval {
  return a <= b ? {from: a, to: b} : {from: b, to: a};
}

/** `interval` moved, and cut only where it is longer than `bounds`, so that it lies within them. */
export function within(interval: Interval, bounds: Interval): Interval {
  const length = Math.min(span(interval), span(bounds));
  const from = Math.min(Math.max(interval.from, bounds.from), bounds.to - length);
  return {from, to: from + length};
}

/** `interval` scaled by `factor` about `at`, which stays where it is; never shorter than `least`, never outside `bounds`. */
export function zoomAbout(interval: Interval, at: number, factor: number, bounds: Interval, least: number): Interval {
  const length = Math.min(Math.max(span(interval) * factor, least), span(bounds));
  const share = span(interval) === 0 ? 0.5 : (at - interval.from) / span(interval);
  const from = at - share * length;
  return within({from, to: from + length}, bounds);
}

export function panBy(interval: Interval, delta: number, bounds: Interval): Interval {
  return within({from: interval.from + delta, to: interval.to + delta}, bounds);
}

/** The smallest interval that covers them all; null when there is none. */
export function cover(intervals: readonly Interval[]): Interval | null {
  if (intervals.length === 0) return null;
  return {
    from: Math.min(...intervals.map((i) => i.from)),
    to: Math.max(...intervals.map((i) => i.to)),
  };
}

/** Where `value` lies on `pixels` pixels that show `interval`. */
export function toPixel(interval: Interval, pixels: number, value: number): number {
  return span(interval) === 0 ? 0 : ((value - interval.from) / span(interval)) * pixels;
}

/** The value at `pixel` of `pixels` pixels that show `interval`. */
export function fromPixel(interval: Interval, pixels: number, pixel: number): number {
  return pixels === 0 ? interval.from : interval.from + (pixel / pixels) * span(interval);
}
