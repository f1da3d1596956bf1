import {describe, expect, it} from 'vitest';
import type {Compared, Finding, GradientCheckPayload, OptimizerPayload, Stability} from '../../src/api/types';
import {checkHeadline, passiveText, worstFirst} from '../../src/views/gradient_words';
import {familyOf, headline, largestTold, rateFinding, worthARow} from '../../src/views/optimizer_words';

const STABILITY: Stability = {
  basis: 'recurrence', source: 'successive batches', noisy: false, learning_rate: 0.1, momentum: 0, nesterov: false, number: 0.2, limit: 2,
  steps: 20, above: 0, first_above: null, curvature: [2, 2, 2],
  regions: [{behaviour: 'monotone', start: 0, end: 1}, {behaviour: 'oscillating', start: 1, end: 2}, {behaviour: 'diverging', start: 2, end: Infinity}],
  response: {number: [0, 1, 2.5], root: [1, 0, 1.5]},
};
const FOUND: OptimizerPayload = {
  run: 'a', optimizer: {class: 'SGD', config: {}}, steps: {first: 0, last: 19, recorded: 20}, family: 'gradient descent', identified: 19, updates: 20,
  residual: 0, settings: [], stability: STABILITY, reason: null,
};

describe('an optimizer', () => {
  it('bears the name of its class and of what its updates show', () => {
    expect(familyOf(FOUND)).toBe('SGD: gradient descent');
    expect(familyOf({...FOUND, family: 'unknown', optimizer: {class: 'Adam', config: {}}})).toBe('Adam');
    expect(familyOf({...FOUND, family: 'unknown', optimizer: null})).toBe('Not identified');
  });
  it('beyond its limit is an error with the largest stable rate', () => {
    const said = headline({...FOUND, stability: {...STABILITY, learning_rate: 1.5, number: 3, above: 19, first_above: 1}});
    expect(said).toEqual({tone: 'error', text: 'The learning rate 1.5 is too high: stability number 3, limit 2. The largest stable learning rate here is 1.'});
  });
  it('that is stable is said to be so', () => expect(headline(FOUND)).toMatchObject({tone: 'ok'}));
  it('whose settings do not show is a warning', () => {
    const settings = [{name: 'momentum', configured: 0.9, identified: 0, agrees: false}];
    expect(headline({...FOUND, settings}).text).toContain('momentum');
  });
  it('that was not measured is not called stable', () => expect(headline({...FOUND, stability: null}).tone).toBe('info'));
  it('is what the diagnosis says where noise hides the limit', () => {
    const finding = {id: 'high-learning-rate', severity: 'error', summary: 'Above the largest stable rate.', evidence: {largest_stable_learning_rate: 0.1}} as unknown as Finding;
    expect([rateFinding([finding]), largestTold(finding), largestTold(null)]).toEqual([finding, 0.1, null]);
    expect(rateFinding([{...finding, severity: 'info'}, {...finding, evidence: {}}])).toBeNull();
    const said = {tone: 'error', text: finding.summary};
    expect([null, {...STABILITY, noisy: true}].map((stability) => headline({...FOUND, stability}, finding))).toEqual([said, said]);
    expect(headline(FOUND, finding)).toEqual(headline(FOUND));
  });
  it('seen through noise is not called stable without saying so', () => expect(headline({...FOUND, stability: {...STABILITY, noisy: true}}).text).toContain('noise'));
  it('beyond its limit as far as noise lets it be seen is no error: a healthy run looks like that', () => {
    const noisy = {...STABILITY, noisy: true, number: 1.4, above: 5, first_above: 7};
    expect(headline({...FOUND, stability: noisy})).toMatchObject({tone: 'info', text: expect.stringContaining('5 of 20 steps seem to lie beyond') as string});
    expect(headline({...FOUND, stability: {...noisy, number: 3}}).tone).toBe('warning');
  });
  it('has no row for a weight decay that is not there', () => {
    const decay = {name: 'weight_decay', configured: null, identified: 0, agrees: null};
    expect(worthARow([decay, {...decay, configured: 0.1}]).length).toBe(1);
  });
});

const row = (variable: string, verdict: Compared['verdict'], factor = 1, cosine = 1): Compared => ({variable, verdict, factor, cosine, residual: 0, steps: 5});
const CHECK: GradientCheckPayload = {run: 'a', variables: [], passive: {factor: null, spread: 5, steps: 20, verdict: 'not steady'}};

describe('a gradient check', () => {
  it('names the variable that is furthest off', () => {
    const variables = [row('a', 'right'), row('b', 'scaled', 0.5), row('c', 'opposite sign', -1, -1)];
    expect(checkHeadline({...CHECK, variables}).text).toBe('2 of 3 gradients are wrong. The gradient of c has the opposite sign of the derivative of the loss.');
    expect(worstFirst(variables).map((v) => v.variable)).toEqual(['c', 'b', 'a']);
  });
  it('without a comparison is not called right', () => {
    expect(checkHeadline(CHECK)).toMatchObject({tone: 'info'});
    expect(passiveText(CHECK.passive)).toContain('cannot tell');
  });
  it('says what the diagnosis found where it saw nothing itself, and where the tape agrees', () => {
    const climbs = {severity: 'error', summary: 'The updates go up the gradient.'} as const;
    const said = {tone: 'error', text: climbs.summary};
    expect([CHECK, {...CHECK, variables: [row('a', 'right')]}].map((c) => checkHeadline(c, climbs))).toEqual([said, said]);
  });
  it('by the loss alone tells the factor', () => {
    expect(checkHeadline({...CHECK, passive: {factor: 0.5, spread: 0, steps: 20, verdict: 'scaled'}})).toEqual({tone: 'error', text: 'The gradient is 0.5 × the derivative of the loss.'});
  });
});
