import {describe, expect, it} from 'vitest';
import type {Tile} from '../../src/api/types';
import type {Mark} from '../../src/chart/marks';
import {rowNames} from '../../src/chart/rows';
import {rowFits, type Panel, type PanelGroup} from '../../src/views/layers_data';
import {ordered} from '../../src/views/row_order';
import {kindOf} from '../../src/views/variable_kind';

const NAMES = ['b/kernel', 'b/bias', 'a/kernel', 'a/bias'];
const mark = (severity: Mark['severity'], ...variables: string[]): Mark => ({id: 'x', title: 'x', severity, step: 0, variables, run: 'r'});

function group(rows: readonly (readonly number[])[], marks: readonly Mark[] = []): PanelGroup {
  const tile = {columns: rows[0]?.length ?? 0, rows: rows.length, codes: Uint8Array.from(rows.flat()), low: 0, high: 1} as unknown as Tile;
  return {rows: rowNames(NAMES), panels: [{tile, tileRows: Int32Array.from(NAMES.keys()), marks} as unknown as Panel]};
}
const names = (g: PanelGroup): string[] => g.rows.map((r) => r.name);

describe('rows', () => {
  const codes = [[2, 9], [100, 3], [255, 2], [1, 0]];
  it('stand in order of depth, or of name', () => {
    expect(names(ordered(group(codes), 'depth'))).toEqual(NAMES);
    expect(names(ordered(group(codes), 'name'))).toEqual(['a/bias', 'a/kernel', 'b/bias', 'b/kernel']);
  });
  it('or by what is visible: NaN is the largest, 0 the smallest, and each finds its values again', () => {
    const largest = ordered(group(codes), 'largest');
    expect(names(largest)).toEqual(['a/kernel', 'b/bias', 'b/kernel', 'a/bias']);
    expect([...(largest.panels[0]?.tileRows ?? [])]).toEqual([2, 1, 0, 3]);
    expect(names(ordered(group(codes), 'smallest'))[0]).toBe('a/bias');
  });
  it('or by the worst finding, the variable that it names first before the others', () => {
    const found = group(codes, [mark('warning', 'b/kernel'), mark('error', 'a/bias', 'a/kernel')]);
    expect(names(ordered(found, 'findings'))).toEqual(['a/bias', 'a/kernel', 'b/kernel', 'b/bias']);
  });
  it('stay as they are without a tile, and without rows', () => {
    const none = {...group(codes), panels: group(codes).panels.map((p) => ({...p, tile: null}))};
    expect(names(ordered(none, 'largest'))).toEqual(NAMES);
    expect(ordered({rows: [], panels: []}, 'smallest').rows).toEqual([]);
  });
});

describe('the kind of a variable', () => {
  it.each([
    ['dense/kernel', [3, 4], 'kernel'],
    ['dense/bias', [4], 'bias'],
    ['blocks.0.attention.query.weight', [3, 4], 'kernel'],
    ['batch_normalization_1/gamma', [4], 'normalization'],
    ['layer_norm/bias', [4], 'normalization'],
    ['token_embedding/embeddings', [100, 8], 'embedding'],
    ['temperature', [], 'other'],
  ] as const)('%s %j is %s', (name, shape, kind) => expect(kindOf({name, shape})).toBe(kind));
  it('chooses rows; a closed layer goes with any of its variables', () => {
    const kinds = new Map(NAMES.map((name) => [name, kindOf({name, shape: name.endsWith('kernel') ? [2, 2] : [2]})]));
    const rows = rowNames(NAMES);
    expect(rows.filter(rowFits('', 'bias', kinds)).map((r) => r.name)).toEqual(['b/bias', 'a/bias']);
    expect(rows.filter(rowFits('^a', 'bias', kinds)).map((r) => r.name)).toEqual(['a/bias']);
    const closed = {...rows[0]!, name: 'b/', aliases: ['b/kernel', 'b/bias']};
    expect(rowFits('', 'bias', kinds)(closed)).toBe(true);
    expect(rowFits('', 'embedding', kinds)(closed)).toBe(false);
  });
});
