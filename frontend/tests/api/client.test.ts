import {describe, expect, it} from 'vitest';
import {Client, Gate, MAX_IN_FLIGHT, address} from '../../src/api/client';

const signal = (): AbortSignal => new AbortController().signal;
const answering = (body: string, status = 200): Client => new Client('http://h/x/plugin/convergence/', () => Promise.resolve(new Response(body, {status})));

describe('address', () => {
  it('repeats lists and leaves out what is absent', () => {
    expect(address('lines', {run: 'a/b', variable: ['x', 'y&z'], first: null, last: undefined, points: 3})).toBe('lines?run=a%2Fb&variable=x&variable=y%26z&points=3');
  });
  it('has no question mark without a question', () => expect(address('runs')).toBe('runs'));
});

describe('Gate', () => {
  it('never lets more than its limit run, and all of them in the end', async () => {
    const gate = new Gate(2);
    let [now, most] = [0, 0];
    const task = async (): Promise<void> => {
      most = Math.max(most, (now += 1));
      await new Promise((done) => setTimeout(done, 1));
      now -= 1;
    };
    await Promise.all(Array.from({length: 9}, () => gate.run(task)));
    expect([most, now]).toEqual([2, 0]);
  });
  it('lets the next one in after a failure', async () => {
    const gate = new Gate(1);
    await expect(gate.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await gate.run(() => Promise.resolve(1))).toBe(1);
  });
});

describe('Client', () => {
  it('keeps a path prefix', () => expect(answering('').url('runs')).toBe('http://h/x/plugin/convergence/runs'));
  it('gives the server’s own words for an error', async () => {
    expect(await answering('unknown run', 404).runs(signal())).toEqual({ok: false, error: {kind: 'http', status: 404, message: 'unknown run'}});
  });
  it('tells a payload that cannot be read from a server that is gone', async () => {
    const gone = new Client('http://h/', () => Promise.reject(new TypeError('failed to fetch')));
    const kinds = [await answering('{"schema": 1').runs(signal()), await gone.runs(signal())].map((r) => (r.ok ? '' : r.error.kind));
    expect(kinds).toEqual(['malformed', 'offline']);
  });
  it('says which schema it met', async () => {
    expect(await answering('{"schema": 7}').runs(signal())).toMatchObject({ok: false, error: {kind: 'schema', found: 7}});
  });
  it('does not ask for what was cancelled while it waited', async () => {
    let asked = 0;
    const client = new Client('http://h/', () => ((asked += 1), new Promise(() => undefined)));
    for (let i = 0; i < MAX_IN_FLIGHT + 3; i += 1) void client.runs(signal());
    await Promise.resolve();
    expect(asked).toBe(MAX_IN_FLIGHT);
    const stopped = new AbortController();
    stopped.abort();
    expect(await answering('{}').runs(stopped.signal)).toMatchObject({ok: false, error: {kind: 'aborted'}});
  });
});
