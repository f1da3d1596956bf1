import {describe, expect, it} from 'vitest';
import {smooth} from '../../src/chart/smoothing';

/** The average written out: each value weighted by its age, divided by the sum of the weights. */
function slowly(values: readonly number[], weight: number): number[] {
  return values.map((value, n) => {
    if (!Number.isFinite(value)) return value;
    const past = values.slice(0, n + 1).filter(Number.isFinite);
    const weights = past.map((_, i) => (1 - weight) * weight ** (past.length - 1 - i));
    const total = weights.reduce((a, b) => a + b, 0);
    return past.reduce((sum, v, i) => sum + v * (weights[i] ?? 0), 0) / total;
  });
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((e, i) => (Number.isFinite(e) ? expect(actual[i]).toBeCloseTo(e, 10) : expect(actual[i]).toBe(e)));
}

describe('smooth', () => {
  const noisy = Array.from({length: 50}, (_, i) => Math.sin(i) * 10 + i);

  it.each([0.1, 0.6, 0.9, 0.999])('is the average written out slowly, weight %s', (weight) => {
    expectClose(smooth(noisy, weight), slowly(noisy, weight));
  });
  it.each([0, 25, 49])('passes NaN and infinity at %s through and leaves them out of the average', (at) => {
    for (const odd of [NaN, Infinity, -Infinity]) {
      const values = noisy.with(at, odd);
      expectClose(smooth(values, 0.6), slowly(values, 0.6));
    }
  });
  it('weight 0 gives the values back', () => {
    expectClose(smooth(noisy, 0), noisy);
  });
  it('a constant series stays exactly constant', () => {
    expect([...smooth([0.1, 0.1, 0.1], 0.9)]).toEqual([0.1, 0.1, 0.1]);
  });
  it('of nothing is nothing, of one value that value', () => {
    expect([...smooth([], 0.6)]).toEqual([]);
    expect([...smooth([3], 0.6)]).toEqual([3]);
  });
});
