import {afterEach, describe, expect, it} from 'vitest';
import {Host} from '../src/host';

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
