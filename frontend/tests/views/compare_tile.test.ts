import {describe, expect, it} from 'vitest';
import {CODE, type Tile} from '../../src/api/types';
import {codeToAxis} from '../../src/chart/colour';
import {differenceTile, divergesAt} from '../../src/views/compare_tile';

function tile(codes: readonly number[], low: number, high: number, columns = codes.length): Tile {
  const firstStep = Float64Array.from({length: columns}, (_, i) => i * 10);
  const base = {run: 'r', statistic: 's', pool: 'max', scale: 'log', names: [], recorded: columns} as const;
  return {...base, rows: codes.length / columns, columns, low, high, firstStep, lastStep: firstStep, codes: Uint8Array.from(codes)};
}

const placed = (t: Tile, rows: readonly number[] = [0]) => ({tile: t, tileRows: Int32Array.from(rows)});

describe('differenceTile', () => {
  it('is in decades, whatever ranges the two tiles are quantised over', () => {
    const found = differenceTile(placed(tile([CODE.HIGHEST], -3, 2)), placed(tile([CODE.LOWEST], -1, 5)), 1);
    expect(codeToAxis(found.codes[0] ?? 0, {from: found.low, to: found.high})).toBeCloseTo(3);
  });
  it('is white, in the middle, where the runs agree', () => {
    const found = differenceTile(placed(tile([2, 251], 0, 1)), placed(tile([2, 2], 0, 1)), 1);
    expect(codeToAxis(found.codes[0] ?? 0, {from: -1, to: 1})).toBeCloseTo(0, 2);
    expect(found).toMatchObject({low: -1, high: 1});
  });
  it.each([
    [CODE.NONE, 100, CODE.NONE],
    [100, CODE.NAN, CODE.NAN],
    [CODE.INFINITE, 100, CODE.NAN],
    [CODE.ZERO, 100, CODE.ZERO],
    [100, CODE.ZERO, CODE.INFINITE],
    [CODE.ZERO, CODE.NONE, CODE.NONE],
  ])('code %s against %s is code %s', (a, b, expected) => {
    expect(differenceTile(placed(tile([a], 0, 1)), placed(tile([b], 0, 1)), 1).codes[0]).toBe(expected);
  });
  it('two exact zeros agree', () => {
    const found = differenceTile(placed(tile([CODE.ZERO], 0, 1)), placed(tile([CODE.ZERO], 0, 1)), 1);
    expect(Math.abs(codeToAxis(found.codes[0] ?? 0, {from: found.low, to: found.high}))).toBeLessThan(0.001);
  });
  it('a variable that only one run has cannot be compared', () => {
    expect(differenceTile(placed(tile([9], 0, 1)), placed(tile([9], 0, 1), [-1]), 1).codes[0]).toBe(CODE.NONE);
  });
});

describe('divergesAt', () => {
  const differing = (codes: readonly number[]) => divergesAt({...tile(codes, -1, 1), scale: 'linear'}, 0.3);
  it('is the first step from which the runs stay apart', () => {
    expect(differing([127, 250, 127, 250, 250])).toBe(30);
    expect(differing([250, 250])).toBe(0);
  });
  it('counts what died in one run only as apart', () => {
    expect(differing([127, CODE.ZERO, CODE.INFINITE])).toBe(10);
  });
  it('is null when they end together, or nothing was compared', () => {
    expect(differing([250, 127])).toBeNull();
    expect(differing([CODE.NONE])).toBeNull();
  });
});
