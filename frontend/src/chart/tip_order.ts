/** In which order a tooltip lists its lines, as TensorBoard's does. Pure. */

import type {TipOrder} from '../store/state';
import {nearestPoint, ordinate, type LineInput} from './lines_model';

interface At {
  readonly order: TipOrder;
  readonly step: number;
  /** Of the pointer, on the vertical axis; null: not known. */
  readonly value: number | null;
  readonly log: boolean;
}

/** The lines by their values at a step; those without one come last, equal ones stay as they are. */
export function inTipOrder(lines: readonly LineInput[], {order, step, value, log}: At): readonly LineInput[] {
  if (order === 'default') return lines;
  const keys = new Map(lines.map((line) => [line, keyOf(ordinate(line.last[nearestPoint(line.step, step)] ?? NaN, log), order, value)]));
  return [...lines].sort((a, b) => (keys.get(a) ?? Infinity) - (keys.get(b) ?? Infinity));
}

function keyOf(place: number | null, order: Exclude<TipOrder, 'default'>, pointer: number | null): number {
  if (place === null) return Number.MAX_VALUE;
  switch (order) {
    case 'ascending':
      return place;
    case 'descending':
      return -place;
    case 'nearest':
      return Math.abs(place - (pointer ?? place));
    default:
      return order satisfies never;
  }
}
