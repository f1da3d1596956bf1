import {describe, expect, it} from 'vitest';
import type {Diagnosis, Run} from '../../src/api/types';
import {publishOutcomes, unknownOutcomes} from '../../src/store/outcomes';
import {outcomes} from '../../src/store/state';

const run = (name: string, token = '1', recorded = 9): Run => ({run: name, tensorboard_run: name, stream: null, steps: {first: 0, last: 8, recorded}, variables: 1, started: null, token});

describe('outcomes of all runs', () => {
  it('are asked for once for the same data', () => {
    const known = new Map([['a', '1'], ['b', '1']]);
    expect(unknownOutcomes([run('a'), run('b', '2'), run('c')], known).map((r) => r.run)).toEqual(['b', 'c']);
  });
  it('are not asked for where nothing is recorded, nor without end', () => {
    expect(unknownOutcomes([run('a', '1', 0)], new Map())).toEqual([]);
    expect(unknownOutcomes(Array.from({length: 500}, (_, i) => run(`r${i}`)), new Map()).length).toBe(60);
  });
  it('that a view has shown are known', () => {
    publishOutcomes([[run('shown', '7'), {outcome: 'diverged'} as Diagnosis]]);
    expect([outcomes.value.get('shown'), unknownOutcomes([run('shown', '7')])]).toEqual(['diverged', []]);
  });
});
