import {beforeEach, describe, expect, it} from 'vitest';
import type {Run} from '../../src/api/types';
import {onlyRun, showFinding, toggleAll, toggleBaseline, toggleRun, zoomAround, zoomTo} from '../../src/store/actions';
import * as state from '../../src/store/state';

function run(name: string, last = 99): Run {
  return {run: name, tensorboard_run: name, stream: null, steps: {first: 0, last, recorded: last + 1}, variables: 1, started: null, token: name};
}
const names = (): string[] => state.shownRuns.value.map((r) => r.run);

beforeEach(() => {
  state.runs.value = ['a', 'b', 'c'].map((n) => run(n));
  state.chosen.value = null;
  state.runFilter.value = '';
  state.baseline.value = null;
});

describe('the runs shown', () => {
  it('are all of them until somebody chooses', () => expect(names()).toEqual(['a', 'b', 'c']));
  it('follow the ticks', () => {
    toggleRun('b');
    expect(names()).toEqual(['a', 'c']);
    onlyRun('b');
    expect(names()).toEqual(['b']);
  });
  it('begin as TensorBoard’s own pages have them ticked, until somebody chooses', () => {
    state.inheritedSelection.value = {b: false};
    expect(names()).toEqual(['a', 'c']);
    toggleRun('b');
    expect(names()).toEqual(['a', 'b', 'c']);
    state.chosen.value = null;
    toggleAll();
    expect(names()).toEqual(['a', 'b', 'c']);
    state.inheritedSelection.value = {};
  });
  it('are at most eight', () => {
    state.runs.value = Array.from({length: 500}, (_, i) => run(`r${i}`));
    expect(names().length).toBe(state.MAX_SHOWN);
  });
  it('follow the filter as TensorBoard reads it', () => {
    state.runFilter.value = 'B|C';
    expect(names()).toEqual(['b', 'c']);
    state.runFilter.value = '(';
    expect(names()).toEqual([]);
  });
  it('begin with the baseline, which is ticked when it is picked', () => {
    onlyRun('a');
    toggleBaseline('c');
    expect(names()).toEqual(['c', 'a']);
    toggleBaseline('c');
    expect(state.baseline.value).toBeNull();
  });
  it('a chosen run that is gone is no error', () => {
    state.chosen.value = ['gone', 'a'];
    expect(names()).toEqual(['a']);
  });
});

describe('toggleAll', () => {
  it('touches only the runs that fit the filter', () => {
    state.runFilter.value = 'a|b';
    toggleAll();
    state.runFilter.value = '';
    expect(names()).toEqual(['c']);
  });
  it('of everything is the same as nobody having chosen, so that new runs show up', () => {
    toggleAll();
    toggleAll();
    expect(state.chosen.value).toBeNull();
  });
});

describe('zoom', () => {
  it('without a width shows all steps', () => {
    zoomTo([5, 5]);
    expect(state.zoom.value).toBeNull();
  });
  it('around an onset stays inside the run', () => {
    expect(zoomAround(2, run('a', 999))).toEqual([0, 202]);
    expect(zoomAround(990, run('a', 999))).toEqual([890, 999]);
  });
  it('of a short run is the whole run', () => expect(zoomAround(3, run('a', 9))).toBeNull());
  it('of a run with one step is the whole run', () => expect(zoomAround(0, run('a', 0))).toBeNull());
});

describe('showFinding', () => {
  const finding = {id: 'dead-units', title: '', severity: 'error', rank: 1, confidence: 1, variables: ['w'], onset_step: 50, evidence: {}, summary: '', advice: [], expect: '', explained_by: null} as const;

  it('opens Layers at the step, with the variables picked out', () => {
    showFinding(finding, run('a', 999));
    expect([state.view.value, state.cursorStep.value, state.selectedVariables.value, state.zoom.value]).toEqual(['layers', 50, ['w'], [0, 250]]);
  });
  it('opens Dynamics when it concerns the whole model', () => {
    showFinding({...finding, variables: [], onset_step: null}, run('a'));
    expect([state.view.value, state.zoom.value]).toEqual(['dynamics', null]);
  });
  it('opens Dynamics for what happens to the whole trajectory', () => {
    showFinding({...finding, id: 'high-learning-rate'}, run('a'));
    expect(state.view.value).toBe('dynamics');
  });
  it('chooses the statistic that shows it, if the server knows that one', () => {
    state.statistic.value = 'gradient_norm';
    showFinding(finding, run('a'));
    expect(state.statistic.value).toBe('gradient_norm');
    state.statistics.value = [{name: 'dead_unit_fraction', title: '', scope: 'variable', scale: 'linear', low: 0, high: 1, band: null, unit: '', formula: '', meaning: '', reading: ''}];
    showFinding(finding, run('a'));
    expect(state.statistic.value).toBe('dead_unit_fraction');
  });
});
