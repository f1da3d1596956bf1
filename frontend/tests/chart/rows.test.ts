import {describe, expect, it} from 'vitest';
import {LABEL_PITCH, clampRows, ellipsis, groupsOf, recounted, reveal, rowLabels, rowNames, rowsBetween, shortName, thin, zoomRows} from '../../src/chart/rows';

const names = ['model/dense/kernel', 'model/dense/bias', 'model/dense_1/kernel', 'model/dense_1/bias'];

describe('rowNames', () => {
  it('leaves away the path that all names share', () => {
    expect(rowNames(names).map((r) => [r.group, r.leaf])).toEqual([['dense', 'kernel'], ['dense', 'bias'], ['dense_1', 'kernel'], ['dense_1', 'bias']]);
  });
  it('keeps the only layer of a model', () => {
    expect(rowNames(['net/dense/kernel', 'net/dense/bias']).map((r) => r.group)).toEqual(['dense', 'dense']);
  });
  it('cuts the path of an attribute at its dots', () => {
    const rows = rowNames(['net.blocks.0.kernel', 'net.blocks.1.kernel', 'net.out/bias']);
    expect(rows.map((r) => [r.group, r.leaf])).toEqual([['net.blocks.0', 'kernel'], ['net.blocks.1', 'kernel'], ['net.out', 'bias']]);
    expect(rowNames(['net.blocks.0.kernel', 'net.out.bias']).map(shortName)).toEqual(['blocks.0.kernel', 'out.bias']);
  });
  it('takes plain names as they are', () => {
    expect(rowNames(['w', 'b:0']).map((r) => [r.group, r.leaf])).toEqual([['', 'w'], ['', 'b']]);
    expect(rowNames(['w']).map((r) => r.leaf)).toEqual(['w']);
  });
});

describe('groupsOf', () => {
  it('joins neighbours of one layer within the view', () => {
    expect(groupsOf(rowNames(names), {first: 1, count: 3})).toEqual([{text: 'dense', from: 1, to: 2}, {text: 'dense_1', from: 2, to: 4}]);
  });
});

describe('rowLabels', () => {
  const many = rowNames(Array.from({length: 400}, (_, i) => `m/layer_${i >> 1}/${i % 2 ? 'bias' : 'kernel'}`));
  it('names every row while there is room', () => {
    const labels = rowLabels(rowNames(names), {first: 0, count: 4}, 80);
    expect(labels.leaves.map((l) => l.y)).toEqual([10, 30, 50, 70]);
    expect(labels.groups.map((l) => [l.text, l.y])).toEqual([['dense', 10], ['dense_1', 50]]);
    expect(labels.rules).toEqual([40]);
  });
  it('thins to layers that do not touch when there is none', () => {
    const labels = rowLabels(many, {first: 0, count: 400}, 300);
    expect(labels.leaves).toEqual([]);
    expect(labels.groups.length).toBeGreaterThan(15);
    labels.groups.slice(1).forEach((l, i) => expect(l.y - (labels.groups[i]?.y ?? 0)).toBeGreaterThanOrEqual(LABEL_PITCH));
    expect(labels.rules).toEqual([]);
  });
});

it('thin keeps the first of labels that touch', () => {
  const at = (y: number) => ({text: '', y, row: 0});
  expect(thin([at(0), at(5), at(12), at(23)]).map((l) => l.y)).toEqual([0, 12]);
});

describe('recounted', () => {
  it('counts among siblings from zero, and keeps unlike names unlike', () => {
    const names = ['a_7/dense_4/kernel', 'a_7/dense_9/kernel', 'a/x_2y', 'a/x', 'b_0', 'b', 'c_007', 'w:0', 'w_1:0'];
    expect(recounted(names)).toEqual(['a_1/dense/kernel', 'a_1/dense_1/kernel', 'a/x_2y', 'a/x', 'b_1', 'b', 'c_007', 'w:0', 'w_1:0']);
    expect(recounted([])).toEqual([]);
  });
});

describe('ellipsis', () => {
  const measure = (text: string): number => text.length;
  it('cuts in the middle, where names differ least', () => {
    expect(ellipsis('transformer_block_12', 9, measure)).toBe('tran…k_12');
    expect(ellipsis('short', 9, measure)).toBe('short');
    expect(ellipsis('anything', 0, measure)).toBe('');
  });
});

describe('rowsBetween', () => {
  const rows = rowNames(names);
  it('finds the stretch by its ends', () => {
    expect(rowsBetween(rows, ['model/dense/bias', 'model/dense_1/kernel'])).toEqual({first: 1, count: 2});
  });
  it('is nothing where an end is not a row, or the ends are the wrong way round', () => {
    expect(rowsBetween(rows, ['model/dense/bias', 'gone'])).toBeNull();
    expect(rowsBetween(rows, ['model/dense_1/kernel', 'model/dense/bias'])).toBeNull();
    expect(rowsBetween(rows, null)).toBeNull();
  });
});

describe('row views', () => {
  it('zooms about a row within the rows there are', () => {
    expect(zoomRows({first: 0, count: 100}, 50, 0.5, 100)).toEqual({first: 25, count: 50});
    expect(zoomRows({first: 90, count: 10}, 99, 4, 100)).toEqual({first: 60, count: 40});
    expect(zoomRows({first: 3, count: 1}, 3, 0.5, 100)).toEqual({first: 3, count: 1});
  });
  it('reveals a row with the least movement', () => {
    expect(reveal({first: 10, count: 5}, 15, 100)).toEqual({first: 11, count: 5});
    expect(reveal({first: 10, count: 5}, 3, 100)).toEqual({first: 3, count: 5});
    expect(reveal({first: 10, count: 5}, 12, 100)).toEqual({first: 10, count: 5});
  });
  it('clamps to the rows there are', () => {
    expect(clampRows({first: 8, count: 5}, 10)).toEqual({first: 5, count: 5});
    expect(clampRows({first: 0, count: 50}, 10)).toEqual({first: 0, count: 10});
  });
});
