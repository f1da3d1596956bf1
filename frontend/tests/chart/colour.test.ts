import {describe, expect, it} from 'vitest';
import {CODE} from '../../src/api/types';
import type {ColourMap} from '../../src/chart/colour';
import {codeToAxis, colourAt, commonRange, lookupTable} from '../../src/chart/colour';

const MAPS: readonly ColourMap[] = ['viridis', 'cividis'];

/** Relative luminance of WCAG 2, written out. */
function luminance([r, g, b]: readonly [number, number, number]): number {
  const linear = (c: number): number => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

describe('colour maps', () => {
  it.each(MAPS)('%s grows lighter all the way, so that it reads in grey too', (map) => {
    const shades = Array.from({length: 101}, (_, i) => luminance(colourAt(map, i / 100)));
    shades.slice(1).forEach((shade, i) => expect(shade).toBeGreaterThanOrEqual(shades[i] ?? 0));
  });

  it('diverging is lightest in the middle and as dark at both ends', () => {
    expect(luminance(colourAt('diverging', 0.5))).toBeGreaterThan(0.9);
    expect(luminance(colourAt('diverging', 0))).toBeLessThan(0.06);
    expect(luminance(colourAt('diverging', 1))).toBeLessThan(0.06);
  });

  it('ends hold beyond the ends', () => {
    expect(colourAt('viridis', -3)).toEqual([0x44, 0x01, 0x54]);
    expect(colourAt('viridis', 3)).toEqual([0xfd, 0xe7, 0x25]);
  });
});

describe('lookupTable', () => {
  const range = {from: -4, to: 2};

  it('gives the same value the same colour in tiles quantised over different ranges', () => {
    const wide = lookupTable('viridis', 'light', {from: -4, to: 2}, range);
    const narrow = lookupTable('viridis', 'light', {from: -1, to: 2}, range);
    expect(narrow[CODE.HIGHEST]).toBe(wide[CODE.HIGHEST]);
    const half = codeToAxis(CODE.LOWEST, {from: -1, to: 2});
    const code = CODE.LOWEST + Math.round(((half + 4) / 6) * 249);
    expect(Math.abs(((narrow[CODE.LOWEST] ?? 0) & 255) - ((wide[code] ?? 0) & 255))).toBeLessThanOrEqual(2);
  });

  it('packs red, green and blue for little-endian RGBA', () => {
    const table = lookupTable('viridis', 'light', range, range);
    expect(table[CODE.LOWEST]).toBe(0xff540144);
  });

  it.each(['light', 'dark'] as const)('what is not a value has a colour of its own in %s, and no data has none', (theme) => {
    for (const map of [...MAPS, 'diverging'] as const) {
      const table = lookupTable(map, theme, range, range);
      const special = [table[CODE.ZERO], table[CODE.INFINITE], table[CODE.NAN]];
      const values = new Set(table.slice(CODE.LOWEST, CODE.HIGHEST + 1));
      expect(new Set(special).size).toBe(3);
      special.forEach((colour) => expect(values.has(colour ?? 0)).toBe(false));
      expect(table[CODE.NONE]).toBe(0);
    }
  });

  it('clamps values beyond the range that is shown', () => {
    const table = lookupTable('viridis', 'light', {from: -10, to: 10}, {from: -1, to: 1});
    expect(table[CODE.LOWEST]).toBe(0xff540144);
    expect(table[CODE.HIGHEST]).toBe(0xff25e7fd);
  });
});

describe('commonRange', () => {
  it('covers all tiles', () => {
    expect(commonRange([{from: -3, to: 0}, {from: -1, to: 2}], null)).toEqual({from: -3, to: 2});
  });
  it('is symmetric about the centre for signed values', () => {
    expect(commonRange([{from: -0.2, to: 0.9}], 0)).toEqual({from: -0.9, to: 0.9});
  });
  it('has a length even for one constant value, and for none', () => {
    expect(commonRange([{from: 2, to: 2}], null)).toEqual({from: 1.5, to: 2.5});
    expect(commonRange([], null)).toEqual({from: 0, to: 1});
  });
});
