import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {decodeTile, decodeVariables} from '../../src/api/decode';
import type {Variable} from '../../src/api/types';
import {alignMembers, rowFits} from '../../src/views/layers_data';
import {collapse, groupsOfRow, levelsOf, toggle, type Tree} from '../../src/views/layers_tree';

const NAMES = ['net/block_0/attn/kernel', 'net/block_0/attn/bias', 'net/block_0/mlp/kernel', 'net/block_1/mlp/kernel'];
const variables = (names: readonly string[]): readonly Variable[] => names.map((name, depth) => ({name, shape: [2], dtype: 'float32', size: 2, depth, sampled: null, activation: null}));
const tree = (level: Tree['level'], ...toggled: string[]): Tree => ({level, toggled});
const names = (of: Tree): readonly string[] => collapse(variables(NAMES), of).map((v) => v.name);

describe('the tree', () => {
  it.each([
    [tree('variables'), NAMES],
    [tree('layers'), ['net/block_0/attn/', 'net/block_0/mlp/', 'net/block_1/mlp/']],
    [tree('blocks'), ['net/block_0/', 'net/block_1/']],
    [tree('layers', 'net/block_0/attn/'), [...NAMES.slice(0, 2), 'net/block_0/mlp/', 'net/block_1/mlp/']],
    [tree('blocks', 'net/block_1/'), ['net/block_0/', NAMES[3]]],
  ])('closes %j', (of, expected) => expect(names(of)).toEqual(expected));
  it('makes the rows that the server makes', () => {
    const golden = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../../tests/golden/${name}.json`, import.meta.url), 'utf8'));
    const {base64} = golden('tile-grouped') as {base64: string};
    const tile = decodeTile(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
    expect(collapse(decodeVariables(golden('variables')).variables, tree('layers')).map((v) => v.name)).toEqual(tile.names);
  });
  it('sums what a group has, and knows its variables', () => expect(collapse(variables(NAMES), tree('blocks'))[0]).toMatchObject({size: 6, members: NAMES.slice(0, 3)}));
  it('offers blocks only where layers lie within them', () => {
    expect(levelsOf(variables(NAMES))).toEqual(['variables', 'layers', 'blocks']);
    expect(levelsOf(variables(['a/kernel', 'b/kernel']))).toEqual(['variables', 'layers']);
    expect([levelsOf(variables(['w'])), levelsOf([])]).toEqual([[], []]);
  });
  it('leaves names without a path alone', () => expect(collapse(variables(['w', 'v']), tree('blocks')).map((v) => v.name)).toEqual(['w', 'v']));
});

describe('a row', () => {
  const lists = [variables(NAMES), variables(NAMES.map((n) => n.replace('net', 'net_1')))];
  it('of a group is found by its variables, in every run', () => {
    const [row] = alignMembers(lists.map((l) => collapse(l, tree('layers'))));
    expect([row?.group, row?.leaf]).toEqual(['block_0/attn', '']);
    expect([row && rowFits('attn/bias')(row), row && rowFits('mlp')(row)]).toEqual([true, false]);
  });
  it('opens and closes in all runs at once', () => {
    const [row] = alignMembers(lists);
    const groups = row ? groupsOfRow(row, lists, 'layers') : [];
    expect(groups).toEqual(['net/block_0/attn/', 'net_1/block_0/attn/']);
    const once = toggle(tree('layers'), groups);
    expect([once.toggled, toggle(once, groups).toggled]).toEqual([groups, []]);
  });
});
