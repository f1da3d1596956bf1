import {describe, expect, it} from 'vitest';
import {alignRows, allSteps, byModel, mergeNames, stepSpacing, tileRows, visibleSteps} from '../../src/views/layers_rows';

const steps = (first: number | null, last: number | null, recorded: number) => ({steps: {first, last, recorded}});

describe('mergeNames', () => {
  it('keeps the order of each run and puts what only one has after its neighbour', () => {
    expect(mergeNames([['a', 'c'], ['a', 'b', 'c', 'd']])).toEqual(['a', 'b', 'c', 'd']);
    expect(mergeNames([['b'], ['a', 'b']])).toEqual(['a', 'b']);
    expect(mergeNames([])).toEqual([]);
  });
});

describe('alignRows', () => {
  const first = ['sequential/dense/kernel', 'sequential/dense/bias', 'sequential/out/kernel'];
  const second = first.map((n) => n.replace('sequential', 'sequential_1'));

  it('aligns runs of one model that Keras counted on', () => {
    const rows = alignRows([first, second]);
    expect(rows.map((r) => [r.group, r.leaf])).toEqual([['dense', 'kernel'], ['dense', 'bias'], ['out', 'kernel']]);
    expect(rows[0]).toMatchObject({name: first[0], aliases: [second[0]]});
  });
  it('finds each run’s own row behind the shared one', () => {
    const rows = alignRows([first, second]);
    const variables = second.map((name) => ({name})) as unknown as Parameters<typeof tileRows>[1];
    expect([...tileRows(rows, variables)]).toEqual([0, 1, 2]);
  });
  it('marks a variable that a run lacks, and drops none', () => {
    const rows = alignRows([first, [...second, 'sequential_1/extra/kernel']]);
    const variables = first.map((name) => ({name})) as unknown as Parameters<typeof tileRows>[1];
    expect([...tileRows(rows, variables)]).toEqual([0, 1, 2, -1]);
  });
  it('aligns layers that Keras counted on, under the names of the first run', () => {
    const again = ['sequential_1/dense_1/kernel', 'sequential_1/dense_1/bias', 'sequential_1/out/kernel'];
    const rows = alignRows([again, first]);
    expect(rows.map((r) => [r.group, r.leaf])).toEqual([['dense_1', 'kernel'], ['dense_1', 'bias'], ['out', 'kernel']]);
    expect(rows[0]).toMatchObject({name: again[0], aliases: [first[0]]});
    expect(byModel([first, again])).toEqual([[0, 1]]);
  });
  it('leaves names alone that would mean two rows, or that meet as they are', () => {
    const rows = (...lists: string[][]) => alignRows(lists.map((l) => l.map((n) => `${n}/kernel`))).length;
    expect(rows(['dense', 'dense_1', 'dense_2'], ['dense_1', 'dense_2', 'dense_3'])).toBe(4);
    expect(rows(['hidden_0', 'hidden_1', 'hidden_2'], ['hidden_1', 'hidden_2'])).toBe(3);
    expect(rows(['dense', 'dense_1'], ['dense_2', 'dense_3'], ['dense', 'dense_1'])).toBe(2);
  });
  it('holds for one variable without a path', () => {
    expect(alignRows([['w'], ['w']]).map((r) => [r.name, r.leaf, r.aliases.length])).toEqual([['w', 'w', 0]]);
  });
});

describe('byModel', () => {
  it('keeps runs of one model together, and those of others apart', () => {
    const dense = ['dense/kernel', 'dense/bias', 'logits/kernel', 'logits/bias'];
    const recurrent = ['rnn/kernel', 'rnn/bias', 'rnn/recurrent', 'logits/kernel'];
    expect(byModel([dense, recurrent, dense.slice(0, 3), recurrent])).toEqual([[0, 2], [1, 3]]);
  });
  it('counts a run without variables as a model of its own, and all such runs as one', () => {
    expect(byModel([['w'], [], []])).toEqual([[0], [1, 2]]);
    expect(byModel([])).toEqual([]);
  });
});

describe('steps', () => {
  it('spacing is one where it cannot be known', () => {
    expect([stepSpacing(steps(0, 90, 10)), stepSpacing(steps(5, 5, 1)), stepSpacing(steps(null, null, 0))]).toEqual([10, 1, 1]);
  });
  it('runs of different length and spacing share one axis, with room for the last column', () => {
    expect(allSteps([steps(0, 9, 10), steps(0, 90, 10), steps(null, null, 0)])).toEqual({from: 0, to: 100});
    expect(allSteps([steps(null, null, 0)])).toBeNull();
  });
  it('a zoom keeps its last column whole', () => {
    expect(visibleSteps([steps(0, 99, 100)], [10, 19])).toEqual({from: 10, to: 20});
    expect(visibleSteps([steps(0, 99, 100)], null)).toEqual({from: 0, to: 100});
  });
});
