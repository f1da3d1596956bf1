import {describe, expect, it} from 'vitest';
import {parseHash, replaceFields} from '../../src/host';
import {DEFAULTS, parse, serialize, type UrlState} from '../../src/store/url';

const full: UrlState = {
  view: 'layers',
  runs: ['a,b', 'c%2Cd', 'e/f:g', ''],
  filter: '^lr=(1|2)&x',
  baseline: 'ü',
  statistic: 'update_ratio',
  zoom: [3, 400],
  variables: ['dense/kernel'],
  x: 'wall',
  pool: 'median',
  trimmed: false,
  ends: {of: 'Gradient norm: ratio', from: -3.25, to: 1},
  order: 'findings',
  kind: 'bias',
  rows: ['dense/kernel', 'out,1/bias'],
  level: 'layers',
  align: 'loss',
  toggled: ['a,b/', '50%/c/'],
  dynamics: 'dense/kernel',
};

describe('the state in the address', () => {
  it('survives the way there and back, odd names too', () => {
    expect(parse(parseHash(`#${replaceFields('#convergence', serialize(full))}`))).toEqual(full);
  });
  it('takes no room where it is the default', () => expect(serialize(DEFAULTS)).toEqual({}));
  it('an absent field is the default', () => expect(parse({})).toEqual(DEFAULTS));
  it('nothing ticked is not the same as nobody having chosen', () => expect(parse(serialize({...DEFAULTS, runs: []})).runs).toEqual([]));
  it('what cannot be read falls back', () => {
    expect(parse({view: 'nope', zoom: '9-3', x: 'up'})).toEqual(DEFAULTS);
    expect(parse({zoom: 'a-b', rows: 'one', pool: 'mean', ends: '3~1~x', order: 'up', kind: 'knob'})).toEqual(DEFAULTS);
  });
});

describe('the hash of TensorBoard', () => {
  it('keeps what belongs to others', () => {
    expect(replaceFields('#convergence&p.convergence.view=layers&tagFilter=x&p.other.k=1', {zoom: '1-2'})).toBe('convergence&tagFilter=x&p.other.k=1&p.convergence.zoom=1-2');
  });
  it('a damaged escape is no error', () => expect(parseHash('#t&p.convergence.filter=%E0%A4')).toEqual({filter: '%E0%A4'}));
  it('a value may hold an equals sign', () => expect(parseHash('#t&p.convergence.filter=a=b')).toEqual({filter: 'a=b'}));
});
