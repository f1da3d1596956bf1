import {describe, expect, it} from 'vitest';
import {fromPixel, panBy, span, toPixel, within, zoomAbout} from '../../src/chart/interval';

const bounds = {from: 0, to: 1000};

describe('zoomAbout', () => {
  it('keeps the point under the pointer where it is', () => {
    const before = {from: 200, to: 600};
    const after = zoomAbout(before, 300, 0.5, bounds, 1);
    expect(toPixel(after, 800, 300)).toBeCloseTo(toPixel(before, 800, 300));
    expect(span(after)).toBe(200);
  });
  it('never leaves the bounds, and out again is everything', () => {
    expect(zoomAbout({from: 0, to: 100}, 90, 4, bounds, 1)).toEqual({from: 0, to: 400});
    expect(zoomAbout({from: 900, to: 1000}, 950, 100, bounds, 1)).toEqual(bounds);
  });
  it('stops at the least length', () => {
    expect(span(zoomAbout({from: 10, to: 20}, 15, 0.01, bounds, 4))).toBe(4);
  });
});

describe('panBy', () => {
  it('keeps the length at the edge', () => {
    expect(panBy({from: 800, to: 950}, 500, bounds)).toEqual({from: 850, to: 1000});
  });
});

describe('within', () => {
  it('cuts only what is longer than the bounds', () => {
    expect(within({from: -50, to: 2000}, bounds)).toEqual(bounds);
  });
});

describe('pixels', () => {
  it('there and back is the same value', () => {
    const interval = {from: -2, to: 5};
    expect(fromPixel(interval, 640, toPixel(interval, 640, 1.25))).toBeCloseTo(1.25);
  });
});
