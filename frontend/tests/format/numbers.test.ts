import {describe, expect, it} from 'vitest';
import {counted, formatCount, formatNumber, formatShare, formatSpan} from '../../src/format/numbers';

describe('formatNumber', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [1.5, '1.5'],
    [7.999999, '8'],
    [0.12345, '0.123'],
    [-12.34, '−12.3'],
    [1234.5, '1,230'],
    [99999, '100,000'],
    [123456, '1.23e5'],
    [0.00001, '1e-5'],
    [0.000123, '1.23e-4'],
    [-2e-8, '−2e-8'],
    [1e22, '1e22'],
    [1e-320, '1e-320'],
    [NaN, 'NaN'],
    [Infinity, '∞'],
    [-Infinity, '−∞'],
    [null, '–'],
  ])('%s is %s', (value, text) => expect(formatNumber(value)).toBe(text));
});

describe('formatCount', () => {
  it.each([[0, '0'], [999, '999'], [1000, '1,000'], [-1234567, '−1,234,567']])('%s is %s', (value, text) => expect(formatCount(value)).toBe(text));
});

describe('the rest', () => {
  it('shares are whole percents, not parted from their sign', () => expect([0.974, 28.24].map(formatShare)).toEqual(['97\u00a0%', '2,824\u00a0%']));
  it('spans are told in their largest unit', () => expect([-1, 12.7, 200, 7300, 90000].map(formatSpan)).toEqual(['0 s', '12 s', '3 min', '2 h', '1 d']));
  it('one is not many', () => expect([counted(1, 'step'), counted(0, 'step'), counted(2000, 'step')]).toEqual(['1 step', '0 steps', '2,000 steps']));
});
