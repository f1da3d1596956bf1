import {describe, expect, it} from 'vitest';
import type {ProfileInput} from '../../src/chart/profile_layout';
import {median, perLayer, profilePoints, profileRange, robustSlope, sloped} from '../../src/chart/profile_layout';
import {rowNames} from '../../src/chart/rows';

const names = Array.from({length: 12}, (_, i) => `m/l${i >> 1}/${i % 2 ? 'bias' : 'kernel'}`);
const rows = rowNames(names);

function profile(values: readonly (number | null)[]): ProfileInput {
  return {key: 'r', label: 'r', colour: '#000', dash: [], step: 0, values: new Map(names.map((n, i) => [n, values[i] ?? null]))};
}

describe('slope over depth', () => {
  const decaying = profile(names.map((_, i) => 10 ** (-0.6 * (i >> 1)) * (i % 2 ? 100 : 1)));

  it('is exact in decades a layer, whatever the biases do', () => {
    const through = sloped(profilePoints(decaying, rows, 'log'), (row) => row % 2 === 0);
    const slope = robustSlope(through);
    expect(slope && perLayer(slope, through)).toBeCloseTo(-0.6);
  });
  it('is not turned by one dead and one exploding layer', () => {
    const values = names.map((_, i) => (i === 4 ? 1e20 : 10 ** -i));
    expect(robustSlope(profilePoints(profile(values), rows, 'log'))?.perRow).toBeCloseTo(-1);
  });
  it('leaves out zero, NaN and infinity, which have no place on a log axis', () => {
    const points = profilePoints(profile([0, NaN, Infinity, 1, null, 100]), rows, 'log');
    expect(points.map((p) => p.at)).toEqual([null, null, null, 0, 2]);
    expect(robustSlope(points)).toBeNull();
  });
});

it('median of an even number is the middle of the two', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
});

it('the axis has a length even for one value and for none', () => {
  const one = profileRange([[{row: 0, at: 2, value: 100}]], 'log', [null, null]);
  expect(one.to).toBeGreaterThan(one.from);
  expect(profileRange([], 'log', [null, null])).toEqual({from: 0, to: 1});
  expect(profileRange([], 'linear', [-1, 1])).toEqual({from: -1, to: 1});
});
