import {expect, it} from 'vitest';
import {beside} from '../../src/chart/tip';

it('a tooltip stands after the pointer, before it where the window ends, and never outside', () => {
  expect(beside(100, 80, 1000)).toBe(114);
  expect(beside(950, 80, 1000)).toBe(856);
  expect(beside(20, 900, 300)).toBe(6);
});
