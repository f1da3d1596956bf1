import {describe, expect, it} from 'vitest';
import type {Lines} from '../../src/api/types';
import {bestSoFar, partnerBy, type Timed} from '../../src/views/compare_align';
import {moved} from '../../src/views/line_inputs';

function timed(loss: readonly number[], secondsAStep = 1, started: number | null = 0): Timed {
  const last = Float64Array.from(loss);
  const step = Float64Array.from(loss, (_, i) => i);
  const lines: Lines = {run: 'r', statistic: 'loss', points: loss.length, recorded: loss.length, decimated: false, envelope: false, total: loss.length, step, wallTime: step.map((s) => s * secondsAStep), series: [{name: '', last, min: last, max: last}]};
  return {run: {started}, loss: lines};
}

describe('steps are paired', () => {
  it('with themselves', () => expect(partnerBy('step', null, null)?.(7)).toBe(7));
  it('by the time since the start', () => {
    const partner = partnerBy('relative', timed([3, 2, 1, 0], 2), timed([3, 2, 1, 0, 0, 0, 0], 1));
    expect([0, 1, 2, 3].map((s) => partner?.(s))).toEqual([0, 2, 4, 6]);
  });
  it('with nothing where the baseline had ended', () => expect(partnerBy('relative', timed([3, 2, 1, 0], 2), timed([3, 2], 1))?.(3)).toBeNull());
  it('by the loss: where the baseline was first as low', () => {
    const slow = timed([8, 7, 6, 5, 4, 3, 2, 1]);
    const fast = timed([8, 6, 4, 2]);
    const partner = partnerBy('loss', fast, slow);
    const places = [0, 1, 2, 3].map((s) => partner?.(s) ?? null);
    expect(places[0]).toBe(0);
    expect(places.every((p, i) => p === null || i === 0 || p >= (places[i - 1] ?? 0))).toBe(true);
    expect(places[2]).toBeGreaterThan(2);
  });
  it('with nothing where the baseline never got as low', () => expect(partnerBy('loss', timed([8, 1, 0.1, 0.1]), timed([8, 7, 7, 7]))?.(3)).toBeNull());
  it.each([[[]], [[NaN, NaN]]])('not by a loss of %j', (loss) => expect(partnerBy('loss', timed(loss), timed([1, 2]))).toBeNull());
  it('not before the times are known', () => expect(partnerBy('relative', timed([1]), null)).toBeNull());
});

it('the best loss so far never rises, and an explosion does not end it', () => {
  const best = bestSoFar(timed([4, 2, NaN, 9, 1, Infinity, 1]).loss);
  expect(best && [...best].every((v, i) => i === 0 || v <= (best[i - 1] ?? 0))).toBe(true);
});

it('a line that is moved keeps its own steps for reading, and loses what has no place', () => {
  const values = [1, 2, 3, 4];
  const line = {key: 'a', label: 'a', colour: 'red', dash: [], x: [0, 1, 2, 3], step: [0, 1, 2, 3], last: values, min: values, max: values};
  const found = moved(line, (s) => (s === 3 ? null : s * 10));
  expect([found.x, found.step, found.last, found.min === found.last]).toEqual([[0, 10, 20], [0, 1, 2], [1, 2, 3], true]);
  expect(moved(line, undefined)).toBe(line);
});
