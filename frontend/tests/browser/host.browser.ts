import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {Browser} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {address, frameOf, openPage, openTab, openView, screenshot, settle, startBrowser} from './open_tab';

let browser: Browser;
beforeAll(async () => void (browser = await startBrowser()));
afterAll(() => browser.close());

describe('inside TensorBoard', () => {
  it('the tab is there when there is data', async () => {
    const {page} = await openTab(browser);
    await expect.poll(() => page.getByText('Convergence', {exact: true}).first().isVisible()).toBe(true);
    await page.close();
  });

  it('the theme follows TensorBoard’s while the page is open', async () => {
    const {frame, page} = await openTab(browser);
    const ground = (): Promise<string> => frame.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await expect.poll(() => ground()).toBe('rgb(255, 255, 255)');
    await page.evaluate(() => document.body.classList.add('dark-mode')); // what TensorBoard's own switch does
    await expect.poll(ground).toBe('rgb(48, 48, 48)');
    await page.evaluate(() => document.body.classList.remove('dark-mode'));
    await expect.poll(ground).toBe('rgb(255, 255, 255)');
    await page.close();
  });

  it('a dark page is dark from its first paint', async () => {
    const {frame, page} = await openTab(browser, {theme: 'dark'});
    await expect.poll(() => frame.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
    await page.close();
  });

  it('runs have the colours of the Time Series page', async () => {
    const {frame, page} = await openTab(browser);
    await settle(frame);
    const order = (await (await fetch(`${address()}data/runs`)).json()) as string[];
    const shown = await frame.locator('.run-row').evaluateAll((rows) =>
      rows.map((row) => [row.querySelector('.run-name')?.getAttribute('title') ?? '', row.querySelector('line')?.getAttribute('stroke') ?? ''] as const),
    );
    const palette = ['#425066', '#12b5cb', '#e52592', '#f9ab00', '#9334e6', '#7cb342', '#e8710a'];
    expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(order.map((name, i) => [name, palette[i % 7]])));
    await page.close();
  });

  it('runs begin as TensorBoard’s dashboards have them ticked', async () => {
    const {page} = await openPage(browser);
    await frameOf(page);
    const state = btoa(JSON.stringify({'high-learning-rate/broken': false, 'vanishing-gradient/broken': false}));
    await page.goto(`${address()}#convergence&runSelectionState=${encodeURIComponent(state)}`);
    await page.reload();
    const frame = await frameOf(page);
    await settle(frame);
    await expect.poll(() => frame.locator('.run-row', {has: frame.locator('input:not(:checked)')}).locator('.run-name').evaluateAll((all) => all.map((e) => e.getAttribute('title')))).toEqual([
      'high-learning-rate/broken',
      'vanishing-gradient/broken',
    ]);
    await page.close();
  });

  it('the frame has a title and a language', async () => {
    const {frame, page} = await openTab(browser);
    await expect.poll(() => page.locator('iframe[src*="name=convergence"]').getAttribute('title')).toBe('Convergence');
    await expect.poll(() => frame.evaluate(() => [document.title, document.documentElement.lang])).toEqual(['Convergence', 'en']);
    await page.close();
  });

  it('every view works without the eval that TensorBoard still allows', async () => {
    const {page, problems} = await openPage(browser, {fields: {runs: 'vanishing-gradient/broken,vanishing-gradient/repaired'}}, async (fresh) =>
      void (await fresh.route('**/plugin_entry.html**', async (route) => {
        const response = await route.fetch();
        const policy = response.headers()['content-security-policy'] ?? '';
        expect(policy).toContain("'unsafe-eval'");
        await route.fulfill({response, headers: {...response.headers(), 'content-security-policy': policy.replaceAll("'unsafe-eval'", '')}});
      })));
    const frame = await frameOf(page);
    for (const view of ['Diagnosis', 'Layers', 'Dynamics', 'Optimizer', 'Gradient check', 'Compare']) await openView(frame, view);
    expect(problems).toEqual([]);
    await page.close();
  });

  it('the page works on its own, without TensorBoard around it', async () => {
    const context = browser.contexts()[0] ?? (await browser.newContext());
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(`${address()}data/plugin_entry.html?name=convergence#&p.convergence.runs=${encodeURIComponent('high-learning-rate/broken')}`);
    const frame = page.mainFrame();
    await frame.waitForSelector('.verdict');
    await openView(frame, 'Layers');
    await expect.poll(() => new URL(page.url()).hash).toContain('p.convergence.view=layers');
    expect(problems).toEqual([]);
    await page.close();
  });

  it('the tab works in the frame of a notebook at another address, 800 pixels high', async () => {
    const context = browser.contexts()[0] ?? (await browser.newContext());
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    const run = encodeURIComponent('high-learning-rate/broken');
    const cell = `<!doctype html><div style="width:1000px"><iframe width="100%" height="800" frameborder="0" src="${address()}#convergence&p.convergence.runs=${run}"></iframe></div>`;
    const notebook = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end(cell));
    await new Promise<void>((listening) => notebook.listen(0, '127.0.0.1', listening));
    await page.goto(`http://127.0.0.1:${(notebook.address() as AddressInfo).port}/`);
    const outer = await (await page.waitForSelector('iframe')).contentFrame();
    const inner = await (await outer?.waitForSelector('iframe[src*="name=convergence"]', {state: 'attached'}))?.contentFrame();
    if (!inner) throw new Error('no tab in the notebook');
    await inner.waitForSelector('.verdict');
    for (const view of ['Layers', 'Dynamics', 'Diagnosis']) await openView(inner, view);
    await expect.poll(() => inner.locator('.verdict').first().isVisible()).toBe(true);
    const fits = await inner.evaluate(() => [document.documentElement.scrollWidth <= innerWidth, innerHeight > 600, innerHeight < 800]);
    expect(fits).toEqual([true, true, true]);
    await screenshot(page, 'notebook');
    expect(problems).toEqual([]);
    await page.close();
    notebook.close();
  });

  it('nothing scrolls sideways in a narrow window', async () => {
    const {frame, page, problems} = await openTab(browser, {width: 400, fields: {runs: 'high-learning-rate/broken'}});
    await settle(frame);
    await expect.poll(() => frame.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
    expect(problems).toEqual([]);
    await page.close();
  });

  it('a request to another server, an inline script and an error would be seen', async () => {
    const {frame, page, problems} = await openTab(browser);
    await frame.evaluate(() => {
      document.head.append(Object.assign(document.createElement('script'), {textContent: '1'}));
      document.body.append(Object.assign(new Image(), {src: 'http://other.invalid/x.png'}));
      console.error('seen');
    });
    await expect.poll(() => problems.join('\n')).toMatch(/CSP: script-src[\s\S]*/);
    expect(problems.join('\n')).toMatch(/CSP: img-src/);
    expect(problems.join('\n')).toContain('console: seen');
    await page.close();
  });
});
