import {describe, expect, it} from 'vitest';
import {runColor} from '../../src/host';
import type {Run} from '../../src/api/types';
import {runStyles, styleOf} from '../../src/store/run_style';
import * as state from '../../src/store/state';

describe('the colour of a run', () => {
  it('is TensorBoard’s by order of appearance, in both themes', () => {
    expect([0, 1, 6, 7].map((i) => runColor(i, 'light'))).toEqual(['#425066', '#12b5cb', '#e8710a', '#425066']);
    expect([0, 1, 7].map((i) => runColor(i, 'dark'))).toEqual(['#8e98a3', '#12b5cb', '#8e98a3']);
  });
  it('together with the dash pattern tells 28 runs apart', () => {
    const looks = Array.from({length: 28}, (_, i) => JSON.stringify(styleOf(i, 'light')));
    expect(new Set(looks).size).toBe(28);
  });
});

describe('runStyles', () => {
  it('gives streams of one run its colour and a pattern each', () => {
    const stream = (name: string): Run => ({run: name, tensorboard_run: 'gan', stream: name, steps: {first: 0, last: 1, recorded: 2}, variables: 1, started: null, token: name});
    state.colorOrder.value = ['other', 'gan'];
    state.runs.value = [stream('gan:d'), stream('gan:g')];
    const [d, g] = [runStyles.value.get('gan:d'), runStyles.value.get('gan:g')];
    expect(d?.color).toBe('#12b5cb');
    expect(g?.color).toBe('#12b5cb');
    expect(d?.dash).not.toEqual(g?.dash);
  });
});
