/** Opens the Convergence tab of the TensorBoard at TAB_ADDRESS in a real browser, and notes what goes wrong there. */
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {chromium, type Browser, type Frame, type Page, type Request} from 'playwright-core';

const QUIET = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export type Theme = 'light' | 'dark';

export interface Tab {
  readonly page: Page;
  /** The plugin's own frame. */
  readonly frame: Frame;
  /** Console errors, uncaught exceptions, CSP violations and requests to other origins, in words. */
  readonly problems: readonly string[];
}

interface Options {
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
  /** Fields of the address, as store/url.ts writes them. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Whether this is the first visit, which is offered a tour. */
  readonly first?: boolean;
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} must be set: run these checks through pytest tests/end_to_end/browser`);
  return value;
}

/** Where TensorBoard is; ends in `/`. */
export const address = (): string => required('TAB_ADDRESS');

/** The browser; whoever starts it closes it. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({executablePath: required('CHROMIUM'), args: QUIET});
}

const QUIET_LOOKS = 3;
const LOOK_MS = 60;

/** What each page has asked of the plugin and not got yet. */
const asked = new WeakMap<Page, Set<Request>>();

function follow(page: Page): void {
  const open = new Set<Request>();
  asked.set(page, open);
  page.on('request', (request) => void (request.url().includes('/plugin/convergence/') && open.add(request)));
  page.on('requestfinished', (request) => void open.delete(request));
  page.on('requestfailed', (request) => void open.delete(request));
}

/** Collects into `problems` from now on. */
async function watch(page: Page, problems: string[]): Promise<void> {
  const origin = new URL(address()).origin;
  follow(page);
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => problems.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== origin) problems.push(`request to ${url.href}`);
  });
  await page.exposeFunction('reportViolation', (text: string) => problems.push(`CSP: ${text}`));
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      const report: unknown = Reflect.get(window, 'reportViolation');
      if (typeof report === 'function') report(`${event.violatedDirective} ${event.blockedURI}`);
    });
  });
}

/** TensorBoard's own page, with TensorBoard's own setting of the theme. */
export async function openPage(
  browser: Browser,
  options: Options = {},
  before: (page: Page) => Promise<void> = () => Promise.resolve(),
): Promise<{page: Page; problems: string[]}> {
  const context = browser.contexts()[0] ?? (await browser.newContext()); // one cache: TensorBoard's own page is 5 MB
  const page = await context.newPage();
  await page.setViewportSize({width: options.width ?? 1400, height: options.height ?? 900});
  const problems: string[] = [];
  await watch(page, problems);
  const settings = JSON.stringify({theme: options.theme ?? 'light'});
  const kept = JSON.stringify({version: 1, values: {toured: !options.first}});
  await page.addInitScript(([text, preferences]) => {
    localStorage.clear(); // what an earlier page chose is not this one's
    localStorage.setItem('_tb_global_settings', text ?? '');
    localStorage.setItem('tb_convergence.preferences', preferences ?? '');
  }, [settings, kept]);
  await before(page);
  const fields = Object.entries(options.fields ?? {}).map(([key, value]) => `&p.convergence.${key}=${encodeURIComponent(value)}`);
  await page.goto(`${address()}#convergence${fields.join('')}`);
  return {page, problems};
}

/** The frame of the tab, once it has been painted. */
export async function frameOf(page: Page): Promise<Frame> {
  const element = await page.waitForSelector('iframe[src*="name=convergence"]', {state: 'attached'});
  const frame = await element.contentFrame();
  if (!frame) throw new Error('the frame of the tab has no document');
  await frame.waitForSelector('[role=tablist]');
  return frame;
}

/** The tab, painted. */
export async function openTab(browser: Browser, options: Options = {}): Promise<Tab> {
  const {page, problems} = await openPage(browser, options);
  return {page, frame: await frameOf(page), problems};
}

/** Writes a picture of the page for people to look at; git ignores them. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = required('SCREENSHOTS');
  mkdirSync(folder, {recursive: true});
  await page.screenshot({path: join(folder, `${name}.png`)});
}

/** This plugin's part of the address. */
export function fieldsOf(page: Page): Readonly<Record<string, string>> {
  const tokens = new URL(page.url()).hash.split('&').filter((token) => token.startsWith('p.convergence.'));
  return Object.fromEntries(tokens.map((token) => token.slice('p.convergence.'.length).split('=').map(decodeURIComponent)));
}

/** Opens a view and waits until nothing in it is loading any more. */
export async function openView(frame: Frame, name: string): Promise<void> {
  await frame.getByRole('tab', {name, exact: true}).click();
  await settle(frame);
}

/** Waits until nothing is loading: what is seen says so, and for a while nothing has been asked of the plugin. */
export async function settle(frame: Frame): Promise<void> {
  const page = frame.page();
  for (let quiet = 0; quiet < QUIET_LOOKS; quiet++) {
    await frame.waitForFunction(() => !document.querySelector('.skeleton, [aria-busy=true]') && !document.body.innerText.includes('Loading…'));
    if ((asked.get(page)?.size ?? 0) > 0) quiet = 0;
    await page.waitForTimeout(LOOK_MS);
  }
}
