import type {Browser} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {frameOf, openPage, openTab, openView, settle, startBrowser} from './open_tab';

let browser: Browser;
beforeAll(async () => void (browser = await startBrowser()));
afterAll(() => browser.close());

const PAIR = 'vanishing-gradient/broken,vanishing-gradient/repaired';

describe('a hidden tab', () => {
  it('asks for nothing, and catches up when it is shown', async () => {
    const {frame, page} = await openTab(browser, {fields: {runs: 'high-learning-rate/broken'}});
    await settle(frame);
    const asked: string[] = [];
    page.on('request', (request) => void (request.url().includes('/plugin/convergence/runs') && asked.push(request.url())));
    const hide = (hidden: boolean): Promise<void> => page.evaluate((h) => {
      document.getElementById('hiding')?.remove();
      const rule = 'iframe[src*="name=convergence"] {max-height: 0 !important; visibility: hidden !important; position: absolute !important}'; // as TensorBoard hides tabs
      if (h) document.head.append(Object.assign(document.createElement('style'), {id: 'hiding', textContent: rule}));
    }, hidden);
    await hide(true);
    await expect.poll(() => frame.evaluate(() => window.innerHeight)).toBe(0);
    await page.locator('[title="Reload"], .reload-button, [aria-label*="Reload"]').first().click();
    await page.waitForTimeout(800);
    expect(asked).toEqual([]);
    await hide(false);
    await expect.poll(() => asked.length).toBe(1);
    await page.close();
  });
});

describe('a slow server', () => {
  it('is waited for in the place of what is missing, never over what is there', async () => {
    const {frame, page} = await openTab(browser, {fields: {view: 'layers', runs: 'vanishing-gradient/broken'}});
    await settle(frame);
    await page.route('**/tile?**', async (route) => {
      await new Promise((go) => setTimeout(go, 1500));
      await route.continue().catch(() => undefined); // cancelled meanwhile
    });
    await frame.locator('.heatmap-overlay').press('+');
    await expect.poll(() => frame.locator('.layers-head').first().innerText()).toMatch(/Sharpening|[\d.e-]+/);
    expect(await frame.locator('.heatmap canvas').count()).toBeGreaterThan(0);
    expect(await frame.locator('.skeleton').count()).toBe(0);
    await page.close();
  });
});

describe('an error', () => {
  it('of one answer stands in its place, and the rest works', async () => {
    const {page, problems} = await openPage(browser, {fields: {view: 'dynamics', runs: 'high-learning-rate/broken'}}, async (fresh) =>
      void (await fresh.route('**/lines?**statistic=overshoot**', (route) => route.fulfill({status: 500, contentType: 'text/plain', body: 'out of order'}))));
    const frame = await frameOf(page);
    await settle(frame);
    await expect.poll(() => frame.getByText('out of order').count()).toBe(1);
    await expect.poll(() => frame.locator('.linechart').count()).toBeGreaterThan(5);
    expect(problems.filter((p) => !p.includes('500'))).toEqual([]);
    await page.close();
  });

  it('while a view is loaded shows a card, and the other views work', async () => {
    const {page} = await openPage(browser, {}, async (fresh) => void (await fresh.route('**/chunk-layers-*.js', (route) => route.abort())));
    const frame = await frameOf(page);
    await settle(frame);
    await frame.getByRole('tab', {name: 'Layers', exact: true}).click();
    await expect.poll(() => frame.locator('.error-card').count()).toBe(1);
    await openView(frame, 'Diagnosis');
    await expect.poll(() => frame.locator('.verdict').count()).toBeGreaterThan(0);
    await page.close();
  });
});

describe('a screen with three pixels for one', () => {
  it('gets charts with as many', async () => {
    const fields = {view: 'layers', runs: 'vanishing-gradient/broken', variables: 'hidden_0/kernel'};
    const {page} = await openPage(browser, {fields}, async (fresh) => {
      const session = await fresh.context().newCDPSession(fresh);
      await session.send('Emulation.setDeviceMetricsOverride', {width: 900, height: 700, deviceScaleFactor: 3, mobile: false});
    });
    const frame = await frameOf(page);
    await settle(frame);
    await frame.locator('.linechart').last().scrollIntoViewIfNeeded(); // a chart is set up when it is near
    const sharpness = (): Promise<number[]> => frame.locator('.heatmap canvas, .linechart canvas').evaluateAll((all) => all.map((c) => Math.round((c as HTMLCanvasElement).width / c.clientWidth)));
    await expect.poll(sharpness).toEqual([3, 3, 3]);
    await page.close();
  });
});

describe('a window', () => {
  it.each([320, 800, 2560, 3840])('of %i pixels shows every view without scrolling sideways', async (width) => {
    const {frame, page, problems} = await openTab(browser, {width, height: 800, fields: {runs: PAIR}});
    for (const view of ['Diagnosis', 'Layers', 'Dynamics', 'Optimizer', 'Gradient check', 'Compare']) {
      await openView(frame, view);
      expect(await frame.evaluate(() => document.documentElement.scrollWidth), view).toBeLessThanOrEqual(width);
      const wide = await frame.evaluate(() => {
        const panel = document.getElementById('panel');
        return panel && !panel.querySelector('.columns') ? panel.scrollWidth - panel.clientWidth : 0;
      });
      expect(wide, view).toBeLessThanOrEqual(1);
    }
    expect(problems).toEqual([]);
    await page.close();
  });
});
