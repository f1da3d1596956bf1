import {describe, expect, it} from 'vitest';
import type {LineInput} from '../../src/chart/lines_model';
import {convert, firstNumber, mergedAxis, nearestPoint, ordinate, paddedRange, plotData, stepToX, usualExtent, visibleExtent, xToStep} from '../../src/chart/lines_model';

function line(x: readonly number[], last: readonly number[], more: Partial<LineInput> = {}): LineInput {
  return {key: 'k', label: 'run', colour: '#000', dash: [], x, step: x, last, min: last, max: last, ...more};
}

describe('plotData', () => {
  it('aligns lines of different steps without breaking them', () => {
    const data = plotData([line([0, 2], [1, 2]), line([1, 2], [3, 4])], {log: false, smoothing: 0});
    expect(data.x).toEqual([0, 1, 2]);
    expect(data.lines.map((l) => l.raw)).toEqual([[1, undefined, 2], [undefined, 3, 4]]);
  });
  it('feeds log10 and sets apart what has no place on a log axis', () => {
    const data = plotData([line([0, 1, 2, 3, 4], [100, 0, Infinity, NaN, -1])], {log: true, smoothing: 0});
    expect(data.lines[0]?.raw).toEqual([2, null, null, null, null]);
    expect(data.odd.map((o) => o.kind)).toEqual(['zero', 'infinite', 'nan', 'negative']);
  });
  it('a spike that is infinite within a bucket is still marked', () => {
    const data = plotData([line([0], [1], {min: [0.5], max: [Infinity]})], {log: true, smoothing: 0});
    expect(data.odd).toEqual([{x: 0, kind: 'infinite', line: 0}]);
  });
  it('a statistic that begins late is absent before, not NaN', () => {
    expect(plotData([line([0, 1, 2], [NaN, 1, NaN])], {log: false, smoothing: 0}).odd).toEqual([{x: 2, kind: 'nan', line: 0}]);
    expect(firstNumber([NaN, NaN])).toBe(2);
  });
  it('has an envelope only where points were decimated', () => {
    expect(plotData([line([0], [1])], {log: false, smoothing: 0}).lines[0]?.low).toBeNull();
    expect(plotData([line([0], [10], {min: [1], max: [100]})], {log: true, smoothing: 0}).lines[0]).toMatchObject({low: [0], high: [2]});
  });
  it('keeps the raw line beside the smoothed one', () => {
    const data = plotData([line([0, 1], [0, 1])], {log: false, smoothing: 0.5});
    expect(data.lines[0]?.raw).toEqual([0, 1]);
    expect(data.lines[0]?.smooth?.[1]).toBeCloseTo(2 / 3);
  });
  it('of nothing is empty', () => {
    expect(plotData([], {log: true, smoothing: 0.5})).toEqual({x: [], lines: [], odd: []});
  });
});

it('ordinate keeps denormal numbers finite', () => {
  expect(ordinate(5e-324, true)).toBeCloseTo(-323.3, 1);
});

it('mergedAxis sorts as numbers', () => {
  expect(mergedAxis([[10, 9], [100]])).toEqual([9, 10, 100]);
});

describe('ranges', () => {
  it('cover the envelope, not only the line', () => {
    const data = plotData([line([0, 1], [10, 10], {min: [1, 10], max: [10, 1000]})], {log: true, smoothing: 0});
    expect(visibleExtent(data, 0, 1)).toEqual({from: 0, to: 3});
    expect(visibleExtent(data, 1, 1)).toEqual({from: 1, to: 3});
  });
  it('are null when there is nothing to see', () => {
    expect(visibleExtent(plotData([line([0], [NaN])], {log: false, smoothing: 0}), 0, 0)).toBeNull();
  });
  it('have a length for a constant series, and for zero', () => {
    const constant = paddedRange({from: 2, to: 2}, true, [null, null]);
    expect(constant.to - constant.from).toBeGreaterThan(0.4);
    const zero = paddedRange({from: 0, to: 0}, false, [null, null]);
    expect(zero.to).toBeGreaterThan(zero.from);
  });
  it('of a cosine are always the same', () => {
    expect(paddedRange({from: 0.9, to: 1}, false, [-1, 1])).toEqual({from: -1.12, to: 1.12});
  });
});

it('nearestPoint takes the nearer neighbour', () => {
  expect([-1, 4, 6, 99].map((x) => nearestPoint([0, 10], x))).toEqual([0, 0, 1, 1]);
  expect(nearestPoint([], 1)).toBe(-1);
});

it('convert interpolates between recorded points', () => {
  expect(convert([0, 10], [100, 200], 5)).toBe(150);
  expect(convert([3], [7], 3)).toBe(7);
  expect(convert([], [], 3)).toBeNull();
});

describe('steps on an axis of time', () => {
  const lines = [line([100, 110, 120], [1, 1, 1], {key: 'a', step: [0, 10, 20]}), line([105, 125], [1, 1], {key: 'b', step: [0, 20]})];
  it('lie where their own run was at that step', () => {
    expect(stepToX({lines, xAxis: 'relative'}, 5)).toBe(105);
    expect(stepToX({lines, xAxis: 'relative'}, 10, 'b')).toBe(115);
    expect(stepToX({lines, xAxis: 'step'}, 7)).toBe(7);
  });
  it('lie nowhere outside of what was recorded', () => {
    expect(stepToX({lines, xAxis: 'wall'}, 99)).toBeNull();
    expect(stepToX({lines: [], xAxis: 'wall'}, 1)).toBeNull();
  });
  it('are found back from the nearest point of any run', () => {
    expect(xToStep({lines}, 124)).toBe(20);
    expect(xToStep({lines: []}, 3)).toBeNull();
  });
});

describe('a vertical axis without outliers', () => {
  const plain = {log: false, smoothing: 0};
  it('covers the middle nine tenths of the values, as a slow count says', () => {
    const values = Array.from({length: 101}, (_, i) => (i === 50 ? 1e9 : (i * 37) % 101));
    const {from, to} = usualExtent(plotData([line(values.map((_, i) => i), values)], plain), 0, 100) ?? {from: NaN, to: NaN};
    expect(values.filter((v) => v < from).length).toBe(5);
    expect(values.filter((v) => v > to).length).toBe(5);
  });
  it('covers one value, a constant, and only what is visible', () => {
    expect(usualExtent(plotData([line([0], [7])], plain), 0, 0)).toEqual({from: 7, to: 7});
    expect(usualExtent(plotData([line([0, 1, 2], [3, 3, 3])], plain), 0, 2)).toEqual({from: 3, to: 3});
    expect(usualExtent(plotData([line([0, 1, 2], [3, 4, 100])], plain), 0, 1)).toEqual({from: 3, to: 4});
  });
  it('is not turned by NaN and infinity, and is nothing where there is nothing', () => {
    expect(usualExtent(plotData([line([0, 1, 2, 3], [1, NaN, Infinity, 2])], plain), 0, 3)).toEqual({from: 1, to: 2});
    expect(usualExtent(plotData([], plain), 0, 0)).toBeNull();
  });
});

describe('NaN of a quotient', () => {
  it('is no failure to mark: there was nothing to divide by', () => {
    const quotient = line([0, 1, 2], [1, NaN, Infinity], {undefinedIsAbsent: true});
    expect(plotData([quotient], {log: false, smoothing: 0}).odd.map((o) => o.kind)).toEqual(['infinite']);
  });
});
