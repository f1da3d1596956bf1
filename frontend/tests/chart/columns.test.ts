import {describe, expect, it} from 'vitest';
import {columnAt, columnsOf, nearestColumn, pixelColumns, spacing, upperBound} from '../../src/chart/columns';

describe('columnsOf', () => {
  it('buckets touch each other', () => {
    const {start, end} = columnsOf([0, 8, 16], [7, 15, 23]);
    expect([...start]).toEqual([0, 8, 16]);
    expect([...end]).toEqual([8, 16, 31]);
  });
  it('single steps reach to the next', () => {
    expect([...columnsOf([1, 2, 3], [1, 2, 3]).end]).toEqual([2, 3, 4]);
    expect([...columnsOf([5], [5]).end]).toEqual([6]);
  });
  it('a gap stays a gap', () => {
    const columns = columnsOf([0, 10, 20, 100, 110], [0, 10, 20, 100, 110]);
    expect(columnAt(columns, 29)).toBe(2);
    expect(columnAt(columns, 60)).toBe(-1);
    expect(columnAt(columns, 100)).toBe(3);
  });
  it('of nothing is nothing', () => {
    expect(columnAt(columnsOf([], []), 3)).toBe(-1);
    expect(nearestColumn(columnsOf([], []), 3)).toBe(-1);
  });
});

it('spacing is not moved by one gap', () => {
  expect(spacing([0, 10, 20, 1000])).toBe(10);
});

describe('nearestColumn', () => {
  const columns = columnsOf([0, 10, 20, 100], [0, 10, 20, 100]);
  it('finds the nearer side of a gap, and the ends', () => {
    expect([-5, 4, 40, 90, 900].map((s) => nearestColumn(columns, s))).toEqual([0, 0, 2, 3, 3]);
  });
});

describe('pixelColumns', () => {
  it('every column is under some pixel when columns are many', () => {
    const steps = Array.from({length: 1000}, (_, i) => i);
    const {from, to} = pixelColumns(columnsOf(steps, steps), {from: 0, to: 1000}, 333);
    const seen = new Set<number>();
    from.forEach((f, x) => {
      for (let c = f; c < (to[x] ?? 0); c++) seen.add(c);
    });
    expect(seen.size).toBe(1000);
  });
  it('every pixel shows one column when columns are few', () => {
    const {from, to} = pixelColumns(columnsOf([0, 1, 2, 3], [0, 1, 2, 3]), {from: 0, to: 4}, 8);
    expect([...from]).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect([...to]).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
  });
  it('a pixel in a gap shows nothing', () => {
    const {from, to} = pixelColumns(columnsOf([0, 1, 2, 3, 20], [0, 1, 2, 3, 20]), {from: 0, to: 21}, 21);
    expect((to[10] ?? 0) - (from[10] ?? 0)).toBe(0);
  });
});

it('upperBound is the first index above', () => {
  expect([0, 1, 2, 5].map((v) => upperBound([1, 1, 3], v))).toEqual([0, 2, 2, 3]);
});
