import {describe, expect, it} from 'vitest';
import type {Stability} from '../../src/api/types';
import {largestStable, predict, rateDomain, stretches, typicalCurvature} from '../../src/views/what_if_layout';

/** Gradient descent with curvature 2: |1 − 2η|. */
function descent(change: Partial<Stability> = {}): Stability {
  const number = Array.from({length: 26}, (_, i) => i / 10);
  return {
    basis: 'recurrence', source: 'successive batches', noisy: false, learning_rate: 1.5, momentum: 0, nesterov: false,
    number: 3, limit: 2, steps: 19, above: 19, first_above: 1, curvature: Array.from({length: 21}, () => 2),
    regions: [{behaviour: 'monotone', start: 0, end: 1}, {behaviour: 'oscillating', start: 1, end: 2}, {behaviour: 'diverging', start: 2, end: Infinity}],
    response: {number, root: number.map((a) => Math.abs(1 - a))},
    ...change,
  };
}

describe('another learning rate', () => {
  it.each([[0.25, 'monotone', 0.5], [0.75, 'oscillating', 0.5], [1.5, 'diverging', 2], [10, 'diverging', 19]] as const)('%d is %s', (rate, fate, root) => {
    const found = predict(descent(), rate);
    expect([found.fate, found.number]).toEqual([fate, 2 * rate]);
    expect(found.root).toBeCloseTo(root);
  });
  it('is at the limit where the curvature says so', () => expect(largestStable(descent())).toBe(1));
  it('is beyond the limit in the share of steps whose curvature is higher', () => {
    const curvature = Array.from({length: 21}, (_, i) => i / 10);
    expect(predict(descent({curvature}), 1.25).beyond).toBeCloseTo(4 / 21);
  });
  it('is never called diverging from curvature that is only an upper bound', () => {
    expect([0.5, 0.9, 1.5].map((rate) => predict(descent({noisy: true}), rate).fate)).toEqual(['stable', 'stable', 'unknown']);
  });
  it('diverges beyond the rate that the diagnosis names, whatever the noise hides', () => {
    expect([0.25, 0.5, 1.5].map((rate) => predict(descent({noisy: true}), rate, 0.3).fate)).toEqual(['stable', 'diverging', 'diverging']);
    expect(stretches(descent({noisy: true}), {from: -1, to: 1}, 0.3).map((s) => s.fate)).toEqual(['stable', 'diverging']);
    expect(10 ** rateDomain(descent(), 0.01).from).toBeLessThan(0.01);
  });
  it('has no limit where the curvature is not positive', () => {
    const flat = descent({curvature: Array.from({length: 21}, () => -1)});
    expect([typicalCurvature(flat), largestStable(flat), stretches(flat, {from: -1, to: 1})]).toEqual([null, null, []]);
  });
});

describe('the ruler', () => {
  it('covers what was used and the limit, with room', () => {
    const {from, to} = rateDomain(descent());
    expect(10 ** from).toBeLessThan(0.25);
    expect(10 ** to).toBeGreaterThan(5);
  });
  it('is divided at 0.5 and 1', () => {
    const found = stretches(descent(), {from: -1, to: 1});
    expect(found.map((s) => s.fate)).toEqual(['monotone', 'oscillating', 'diverging']);
    expect([found[0]?.from, found[2]?.to]).toEqual([0, 1]);
    expect(found[1]?.from).toBeCloseTo((1 + Math.log10(0.5)) / 2);
    expect(found[2]?.from).toBeCloseTo(0.5);
  });
  it('joins what cannot be told apart', () => expect(stretches(descent({noisy: true}), {from: -1, to: 1}).map((s) => s.fate)).toEqual(['stable', 'unknown']));
});
