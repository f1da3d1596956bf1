import {expect, it} from 'vitest';
import {beside} from '../../src/chart/tip';

it('a tooltip stands after the pointer, before it in the far half of the window, and never outside', () => {
  expect(beside(100, false, '100vw')).toBe('max(6px, min(114px, 100vw - 100% - 6px))');
  expect(beside(950, true, '100vw')).toBe('max(6px, min(936px - 100%, 100vw - 100% - 6px))');
});
