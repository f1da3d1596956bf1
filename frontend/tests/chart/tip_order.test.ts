import {describe, expect, it} from 'vitest';
import type {LineInput} from '../../src/chart/lines_model';
import {inTipOrder} from '../../src/chart/tip_order';

const line = (key: string, last: readonly number[]): LineInput => {
  const x = last.map((_, i) => i);
  return {key, label: key, colour: '#000', dash: [], x, step: x, last, min: last, max: last};
};
const LINES = [line('a', [1, 5]), line('b', [1, 50]), line('c', [1, NaN]), line('d', [1, 2])];
const at = {step: 1, value: null, log: false} as const;
const keys = (lines: readonly LineInput[]): string => lines.map((l) => l.key).join('');

describe('the lines of a tooltip', () => {
  it('stand as they are listed, or by their values at the step', () => {
    expect(keys(inTipOrder(LINES, {...at, order: 'default'}))).toBe('abcd');
    expect(keys(inTipOrder(LINES, {...at, order: 'descending'}))).toBe('badc');
    expect(keys(inTipOrder(LINES, {...at, order: 'ascending'}))).toBe('dabc');
  });
  it('or by how near the pointer they are, on the axis that is drawn', () => {
    expect(keys(inTipOrder(LINES, {...at, order: 'nearest', value: 20}))).toBe('adbc');
    expect(keys(inTipOrder(LINES, {...at, order: 'nearest', value: Math.log10(20), log: true}))).toBe('badc');
  });
  it('stay where they are when values are equal, and are none of none', () => {
    expect(keys(inTipOrder(LINES, {...at, step: 0, order: 'descending'}))).toBe('abcd');
    expect(inTipOrder([], {...at, order: 'ascending'})).toEqual([]);
  });
});
