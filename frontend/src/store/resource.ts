/**
 * Answers of the server by key, shared between views. A key names everything the answer depends on (the run's token
 * too), so an answer never goes stale: it is only no longer asked for.
 */
import {signal, type Signal} from '@preact/signals';
import {useEffect, useRef} from 'preact/hooks';
import type {ApiError, Result} from '../api/types';
import {reloadTick} from './state';

/** Bytes of numbers kept after nobody shows them any more: some sixty tiles of 200 × 1,200 cells, or all lines of eight runs. */
const KEPT = 64 * 2 ** 20;
/** What holds them weighs at least this, in bytes: empty answers are not kept for ever. */
const LEAST = 256;
/** Questions kept that nobody waits for; one that is just being put again must not lose its place. */
const UNANSWERED = 60;

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
  /** What its answer weighs, see `sizeOf`; 0 without one. */
  bytes: number;
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
    const entry: Entry = {state: signal<Resource<unknown>>(EMPTY), users: 0, abort: null, bytes: 0};
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
    if (result.ok) {
      entry.state.value = {value: result.value, error: null, loading: false};
      entry.bytes = sizeOf(result.value);
    }
    if (!result.ok && result.error.kind !== 'aborted') entry.state.value = {value: null, error: result.error, loading: false};
  }

  #evict(): void {
    const idle = [...this.#entries].filter(([, e]) => e.users <= 0);
    const unanswered = idle.filter(([, e]) => e.bytes === 0);
    for (const [key] of unanswered.slice(0, -UNANSWERED)) this.#entries.delete(key);
    let held = idle.reduce((total, [, e]) => total + e.bytes, 0);
    for (const [key, {bytes}] of idle) {
      if (held <= KEPT) return;
      if (bytes > 0) this.#entries.delete(key);
      held -= bytes;
    }
  }
}

/** Bytes of an answer: of its arrays of numbers, and a little for all else. */
function sizeOf(answer: unknown): number {
  if (ArrayBuffer.isView(answer)) return answer.byteLength;
  if (Array.isArray(answer)) return LEAST + (answer.some((a) => typeof a === 'object') ? sum(answer) : 8 * answer.length);
  return typeof answer === 'object' && answer !== null ? LEAST + sum(Object.values(answer)) : 8;
}

function sum(parts: readonly unknown[]): number {
  return parts.reduce<number>((total, part) => total + sizeOf(part), 0);
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
