import {describe, expect, it} from 'vitest';
import {evidenceLine} from '../../src/store/evidence_statistic';

describe('the line that shows what a finding saw', () => {
  it('stands with the threshold that it was held against', () => {
    expect(evidenceLine({id: 'dead-units', evidence: {threshold: 0.9}})).toMatchObject({statistic: 'dead_unit_fraction', level: 0.9, ofWorst: true});
    expect(evidenceLine({id: 'high-learning-rate', evidence: {stability_limit: 2}})).toMatchObject({statistic: 'stability_number', level: 2});
  });
  it('works a level out where the threshold is a ratio', () => {
    expect(evidenceLine({id: 'exploding-gradient', evidence: {usual_gradient_norm: 2, spike_threshold: 10}})?.level).toBe(20);
    expect(evidenceLine({id: 'vanishing-gradient', evidence: {last_layer_gradient_rms: 0.02, decades_threshold: 3}})?.level).toBeCloseTo(2e-5);
  });
  it('has no level where a number is missing or not finite', () => {
    expect(evidenceLine({id: 'excessive-regularization', evidence: {}})).toMatchObject({statistic: 'weight_norm', level: null});
    expect(evidenceLine({id: 'dead-units', evidence: {}})?.level).toBeNull();
    expect(evidenceLine({id: 'exploding-gradient', evidence: {usual_gradient_norm: NaN, spike_threshold: 10}})?.level).toBeNull();
  });
  it('is that of the loss change where this told the factor, and not the noise of batches', () => {
    expect(evidenceLine({id: 'wrong-gradient', evidence: {factor: 2, source: 'the loss change'}})).toMatchObject({statistic: 'loss_change_ratio', level: 1});
    expect(evidenceLine({id: 'wrong-gradient', evidence: {factor: 2, source: 'the loss of the same batch'}})).toBeNull();
    expect(evidenceLine({id: 'wrong-gradient', evidence: {reference_cosine: 0.5, threshold: 0.99}})).toMatchObject({statistic: 'reference_cosine', level: 0.99});
  });
  it('is none where the loss shows it, or nothing does', () => {
    expect(evidenceLine({id: 'loss-plateau', evidence: {}})).toBeNull();
    expect(evidenceLine({id: 'of-a-later-version', evidence: {}})).toBeNull();
  });
});
