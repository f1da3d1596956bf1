import {describe, expect, it} from 'vitest';
import {formatEvidence, isKnown, isThreshold, label} from '../../src/format/evidence';
import {pieces, snippet} from '../../src/format/prose';
import {matcher, valid} from '../../src/format/regex';

describe('pieces', () => {
  it('sets code apart, inline and in blocks', () => {
    expect(pieces('use `relu`:\n```python\nx = 1\n```done')).toEqual([
      {kind: 'text', text: 'use '},
      {kind: 'code', text: 'relu'},
      {kind: 'text', text: ':\n'},
      {kind: 'block', text: 'x = 1'},
      {kind: 'text', text: 'done'},
    ]);
  });
  it('leaves a lone backtick alone', () => expect(pieces('a ` b')).toEqual([{kind: 'text', text: 'a ` b'}]));
  it('keeps a number with its percent sign', () => expect(pieces('by 4.4 % of it')).toEqual([{kind: 'text', text: 'by 4.4\u00a0% of it'}]));
  it('of nothing are none', () => expect(pieces('')).toEqual([]));
});

describe('snippet', () => {
  it('is the block where there is one', () => expect(snippet('set `a`:\n```\nb = 1\n```')).toBe('b = 1'));
  it('is the statement, not the names around it', () => expect(snippet('replace `sigmoid` by `relu`: `Dense(64, "relu")`')).toBe('Dense(64, "relu")'));
  it('is all the arguments, as a call takes them', () => {
    expect(snippet('use `activation="relu"` with `kernel_initializer="he_normal"`')).toBe('activation="relu", kernel_initializer="he_normal"');
  });
  it('is nothing where code is only named', () => expect(snippet('replace `sigmoid`')).toBeNull());
  it('is nothing without code', () => expect(snippet('lower it')).toBeNull());
});

describe('evidence', () => {
  it('is named in words', () => expect(label('largest_stable_rate')).toBe('largest stable rate'));
  it('that a rule could not tell is not shown', () => expect([null, NaN, 0, false, 'x', Infinity].map(isKnown)).toEqual([false, false, true, true, true, true]));
  it('knows what numbers were held against', () => expect(['stability_limit', 'rise_threshold', 'loss'].map(isThreshold)).toEqual([true, true, false]));
  it.each([
    ['onset_step', 12345, '12,345'],
    ['loss', 12345, '12,300'],
    ['adaptive', true, 'yes'],
    ['by', 'w', 'w'],
    ['period', null, '–'],
    ['loss', NaN, 'NaN'],
  ])('%s %s is %s', (name, value, text) => expect(formatEvidence(name, value)).toBe(text));
});

describe('matcher', () => {
  it('ignores case and place', () => expect(matcher('LR')('exp/lr-1')).toBe(true));
  it('an invalid pattern matches nothing', () => expect([matcher('(')('('), valid('(')]).toEqual([false, false]));
  it('an empty pattern matches everything', () => expect(matcher('')('x')).toBe(true));
});
