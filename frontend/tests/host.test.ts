import {afterEach, describe, expect, it} from 'vitest';
import {Host, parseSelection} from '../src/host';

interface Answer {
  readonly id: number;
  readonly isReply: boolean;
}

/** TensorBoard's end of the port: says `type`, and waits for the answer. */
class Parent {
  greeting = '';
  #port: MessagePort | null = null;
  postMessage(greeting: string, _origin: string, [port]: MessagePort[]): void {
    this.greeting = greeting;
    this.#port = port ?? null;
  }
  say(type: string, id: number): Promise<Answer> {
    return new Promise((resolve) => {
      if (!this.#port) return;
      this.#port.onmessage = (event: MessageEvent<string>) => resolve(JSON.parse(event.data) as Answer);
      this.#port.postMessage(JSON.stringify({type, id, payload: null, error: null, isReply: false}));
    });
  }
  close(): void {
    this.#port?.close();
  }
}

let parent: Parent;
let host: Host;
function connect(): void {
  parent = new Parent();
  host = new Host(parent as unknown as Window);
}
afterEach(() => {
  host.close();
  parent.close();
});

describe('Host', () => {
  it('greets TensorBoard as its plugins do', () => {
    connect();
    expect(parent.greeting).toBe('experimental.bootstrap');
  });
  it('passes on what TensorBoard says, and answers, for TensorBoard waits', async () => {
    connect();
    let heard = 0;
    host.on('DataReloaded', () => (heard += 1));
    expect(await parent.say('experimental.DataReloaded', 7)).toMatchObject({id: 7, isReply: true});
    expect(heard).toBe(1);
  });
  it('answers what it does not know, too', async () => {
    connect();
    expect(await parent.say('experimental.SomethingNew', 8)).toMatchObject({id: 8, isReply: true});
  });
});

describe('the runs that TensorBoard’s dashboards have ticked', () => {
  const written = (state: unknown): string => encodeURIComponent(btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(state)))));
  it('are read from its address', () => {
    expect(parseSelection(`#scalars&runSelectionState=${written({'train/größe': false, eval: true})}&tagFilter=x`)).toEqual({'train/größe': false, eval: true});
  });
  it('are all of them where it says nothing, or nothing that can be read', () => {
    expect(parseSelection('#convergence&p.convergence.runs=a')).toEqual({});
    expect(parseSelection('#scalars&runSelectionState=%%%')).toEqual({});
    expect(parseSelection(`#scalars&runSelectionState=${written({a: 'no', b: false})}`)).toEqual({b: false});
    expect(parseSelection(`#scalars&runSelectionState=${written(null)}`)).toEqual({});
  });
});
