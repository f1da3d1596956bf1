/** Prints what the tab costs; each line that is a result begins with `» `. */
import type {Browser, CDPSession, Frame, Page} from 'playwright-core';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {frameOf, openPage, openTab, openView, settle, startBrowser} from './open_tab';
import {firstPaint, noteFirstPaint} from './first_paint';

const RELOADS = Number(process.env['RELOADS'] ?? 100);
const MOVES = 120;
const LARGE = {view: 'layers', runs: 'large', statistic: 'gradient_norm'};
const LINKED = {view: 'dynamics', runs: 'linked-a,linked-b'};

let browser: Browser;
beforeAll(async () => void (browser = await startBrowser()));
afterAll(() => browser.close());

function say(what: string, value: number, unit: string, limit: string): void {
  console.log(`» ${what.padEnd(46)}${value.toFixed(1).padStart(8)} ${unit}   ${limit}`);
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
}

/** From now on notes, in the frame, how long each pointer move keeps the page busy: its handlers, and the frame that follows until it is painted. */
async function noteWork(frame: Frame): Promise<void> {
  await frame.evaluate(() => {
    const works: number[] = [];
    Reflect.set(window, 'works', works);
    let handling = 0;
    let began = 0;
    let frameBegan = 0;
    const painted = new MessageChannel();
    painted.port1.onmessage = () => {
      if (handling > 0) works.push(handling + performance.now() - frameBegan);
      handling = 0;
    };
    const tick = (): void => {
      frameBegan = performance.now();
      if (handling > 0) painted.port2.postMessage(0); // arrives after style, layout and paint
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    for (const type of ['pointermove', 'mousemove']) {
      addEventListener(type, () => (began = performance.now()), {capture: true});
      addEventListener(type, () => (handling += Math.max(0.01, performance.now() - began)));
    }
  });
}

function works(frame: Frame): Promise<number[]> {
  return frame.evaluate(() => Reflect.get(window, 'works') as number[]);
}

async function hover(page: Page, frame: Frame, selector: string): Promise<readonly number[]> {
  const box = await frame.locator(selector).first().boundingBox();
  if (!box) throw new Error(`no ${selector}`);
  await noteWork(frame);
  for (let i = 0; i < MOVES; i++) {
    await page.mouse.move(box.x + box.width * (0.2 + (0.75 * i) / MOVES), box.y + box.height * (0.2 + (0.6 * ((i * 7) % MOVES)) / MOVES));
    await page.waitForTimeout(16);
  }
  return works(frame);
}

it('first useful paint of the large run', async () => {
  const took: number[] = [];
  for (let i = 0; i < 4; i++) {
    const {page} = await openPage(browser, {fields: LARGE}, (fresh) => noteFirstPaint(fresh, '.layers-panel[aria-busy="false"] canvas'));
    took.push(await firstPaint(await frameOf(page)));
    await page.close();
  }
  say('first paint of the large map, files read for it', took[0] ?? NaN, 'ms', '');
  say('first paint of the large map, after that', Math.max(...took.slice(1)), 'ms', 'limit 2500 ms');
});

it('hover over the large heatmap', async () => {
  const {frame, page} = await openTab(browser, {fields: LARGE});
  await settle(frame);
  const found = await hover(page, frame, '.heatmap-overlay');
  expect(found.length).toBeGreaterThan(MOVES / 4);
  say('hover, heatmap of the large run, p95', quantile(found, 0.95), 'ms', 'limit 16 ms');
  await page.close();
});

it('zoom of the large heatmap', async () => {
  const {frame, page} = await openTab(browser, {fields: LARGE});
  await settle(frame);
  const first: number[] = [];
  const sharper: number[] = [];
  for (let i = 0; i < 12; i++) {
    const box = await frame.locator('.heatmap-overlay').boundingBox();
    if (!box) throw new Error('no heatmap');
    await frame.evaluate(notePaints);
    const at = 0.35 + 0.04 * i;
    await page.mouse.move(box.x + box.width * at, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * (at + 0.1), box.y + 104, {steps: 3});
    await page.mouse.up();
    await expect.poll(() => frame.evaluate(() => (Reflect.get(window, 'paints') as number[]).length)).toBeGreaterThan(1);
    await settle(frame);
    const paints = await frame.evaluate(() => Reflect.get(window, 'paints') as number[]);
    first.push(paints[0] ?? NaN);
    sharper.push(paints.at(-1) ?? NaN);
    await frame.locator('.heatmap-overlay').press('Escape');
    await settle(frame);
  }
  say('zoom, large run: what is there, redrawn, p95', quantile(first, 0.95), 'ms', 'limit 100 ms');
  say('zoom, large run: the sharper tile drawn, p95', quantile(sharper, 0.95), 'ms', 'limit 250 ms');
  await page.close();
});

/** Notes when cells are painted, in milliseconds after the pointer was let go, to the end of that frame. */
function notePaints(): void {
  const paints: number[] = [];
  Reflect.set(window, 'paints', paints);
  let released = NaN;
  addEventListener('pointerup', () => (released = performance.now()), {capture: true, once: true});
  const known: unknown = Reflect.get(window, 'putImageData');
  const put = (known ?? CanvasRenderingContext2D.prototype.putImageData) as CanvasRenderingContext2D['putImageData'];
  Reflect.set(window, 'putImageData', put);
  CanvasRenderingContext2D.prototype.putImageData = function (this: CanvasRenderingContext2D, image: ImageData, x: number, y: number): void {
    Reflect.apply(put, this, [image, x, y]);
    if (Number.isNaN(released)) return;
    const channel = new MessageChannel();
    channel.port1.onmessage = () => paints.push(performance.now() - released);
    channel.port2.postMessage(0);
  };
}

it('linked charts', async () => {
  const {frame, page} = await openTab(browser, {height: 1400, fields: LINKED});
  await settle(frame);
  for (const chart of await frame.locator('.linechart').all()) await chart.scrollIntoViewIfNeeded(); // each is set up when it is near
  await frame.locator('.linechart').first().scrollIntoViewIfNeeded();
  await settle(frame);
  const charts = await frame.locator('.linechart canvas').count();
  const found = await hover(page, frame, '.linechart .u-over');
  say(`hover over ${charts} linked charts, p95`, quantile(found, 0.95), 'ms', 'limit 30 ms');
  await page.close();
});

it('switch of views', async () => {
  const {frame, page} = await openTab(browser, {fields: {runs: LINKED.runs}});
  for (const view of ['Layers', 'Dynamics', 'Optimizer', 'Gradient check', 'Compare', 'Diagnosis']) await openView(frame, view);
  const took: number[] = [];
  const worst = new Map<string, number>();
  for (let round = 0; round < 2; round++) {
    for (const view of ['Layers', 'Optimizer', 'Gradient check', 'Compare', 'Diagnosis', 'Dynamics']) {
      const ms = await frame.evaluate(switched, view);
      took.push(ms);
      worst.set(view, Math.max(ms, worst.get(view) ?? 0));
      await settle(frame);
    }
  }
  for (const [view, ms] of worst) say(`switch to ${view}, the slower of two`, ms, 'ms', '');
  say('switch of views, median', quantile(took, 0.5), 'ms', '');
  say('switch of views, p95', quantile(took, 0.95), 'ms', 'limit 150 ms');
  await page.close();
});

/** Milliseconds from a press on a tab to the end of the frame that shows its view. */
function switched(view: string): Promise<number> {
  const tab = [...document.querySelectorAll<HTMLElement>('[role=tab]')].find((t) => t.textContent === view);
  const began = performance.now();
  tab?.click();
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => resolve(performance.now() - began);
    requestAnimationFrame(() => requestAnimationFrame(() => channel.port2.postMessage(0)));
  });
}

async function heap(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const {usedSize} = await session.send('Runtime.getHeapUsage');
  return usedSize / 2 ** 20;
}

it('memory after reloads', async () => {
  const {frame, page} = await openTab(browser, {fields: LINKED});
  await settle(frame);
  const session = await page.context().newCDPSession(page);
  const reload = page.locator('[title="Reload"], .reload-button, [aria-label*="Reload"]').first();
  const views = ['Layers', 'Dynamics', 'Optimizer', 'Diagnosis'];
  const once = async (i: number): Promise<void> => {
    await reload.click();
    if (i % 5 === 0) await openView(frame, views[(i / 5) % views.length] ?? '');
    await page.waitForTimeout(60);
  };
  for (let i = 0; i < 5 * views.length; i++) await once(i); // every view has been there
  await settle(frame);
  const before = await heap(session);
  for (let i = 0; i < RELOADS; i++) await once(i);
  await settle(frame);
  const after = await heap(session);
  say('heap before the reloads', before, 'MiB', '');
  say(`heap after ${RELOADS} reloads, switching views`, after, 'MiB', 'no growth');
  await page.close();
});
