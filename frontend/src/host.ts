/**
 * TensorBoard around the frame: its message protocol (experimental, unpublished), theme, URL hash and run colours.
 * Every access to the parent window may fail, and then the page works on its own.
 */
import type {Fields} from './store/url';

export const PLUGIN = 'convergence';
const PROTOCOL = 'experimental';

type HostEvent = 'RunsChanged' | 'DataReloaded';
interface Message {
  readonly type: string;
  readonly id: number;
  readonly payload: unknown;
  readonly error: string | null;
  readonly isReply: boolean;
}

/** The guest's end of TensorBoard's message port. Without a host nothing is ever heard. */
export class Host {
  readonly #port: MessagePort;
  readonly #listeners = new Map<string, Set<() => void>>();

  constructor(parent: Window | null = window.parent === window ? null : window.parent) {
    const channel = new MessageChannel();
    this.#port = channel.port1;
    this.#port.onmessage = (event: MessageEvent<string>) => this.#receive(JSON.parse(event.data) as Message);
    parent?.postMessage(`${PROTOCOL}.bootstrap`, '*', [channel.port2]);
  }

  /** Calls `listener` whenever the host says so; the host also repeats itself. */
  on(event: HostEvent, listener: () => void): void {
    const type = `${PROTOCOL}.${event}`;
    this.#listeners.set(type, (this.#listeners.get(type) ?? new Set()).add(listener));
  }

  close(): void {
    this.#port.close();
  }

  #receive(message: Message): void {
    if (message.isReply) return; // nothing is asked: TensorBoard 2.21 answers little, and some of it wrongly
    this.#listeners.get(message.type)?.forEach((listener) => listener());
    this.#port.postMessage(JSON.stringify({...message, payload: null, error: null, isReply: true})); // the host waits for it
  }
}

/** TensorBoard's window, or `null` when this page is on its own or the parent is out of reach. */
export function hostWindow(): Window | null {
  try {
    if (window.parent === window) return null;
    void window.parent.document.body; // throws when the parent is of another origin
    return window.parent;
  } catch {
    return null;
  }
}

/** Reports the theme now and on every change; returns what stops it. */
export function watchTheme(apply: (theme: 'light' | 'dark') => void): () => void {
  const media = matchMedia('(prefers-color-scheme: dark)');
  const body = hostWindow()?.document.body ?? null;
  const read = (): void => apply((body ? body.classList.contains('dark-mode') : media.matches) ? 'dark' : 'light');
  const observer = new MutationObserver(read);
  if (body) observer.observe(body, {attributes: true, attributeFilter: ['class']});
  media.addEventListener('change', read);
  read();
  return () => {
    observer.disconnect();
    media.removeEventListener('change', read);
  };
}

/** Whether the frame is laid out; TensorBoard gives hidden tabs no height. */
export function visible(): boolean {
  return window.innerHeight > 0 && document.visibilityState === 'visible';
}

const prefix = `p.${PLUGIN}.`;

/** `decodeURIComponent` that leaves damaged text as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The fields that belong to this plugin in `#tab&p.convergence.key=value&…`. */
export function parseHash(hash: string): Fields {
  const matches = hash.replace(/^#/, '').split('&').map((token) => /^([^=]*)=(.*)$/.exec(token) ?? []);
  const pairs = matches.map(([, key = '', value = '']) => [decoded(key), decoded(value)] as const);
  return Object.fromEntries(pairs.filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key.slice(prefix.length), value]));
}

/** `hash` with this plugin's fields replaced and everything of others kept. */
export function replaceFields(hash: string, fields: Fields): string {
  const others = hash.replace(/^#/, '').split('&').filter((token) => token && !decoded(token).startsWith(prefix));
  const ours = Object.entries(fields).map(([key, value]) => `${prefix}${key}=${encodeURIComponent(value)}`);
  return [...others, ...ours].join('&');
}

/** The window whose address people see and copy. */
function addressed(): Window {
  return hostWindow() ?? window;
}

/** This plugin's fields of the address. */
export function readFields(): Fields {
  return parseHash(addressed().location.hash);
}

/** Writes the fields into the address: as a step that Back undoes, or silently. */
export function writeFields(fields: Fields, how: 'push' | 'replace'): void {
  const target = addressed();
  const hash = replaceFields(target.location.hash, fields);
  if (target.location.hash.replace(/^#/, '') === hash) return;
  const url = `${target.location.pathname}${target.location.search}#${hash}`;
  if (how === 'push') target.history.pushState(target.history.state, '', url);
  else target.history.replaceState(target.history.state, '', url);
}

/** The address to hand to a colleague. */
export function link(): string {
  return addressed().location.href;
}

/** Calls `listener` when Back, Forward or a person changes the address. */
export function onNavigate(listener: () => void): void {
  const target = addressed();
  target.addEventListener('hashchange', listener);
  target.addEventListener('popstate', listener);
}

/** TensorBoard's settings that its own pages choose at first: the run filter of the Time Series page. */
export function initialRunFilter(): string {
  return new URLSearchParams(hostWindow()?.location.search ?? '').get('runFilter') ?? '';
}

/**
 * Which runs TensorBoard's dashboards have ticked or not, where they say so: `runSelectionState`, base64 of JSON in the
 * hash, which names only the exceptions. The Time Series page keeps its own selection out of the address.
 */
export function parseSelection(hash: string): Readonly<Record<string, boolean>> {
  const text = /(?:^#?|&)runSelectionState=([^&]*)/.exec(hash)?.[1];
  if (!text) return {};
  try {
    const found: unknown = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(decoded(text)), (c) => c.charCodeAt(0))));
    const entries = typeof found === 'object' && found !== null ? Object.entries(found) : [];
    return Object.fromEntries(entries.filter((e): e is [string, boolean] => typeof e[1] === 'boolean'));
  } catch {
    return {}; // damaged, or of another version
  }
}

/** The same of the page that this one was opened in. */
export function inheritedSelection(): Readonly<Record<string, boolean>> {
  return parseSelection(addressed().location.hash);
}

const PALETTE = ['#425066', '#12b5cb', '#e52592', '#f9ab00', '#9334e6', '#7cb342', '#e8710a'] as const;
const FIRST_IN_DARK = '#8e98a3';

/** TensorBoard's colour of the run that came `index`-th into its list of runs (Time Series page). */
export function runColor(index: number, theme: 'light' | 'dark'): string {
  const id = index % PALETTE.length;
  return theme === 'dark' && id === 0 ? FIRST_IN_DARK : PALETTE[id]!;
}
