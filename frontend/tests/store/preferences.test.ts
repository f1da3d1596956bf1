import {describe, expect, it} from 'vitest';
import {KEY, loadPreferences, savePreferences} from '../../src/store/preferences';

function store(initial: string | null = null): Pick<Storage, 'getItem' | 'setItem'> {
  let kept = initial;
  return {getItem: (key) => (key === KEY ? kept : null), setItem: (_key, value) => void (kept = value)};
}

const broken: Pick<Storage, 'getItem' | 'setItem'> = {
  getItem: () => {
    throw new Error('denied');
  },
  setItem: () => {
    throw new Error('full');
  },
};

describe('preferences', () => {
  it('come back as they were kept', () => {
    const place = store();
    savePreferences({smoothing: 0.6, live: true}, place);
    expect(loadPreferences(place)).toEqual({smoothing: 0.6, live: true});
  });
  it('of another version are left alone', () => expect(loadPreferences(store('{"version":99,"values":{"smoothing":1}}'))).toEqual({}));
  it('that are damaged are none', () => expect(loadPreferences(store('{'))).toEqual({}));
  it('need no storage', () => {
    savePreferences({}, broken);
    savePreferences({}, null);
    expect([loadPreferences(broken), loadPreferences(null)]).toEqual([{}, {}]);
  });
});
