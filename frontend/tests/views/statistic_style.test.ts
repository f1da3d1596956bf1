import {describe, expect, it} from 'vitest';
import type {Statistic, Tile} from '../../src/api/types';
import {bandsOf, centreOf, colourMapOf, groupStatistics, onLogAxis, shownRange} from '../../src/views/statistic_style';

function statistic(more: Partial<Statistic>): Statistic {
  const text = {title: 't', unit: '', formula: '', meaning: '', reading: ''};
  return {name: 'gradient_norm', scope: 'variable', scale: 'log', low: null, high: null, band: null, ...text, ...more};
}

const norm = statistic({});
const cosine = statistic({name: 'cosine_a_b', scale: 'linear', low: -1, high: 1});
const share = statistic({name: 'dead_unit_fraction', scale: 'linear', low: 0, high: 1});
const signed = statistic({name: 'weight_mean', scale: 'linear'});

const tile = (low: number, high: number, codes = [2, 251]) => ({low, high, codes: Uint8Array.from(codes)}) as unknown as Tile;

describe('colours', () => {
  it('diverge for signed statistics only', () => {
    expect([norm, cosine, share, signed].map((s) => colourMapOf(s, 'cividis'))).toEqual(['cividis', 'diverging', 'cividis', 'diverging']);
    expect([centreOf(cosine), centreOf(signed), centreOf(share)]).toEqual([0, 0, null]);
  });
  it('have one range for all runs, not moved by a tile that holds no value', () => {
    expect(shownRange(norm, [tile(-4, 0), tile(-1, 3), tile(-99, 99, [0, 1, 255])])).toEqual({from: -4, to: 3});
    expect(shownRange(cosine, [tile(-0.1, 0.2)])).toEqual({from: -1, to: 1});
    expect(shownRange(signed, [tile(-1, 4)])).toEqual({from: -4, to: 4});
  });
});

describe('a trimmed range', () => {
  const codes = [...Array.from({length: 990}, (_, i) => 2 + (i % 100)), ...new Array<number>(5).fill(251)];
  it('is not stretched by the rarest values', () => {
    const {from, to} = shownRange(norm, [tile(-8, 30, codes)], true);
    expect(from).toBeCloseTo(-8, 0);
    expect(to).toBeLessThan(8);
  });
  it('of nothing, and of one value, still has a length', () => {
    expect(shownRange(norm, [], true)).toEqual({from: 0, to: 1});
    const one = shownRange(norm, [tile(-8, 30, [40])], true);
    expect(one.to).toBeGreaterThan(one.from);
  });
});

describe('lines', () => {
  it('a loss that goes below zero stays on a linear axis', () => {
    const loss = statistic({name: 'loss', scale: 'linear'});
    expect([onLogAxis(loss, true, 0.1), onLogAxis(loss, true, -1), onLogAxis(norm, false, 1), onLogAxis(norm, true, 0)]).toEqual([true, false, false, true]);
  });
  it('the reference band is in units of the axis', () => {
    const [band] = bandsOf(statistic({name: 'update_ratio', band: [1e-4, 1e-2]}), true);
    expect(band).toMatchObject({from: -4, to: -2, tone: 'good'});
    expect(bandsOf(norm, true)).toEqual([]);
    expect(bandsOf(statistic({name: 'gradient_nonfinite_count', band: [0, 0]}), true)).toEqual([]);
  });
  it('overshoot is monotone, past the minimum or diverging', () => {
    expect(bandsOf(statistic({name: 'overshoot', scale: 'linear'}), false).map((b) => b.label)).toEqual(['monotone', 'past the minimum', 'diverging']);
  });
});

it('the picker loses no statistic, known to it or not', () => {
  const all = [norm, cosine, share, signed, statistic({name: 'brand_new'})];
  expect(groupStatistics(all).flatMap((g) => g.statistics).length).toBe(all.length);
});
