import {describe, expect, it} from 'vitest';
import {CODE} from '../../src/api/types';
import {columnsOf} from '../../src/chart/columns';
import {BARE_AXIS, MARGIN, cellAt, codeText, columnText, heatLayout, keepOf, moveCell, plotHeight, rowAt, rowTop, stepToX, xToStep} from '../../src/chart/heat_layout';

const layout = heatLayout(612, 238, 100, {from: 0, to: 100}, {first: 2, count: 10});

describe('hit testing', () => {
  it('finds the row and the column under a point', () => {
    const steps = Array.from({length: 100}, (_, i) => i);
    const columns = columnsOf(steps, steps);
    expect(cellAt(layout, columns, layout.plot.left, MARGIN.top)).toEqual({row: 2, column: 0});
    expect(cellAt(layout, columns, layout.plot.left + layout.plot.width - 0.01, MARGIN.top + layout.plot.height - 0.01)).toEqual({row: 11, column: 99});
  });
  it('is nowhere outside the plot', () => {
    expect(rowAt(layout, MARGIN.top - 1)).toBe(-1);
    expect(rowAt(layout, 238)).toBe(-1);
  });
  it('agrees with what is drawn', () => {
    expect(rowAt(layout, rowTop(layout, 5))).toBe(5);
    expect(xToStep(layout, stepToX(layout, 42))).toBeCloseTo(42);
  });
  it('holds for a plot without rows', () => {
    expect(rowAt(heatLayout(100, 100, BARE_AXIS, {from: 0, to: 1}, {first: 0, count: 0}), 50)).toBe(-1);
  });
});

describe('words', () => {
  it('name what is not a value', () => {
    const say = (code: number): string => codeText(code, {from: -4, to: 2}, {scale: 'log'});
    expect([CODE.NONE, CODE.ZERO, CODE.INFINITE, CODE.NAN].map(say)).toEqual(['no data', 'exactly 0', 'infinite', 'NaN']);
    expect([CODE.LOWEST, CODE.HIGHEST].map(say)).toEqual(['1e-4', '100']);
    expect(codeText(CODE.LOWEST, {from: -1, to: 1}, {scale: 'linear'})).toBe('−1');
  });
  it('tell one step from a bucket', () => {
    expect(columnText(400, 400, 'max')).toBe('step 400');
    expect(columnText(400, 407, 'max')).toBe('max of steps 400–407');
  });
});

it('moving stops at the edges', () => {
  expect(moveCell({row: 0, column: 0}, -1, -10, 5, 50)).toEqual({row: 0, column: 0});
  expect(moveCell({row: 4, column: 45}, 10, 10, 5, 50)).toEqual({row: 4, column: 49});
});

it('signed statistics keep the largest magnitude under a pixel', () => {
  expect(keepOf('max', {scale: 'linear'})).toBe('magnitude');
  expect(keepOf('max', {scale: 'log'})).toBe('max');
});

it('a plot is high enough for few rows and fits the screen with many', () => {
  expect(plotHeight(2, 600)).toBe(132);
  expect(plotHeight(20, 600)).toBe(400);
  expect(plotHeight(1000, 600)).toBe(600);
});
