import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import type {AxeResults} from 'axe-core';
import type {Browser, Frame} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openTab, openView, screenshot, settle, startBrowser, type Tab, type Theme} from './open_tab';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser: Browser;
beforeAll(async () => void (browser = await startBrowser()));
afterAll(() => browser.close());

/** What axe-core holds against the frame, in words. */
async function violations(frame: Frame): Promise<string[]> {
  await frame.evaluate(AXE); // through the debugger: the page's CSP would refuse it
  const results = await frame.evaluate(() => (Reflect.get(window, 'axe') as {run: () => Promise<AxeResults>}).run());
  return results.violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary ?? ''}`).join('\n')}`);
}

const VIEWS = ['Diagnosis', 'Layers', 'Dynamics', 'Optimizer', 'Gradient check', 'Compare'];
const THEMES: readonly Theme[] = ['light', 'dark'];

describe.each(THEMES)('axe-core, %s', (theme) => {
  let tab: Tab;
  beforeAll(async () => void (tab = await openTab(browser, {theme, fields: {runs: 'vanishing-gradient/broken,vanishing-gradient/repaired'}})));
  afterAll(() => tab.page.close());

  it.each(VIEWS)('finds nothing in %s', async (view) => {
    await openView(tab.frame, view);
    await screenshot(tab.page, `${view.toLowerCase().replace(" ", "-")}-${theme}`);
    expect(await violations(tab.frame)).toEqual([]);
  });
});

describe('axe-core', () => {
  it.each(THEMES)('finds nothing in a diagnosis with everything unfolded, %s', async (theme) => {
    const {frame, page} = await openTab(browser, {theme, height: 2000, fields: {runs: 'high-learning-rate/broken'}});
    await settle(frame);
    await frame.evaluate(() => document.querySelectorAll('details').forEach((d) => (d.open = true)));
    await screenshot(page, `diagnosis-unfolded-${theme}`);
    expect(await violations(frame)).toEqual([]);
    await page.close();
  });

  it.each(THEMES)('finds nothing in what another learning rate would do, %s', async (theme) => {
    const {frame, page} = await openTab(browser, {theme, fields: {view: 'optimizer', runs: 'high-learning-rate/broken,high-learning-rate/repaired'}});
    await settle(frame);
    await frame.getByRole('slider', {name: /Learning rate/}).first().press('Home');
    await expect.poll(() => frame.getByRole('button', {name: 'as used'}).count()).toBe(1);
    expect(await violations(frame)).toEqual([]);
    await page.close();
  });

  it.each(THEMES)('finds nothing in the list of shortcuts, %s', async (theme) => {
    const {frame, page} = await openTab(browser, {theme});
    await frame.getByRole('button', {name: 'Keyboard shortcuts'}).click();
    expect(await violations(frame)).toEqual([]);
    await page.close();
  });

  it.each([[900, 'light'], [400, 'dark']] as const)('finds nothing at %i pixels, %s', async (width, theme) => {
    const {frame, page} = await openTab(browser, {theme, width});
    await settle(frame);
    await screenshot(page, `diagnosis-${width}-${theme}`);
    expect(await violations(frame)).toEqual([]);
    await page.close();
  });
});

describe('this check', () => {
  it('can fail: a picture without a description is found', async () => {
    const {frame, page} = await openTab(browser);
    await frame.evaluate(() => document.querySelector('main')?.append(document.createElement('img')));
    expect((await violations(frame)).join()).toContain('image-alt');
    await page.close();
  });
});

describe('the keyboard', () => {
  it('moves among views with the arrow keys, and only the open tab is on the way', async () => {
    const {frame, page} = await openTab(browser);
    await frame.getByRole('tab', {name: 'Diagnosis'}).focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => frame.evaluate(() => document.activeElement?.textContent)).toBe('Layers');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => frame.evaluate(() => document.activeElement?.textContent)).toBe('Compare');
    await expect.poll(() => frame.locator('[role=tab][tabindex="0"]').count()).toBe(1);
    await page.close();
  });

  it('unfolds a finding and reaches its advice', async () => {
    const {frame, page} = await openTab(browser, {fields: {runs: 'high-learning-rate/broken'}});
    await settle(frame);
    const folded = frame.locator('.finding:not([open]) > summary').first();
    await folded.focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => frame.locator('.finding[open]').count()).toBe(2);
    await page.close();
  });
});
