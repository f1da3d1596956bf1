import {describe, expect, it} from 'vitest';
import {listed} from '../../src/views/compare_differences';

describe('differences of two runs', () => {
  it('are one line where many variables differ alike', () => {
    const twelve = Array.from({length: 12}, (_, i) => ({kind: 'activation', name: `dense_${i}`, values: ['sigmoid', 'relu'] as const}));
    const {shown, left} = listed([{kind: 'learning_rate', name: 'learning_rate', values: [0.1, 0.2]}, ...twelve]);
    expect(shown.map((d) => [d.kind, d.names.length])).toEqual([['learning_rate', 1], ['activation', 12]]);
    expect(left.size).toBe(0);
  });
  it('of a kind are few lines, and the rest is counted', () => {
    const {shown, left} = listed(Array.from({length: 50}, (_, i) => ({kind: 'variables', name: `v${i}`, values: [null, `(${i}, 2)`] as const})));
    expect(shown.map((d) => d.names)).toEqual([['v0'], ['v1'], ['v2']]);
    expect([...left]).toEqual([['variables', 47]]);
  });
  it('of none are none', () => expect(listed([])).toEqual({shown: [], left: new Map()}));
});
