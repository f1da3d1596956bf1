import {ARROW_WIDTH} from '../../src/chart/heat_layout';
import {describe, expect, it} from 'vitest';
import {heatLayout, rowTop} from '../../src/chart/heat_layout';
import {axisWidths, sceneOf} from '../../src/chart/heat_scene';
import type {Ink} from '../../src/chart/ink';
import {clusters, stretches} from '../../src/chart/marks';
import {rowNames} from '../../src/chart/rows';

it('neighbouring rows share a bracket', () => {
  expect(stretches([7, 2, 4, 3, 3])).toEqual([[2, 5], [7, 8]]);
  expect(stretches([])).toEqual([]);
});

const rows = rowNames(['m/a/kernel', 'm/a/bias', 'm/b/kernel', 'm/b/bias']);
const layout = heatLayout(400, 138, 60, {from: 0, to: 100}, {first: 0, count: 4});
const mark = {id: 'vanishing-gradient', title: 'Vanishing gradient', severity: 'error', step: 40, run: 'r'} as const;

it('a finding is a bracket at its step along its variables', () => {
  const scene = sceneOf(layout, rows, {group: 20, leaf: 30}, [{...mark, variables: ['m/a/kernel', 'm/a/bias', 'm/b/bias']}], new Set(), {} as Ink);
  expect(scene.marks[0]?.spans).toEqual([[rowTop(layout, 0), rowTop(layout, 2)], [rowTop(layout, 3), rowTop(layout, 4)]]);
});
it('a finding outside of the steps that are visible is not drawn', () => {
  expect(sceneOf(layout, rows, {group: 20, leaf: 30}, [{...mark, step: 400, variables: []}], new Set(), {} as Ink).marks).toEqual([]);
});
it('columns of names are as wide as the widest, up to a limit', () => {
  expect(axisWidths(rows, (t) => t.length * 6)).toEqual({group: 6 + ARROW_WIDTH, leaf: 36});
  expect(axisWidths(rowNames(['x'.repeat(500)]), (t) => t.length).leaf).toBeLessThan(100);
});

describe('clusters', () => {
  const mark = (at: number, severity: 'error' | 'warning' | 'info' = 'warning') => ({at, severity});
  it('joins marks that would lie on each other, under the worst of them', () => {
    expect(clusters([mark(14), mark(0), mark(5, 'error'), mark(9)], 10)).toEqual([
      {at: 0, severity: 'error', count: 3},
      {at: 14, severity: 'warning', count: 1},
    ]);
  });
  it('never joins through a chain of neighbours what is far apart', () => {
    expect(clusters([mark(0), mark(9), mark(18)], 10).map((c) => c.at)).toEqual([0, 18]);
  });
  it('is nothing for nothing', () => expect(clusters([], 10)).toEqual([]));
});
