import {beforeEach, describe, expect, it} from 'vitest';
import type {Finding} from '../../src/api/types';
import {heard, mute, unmute} from '../../src/store/actions';
import {muted} from '../../src/store/state';

const findings = [{id: 'dead-units'}, {id: 'high-learning-rate'}] as unknown as readonly Finding[];

beforeEach(() => void (muted.value = []));

describe('a muted finding', () => {
  it('is put aside in its run, and in no other', () => {
    mute('a', 'dead-units');
    expect(heard('a', findings).map((f) => f.id)).toEqual(['high-learning-rate']);
    expect(heard('b', findings)).toBe(findings);
  });
  it('is shown again when the run is unmuted', () => {
    mute('a', 'dead-units');
    mute('b', 'dead-units');
    unmute('a');
    expect(heard('a', findings)).toBe(findings);
    expect(muted.value).toEqual([{run: 'b', id: 'dead-units'}]);
  });
});
