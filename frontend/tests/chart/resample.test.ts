import {describe, expect, it} from 'vitest';
import {CODE} from '../../src/api/types';
import type {Keep} from '../../src/chart/resample';
import {paint, pixelRows, ranks} from '../../src/chart/resample';

const identity = Uint32Array.from({length: 256}, (_, i) => i);

function onePixel(codes: readonly number[], keep: Keep): number | undefined {
  const cells = {codes: Uint8Array.from(codes), columns: codes.length, tileRows: Int32Array.of(0)};
  const whole = {from: Int32Array.of(0), to: Int32Array.of(codes.length)};
  return paint(cells, {from: Int32Array.of(0), to: Int32Array.of(1)}, whole, keep, identity)[0];
}

describe('paint', () => {
  it('never averages a spike away', () => {
    expect(onePixel([10, 11, 200, 9], 'max')).toBe(200);
    expect(onePixel([100, 11, 200], 'min')).toBe(11);
    expect(onePixel([10, 11, 12], 'last')).toBe(12);
    expect(onePixel([130, 20, 140], 'magnitude')).toBe(20);
  });
  it.each(['max', 'min', 'magnitude', 'last'] as const)('a NaN wins over all and no data loses to all (%s)', (keep) => {
    expect(onePixel([5, CODE.NAN, 250, CODE.INFINITE], keep)).toBe(CODE.NAN);
    expect(onePixel([5, CODE.INFINITE, 250], keep)).toBe(CODE.INFINITE);
    expect(onePixel([CODE.NONE, 40, CODE.NONE], keep)).toBe(40);
    expect(onePixel([CODE.NONE, CODE.ZERO], keep)).toBe(CODE.ZERO);
    expect(onePixel([CODE.NONE], keep)).toBe(CODE.NONE);
  });
  it('a variable that the run lacks is no data', () => {
    const cells = {codes: Uint8Array.of(7), columns: 1, tileRows: Int32Array.of(-1, 0)};
    const one = {from: Int32Array.of(0), to: Int32Array.of(1)};
    expect([...paint(cells, pixelRows(0, 2, 4), one, 'max', identity)]).toEqual([0, 0, 7, 7]);
  });
});

describe('pixelRows', () => {
  it('every row is under some pixel when rows are many', () => {
    const {from, to} = pixelRows(0, 1000, 300);
    const seen = new Set<number>();
    from.forEach((f, y) => {
      for (let r = f; r < (to[y] ?? 0); r++) seen.add(r);
    });
    expect(seen.size).toBe(1000);
  });
  it('starts at the first visible row', () => {
    expect([...pixelRows(5, 2, 4).from]).toEqual([5, 5, 6, 6]);
  });
});

it('all ranks are told apart by max', () => {
  expect(new Set([...ranks('max')].filter((r) => r > 0)).size).toBe(253);
});
