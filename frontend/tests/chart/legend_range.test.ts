import {describe, expect, it} from 'vitest';
import {barOf, movedEnd} from '../../src/chart/legend_range';

const full = {from: -8, to: 2};
const shown = {from: -6, to: 0};

describe('an end of the colours', () => {
  it('goes where it is put, within all that there is', () => {
    expect(movedEnd({end: 'from', value: -3, shown, full, centre: null})).toEqual({from: -3, to: 0});
    expect(movedEnd({end: 'to', value: 9, shown, full, centre: null})).toEqual({from: -6, to: 2});
    expect(movedEnd({end: 'from', value: -99, shown, full, centre: null})).toEqual({from: -8, to: 0});
  });
  it('never passes the other', () => {
    const {from, to} = movedEnd({end: 'from', value: 5, shown, full, centre: null});
    expect(to - from).toBeCloseTo(0.06);
  });
  it('takes the other along where colours have a centre', () => {
    const around = {from: -4, to: 4};
    expect(movedEnd({end: 'to', value: 1, shown: around, full: around, centre: 0})).toEqual({from: -1, to: 1});
    expect(movedEnd({end: 'from', value: -3, shown: around, full: around, centre: 0})).toEqual({from: -3, to: 3});
    expect(movedEnd({end: 'to', value: -2, shown: around, full: around, centre: 0}).to).toBeCloseTo(0.08);
  });
});

describe('the bar of colours', () => {
  it('shows a little of what lies beyond its ends, and no more than there is', () => {
    expect(barOf({shown: {from: -1, to: 1}, full: {from: -1.1, to: 50}})).toEqual({from: -1.1, to: 1.3});
    expect(barOf({shown, full: shown})).toEqual(shown);
    expect(barOf({shown, full: {from: -5, to: -1}})).toEqual(shown);
  });
});
