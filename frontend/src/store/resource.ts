/**
 * Answers of the server by key, shared between views. A key names everything the answer depends on (the run's token
 * too), so an answer never goes stale: it is only no longer asked for.
 */
import {signal, type Signal} from '@preact/signals';
import {useEffect, useRef} from 'preact/hooks';
import type {ApiError, Result} from '../api/types';
import {reloadTick} from './state';

/** Answers kept after nobody shows them any more; 60 tiles of 200 × 1,200 cells are 15 MB. */
const KEPT = 60;

export interface Resource<T> {
  /** The answer; while another is under way the previous one of the same slot. */
  readonly value: T | null;
  readonly error: ApiError | null;
  readonly loading: boolean;
}

export interface Request<T> {
  /** What the answer depends on. */
  readonly key: string;
  /** Whose place it takes on screen: an old answer stays in its slot until the new one comes. */
  readonly slot: string;
  readonly load: (signal: AbortSignal) => Promise<Result<T>>;
}

interface Entry {
  readonly state: Signal<Resource<unknown>>;
  users: number;
  abort: AbortController | null;
}

const EMPTY: Resource<never> = {value: null, error: null, loading: true};

/** The cache behind the hooks; one a page. */
export class Cache {
  readonly #entries = new Map<string, Entry>();

  /** The state of `key`, loading when nothing is known yet. */
  read<T>(key: string): Resource<T> {
    return this.#entry(key).state.value as Resource<T>;
  }

  /** Counts a user in, and asks when there is no answer and no request. */
  acquire<T>({key, load}: Request<T>): void {
    const entry = this.#entry(key);
    entry.users += 1;
    this.#ask(entry, load);
  }

  /** Asks again for what failed; what is known or under way stays. */
  retry<T>({key, load}: Request<T>): void {
    this.#ask(this.#entry(key), load);
  }

  /** Counts a user out; a request that nobody waits for is cancelled. */
  release(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    entry.users -= 1;
    if (entry.users > 0) return;
    entry.abort?.abort();
    entry.abort = null; // so that whoever comes next asks again
    this.#evict();
  }

  get size(): number {
    return this.#entries.size;
  }

  #entry(key: string): Entry {
    const known = this.#entries.get(key);
    if (known) return known;
    const entry: Entry = {state: signal<Resource<unknown>>(EMPTY), users: 0, abort: null};
    this.#entries.set(key, entry);
    return entry;
  }

  #ask<T>(entry: Entry, load: Request<T>['load']): void {
    if (entry.abort === null && entry.state.peek().value === null) void this.#load(entry, load);
  }

  async #load<T>(entry: Entry, load: Request<T>['load']): Promise<void> {
    const abort = new AbortController();
    entry.abort = abort;
    entry.state.value = EMPTY;
    const result = await load(abort.signal);
    if (entry.abort === abort) entry.abort = null;
    if (result.ok) entry.state.value = {value: result.value, error: null, loading: false};
    else if (result.error.kind !== 'aborted') entry.state.value = {value: null, error: result.error, loading: false};
  }

  #evict(): void {
    const idle = [...this.#entries].filter(([, e]) => e.users <= 0);
    for (const [key] of idle.slice(0, Math.max(0, idle.length - KEPT))) this.#entries.delete(key);
  }
}

const cache = new Cache();

/** The answers to `requests`, asked for while the component is mounted. */
export function useResources<T>(requests: readonly Request<T>[]): readonly Resource<T>[] {
  const last = useRef(new Map<string, T>());
  const tick = reloadTick.value;
  useEffect(() => {
    requests.forEach((r) => cache.acquire(r));
    return () => requests.forEach((r) => cache.release(r.key));
  }, [requests.map((r) => r.key).join('\n')]);
  useEffect(() => requests.forEach((r) => cache.retry(r)), [tick]);
  return requests.map(({key, slot}) => {
    const now = cache.read<T>(key);
    if (now.value !== null) last.current.set(slot, now.value);
    return now.value === null ? {...now, value: last.current.get(slot) ?? null} : now;
  });
}
