import {describe, expect, it} from 'vitest';
import type {Lines} from '../../src/api/types';
import {layoutSpark, placeStep, stagger} from '../../src/views/spark_layout';

function lines(values: readonly number[]): Lines {
  const last = new Float64Array(values);
  const step = new Float64Array(values.map((_, i) => i));
  return {run: 'r', statistic: 'loss', points: values.length, recorded: values.length, decimated: false, envelope: false, total: values.length, step, wallTime: step, series: [{name: '', last, min: last, max: last}]};
}

describe('layoutSpark', () => {
  it('runs from the top left to the bottom right for a loss that falls', () => {
    expect(layoutSpark(lines([2, 1]), 0, 1)?.path).toBe('M0.0 6.0L1000.0 94.0');
  });
  it('has room for a level that values are held against', () => {
    expect(layoutSpark(lines([2, 1]), 0, 1, 3)).toMatchObject({level: 6, path: 'M0.0 50.0L1000.0 94.0'});
    expect(layoutSpark(lines([2, 1]), 0, 1)?.level).toBeNull();
  });
  it('leaves a gap where the loss is not finite, and says where', () => {
    const spark = layoutSpark(lines([1, NaN, Infinity, 2, 3]), 0, 4);
    expect(spark?.path.match(/M/g)?.length).toBe(2);
    expect(spark?.broken).toEqual([[250, 750]]);
  });
  it('connects what is known now and then, as a validation loss is', () => {
    const spark = layoutSpark(lines([NaN, 2, NaN, NaN, 1, NaN]), 0, 5);
    expect([spark?.path, spark?.broken]).toEqual(['M200.0 6.0L800.0 94.0', []]);
    expect(layoutSpark(lines([1, NaN, NaN]), 0, 2)?.broken).toEqual([[500, 1000]]);
  });
  it('goes logarithmic only for a positive loss of many magnitudes', () => {
    expect([[1, 100], [1, 10], [-1, 100], [0, 100]].map((v) => layoutSpark(lines(v), 0, 1)?.log)).toEqual([true, false, false, false]);
  });
  it('of a constant loss is a line', () => expect(layoutSpark(lines([3, 3]), 0, 1)?.path).not.toContain('NaN'));
  it('of no finite loss is nothing', () => {
    expect(layoutSpark(lines([NaN, NaN]), 0, 1)).toBeNull();
    expect(layoutSpark(lines([]), 0, 1)).toBeNull();
  });
  it('tells the first and the last finite value', () => {
    const spark = layoutSpark(lines([NaN, 4, 5, NaN]), 0, 3);
    expect([spark?.from, spark?.to]).toEqual([4, 5]);
  });
});

describe('placeStep', () => {
  it('stays inside the box', () => expect([placeStep(-5, 0, 10), placeStep(50, 0, 10), placeStep(5, 0, 10)]).toEqual([0, 1000, 500]));
  it('of a run with one step is the middle', () => expect(placeStep(7, 7, 7)).toBe(500));
});

describe('stagger', () => {
  it('moves a mark down where it would cover another', () => expect(stagger([0, 10, 20, 100], 50)).toEqual([0, 1, 2, 0]));
  it('leaves marks alone that do not touch', () => expect(stagger([0, 50, 100], 50)).toEqual([0, 0, 0]));
});
