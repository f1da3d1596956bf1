import {expect, it} from 'vitest';
import {CODE, type Tile} from '../../src/api/types';
import type {LineInput} from '../../src/chart/lines_model';
import {rowNames} from '../../src/chart/rows';
import {lineTable, tileTable} from '../../src/views/tables';

function line(label: string, steps: readonly number[], values: readonly number[]): LineInput {
  const [step, last] = [Float64Array.from(steps), Float64Array.from(values)];
  return {key: label, label, colour: 'red', dash: [], x: step, step, last, min: last, max: last};
}

it('lines of different steps share the rows of a table, and gaps stay empty', () => {
  const table = lineTable([line('a', [0, 1], [1, NaN]), line('b', [1, 2], [0.5, Infinity])]);
  expect(table.head).toEqual(['step', 'a', 'b']);
  expect(table.rows).toEqual([['0', '1', ''], ['1', 'NaN', '0.5'], ['2', '', '∞']]);
  expect(table.note).toBe('');
});

it('a long table says what it leaves out', () => {
  const steps = Array.from({length: 1234}, (_, i) => i);
  const table = lineTable([line('a', steps, steps)]);
  expect([table.rows.length, table.note]).toEqual([50, 'The first 50 of 1,234 steps.']);
  expect(lineTable([]).rows).toEqual([]);
});

it('a heatmap is read by variable, at its first and last step and some between', () => {
  const firstStep = Float64Array.from({length: 11}, (_, i) => i * 10);
  const codes = Uint8Array.from([...Array(10).fill(CODE.LOWEST), CODE.NAN]);
  const tile: Tile = {run: 'r', statistic: 's', pool: 'max', scale: 'log', names: [], recorded: 11, rows: 1, columns: 11, low: -1, high: 1, firstStep, lastStep: firstStep, codes};
  const table = tileTable(tile, Int32Array.from([0, -1]), rowNames(['d/kernel', 'd/bias']), {scale: 'log'} as never);
  expect(table.head).toEqual(['variable', 'step 0', 'step 20', 'step 40', 'step 60', 'step 80', 'step 100']);
  expect(table.rows[0]).toEqual(['d/kernel', '0.1', '0.1', '0.1', '0.1', '0.1', 'NaN']);
  expect(table.rows[1]?.[1]).toBe('not in this run');
  expect(table.note).toBe('6 of 11 columns of steps.');
});
