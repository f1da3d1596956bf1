import {describe, expect, it} from 'vitest';
import type {Finding} from '../../src/api/types';
import {chain, type Link} from '../../src/views/chain';

function finding(id: string, rank: number, explained_by: string | null = null): Finding {
  return {id, rank, explained_by, title: id, severity: 'error', confidence: 1, variables: [], onset_step: null, evidence: {}, summary: '', advice: [], expect: ''};
}
const shape = (links: readonly Link[]): string => links.map((l) => l.finding.id + (l.consequences.length ? `(${shape(l.consequences)})` : '')).join(' ');

describe('chain', () => {
  it('puts consequences below their cause, both in order of rank', () => {
    expect(shape(chain([finding('c', 3, 'a'), finding('d', 4), finding('b', 2, 'a'), finding('a', 1), finding('e', 5, 'b')]))).toBe('a(b(e) c) d');
  });
  it('shows a finding whose cause is absent as a cause', () => expect(shape(chain([finding('a', 1, 'gone')]))).toBe('a'));
  it('loses nothing that explains itself in a circle', () => {
    expect(shape(chain([finding('a', 1, 'a')]))).toBe('a');
    expect(shape(chain([finding('a', 1, 'b'), finding('b', 2, 'a')])).match(/[ab]/g)?.length).toBe(2);
  });
  it('of nothing is nothing', () => expect(chain([])).toEqual([]));
});
