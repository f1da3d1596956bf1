import {describe, expect, it} from 'vitest';
import {inSight} from '../../src/views/windowed';

describe('inSight', () => {
  it('builds only the rows near the visible ones', () => {
    const [first, end] = inSight(10000, 40, 4000, 400);
    expect([first, end]).toEqual([92, 118]);
  });
  it('stays inside a short list', () => expect(inSight(3, 40, 0, 600)).toEqual([0, 3]));
  it('is empty for an empty list, wherever it was scrolled to', () => expect(inSight(0, 40, 4000, 600)).toEqual([0, 0]));
  it('survives a list that became shorter than the scroll position', () => expect(inSight(5, 40, 4000, 400)).toEqual([5, 5]));
});
