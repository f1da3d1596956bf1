import {describe, expect, it} from 'vitest';
import type {Result} from '../../src/api/types';
import {Cache, type Request} from '../../src/store/resource';

interface Asked {
  readonly signal: AbortSignal;
  readonly answer: (result: Result<number>) => void;
}

function question(key: string): {request: Request<number>; asked: Asked[]} {
  const asked: Asked[] = [];
  const load = (signal: AbortSignal): Promise<Result<number>> => new Promise((answer) => asked.push({signal, answer}));
  return {request: {key, slot: key, load}, asked};
}

const settled = (): Promise<void> => new Promise((done) => setTimeout(done, 0));

describe('Cache', () => {
  it('asks once for two who want the same', () => {
    const cache = new Cache();
    const {request, asked} = question('a');
    cache.acquire(request);
    cache.acquire(request);
    expect(asked.length).toBe(1);
  });
  it('cancels only when the last one has gone, and asks again for the next', () => {
    const cache = new Cache();
    const {request, asked} = question('a');
    cache.acquire(request);
    cache.acquire(request);
    cache.release('a');
    expect(asked[0]?.signal.aborted).toBe(false);
    cache.release('a');
    expect(asked[0]?.signal.aborted).toBe(true);
    cache.acquire(request);
    expect(asked.length).toBe(2);
  });
  it('keeps an answer for whoever comes back', async () => {
    const cache = new Cache();
    const {request, asked} = question('a');
    cache.acquire(request);
    asked[0]?.answer({ok: true, value: 7});
    await settled();
    cache.release('a');
    cache.acquire(request);
    expect([cache.read('a').value, asked.length]).toEqual([7, 1]);
  });
  it('asks again for what failed, and only for that', async () => {
    const cache = new Cache();
    const {request, asked} = question('a');
    cache.acquire(request);
    asked[0]?.answer({ok: false, error: {kind: 'offline', message: 'gone'}});
    await settled();
    expect(cache.read('a').error?.kind).toBe('offline');
    cache.retry(request);
    asked[1]?.answer({ok: true, value: 1});
    await settled();
    cache.retry(request);
    expect([cache.read('a').value, asked.length]).toEqual([1, 2]);
  });
  it('a late answer to a cancelled question does not take the place of the new one', async () => {
    const cache = new Cache();
    const {request, asked} = question('a');
    cache.acquire(request);
    cache.release('a');
    cache.acquire(request);
    asked[0]?.answer({ok: false, error: {kind: 'aborted', message: ''}});
    asked[1]?.answer({ok: true, value: 2});
    await settled();
    expect(cache.read('a')).toEqual({value: 2, error: null, loading: false});
  });
  it('forgets old questions that nobody waits for', () => {
    const cache = new Cache();
    for (let i = 0; i < 500; i += 1) {
      cache.acquire(question(`k${i}`).request);
      cache.release(`k${i}`);
    }
    expect(cache.size).toBeLessThan(100);
  });
  it('keeps the small answers of a whole view, and of large ones the newest', async () => {
    const shown = async (count: number, numbers: number): Promise<Cache> => {
      const cache = new Cache();
      for (let i = 0; i < count; i += 1) {
        const load = (): Promise<Result<{line: Float64Array}>> => Promise.resolve({ok: true, value: {line: new Float64Array(numbers)}});
        cache.acquire({key: `k${i}`, slot: 's', load});
        await settled();
        cache.release(`k${i}`);
      }
      return cache;
    };
    expect((await shown(240, 1200)).size).toBe(240);
    const large = await shown(40, 2 ** 19); // 4 MiB each
    expect(large.size).toBe(15);
    expect([large.read('k39').value, large.read('k0').value]).toEqual([expect.anything(), null]);
  });
});
