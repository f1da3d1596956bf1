import {readFile} from 'node:fs/promises';
import type {Browser, Frame, Locator} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {fieldsOf, openTab, settle, startBrowser} from './open_tab';

let browser: Browser;
beforeAll(async () => void (browser = await startBrowser()));
afterAll(() => browser.close());

const PAIR = 'vanishing-gradient/broken,vanishing-gradient/repaired';
const PNG = [0x89, 0x50, 0x4e, 0x47];

/** The open menu of the first chart under `selector`. */
async function menu(frame: Frame, selector: string): Promise<Locator> {
  await frame.locator(`${selector} .menu summary`).first().click();
  return frame.locator('.menu[open]');
}

describe('what can be taken from a heatmap', () => {
  it('is its numbers as a table, its file, and its picture', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: {view: 'layers', runs: PAIR}});
    await settle(frame);
    await (await menu(frame, '.layers-panel')).getByRole('button', {name: 'View as table'}).click();
    const table = frame.getByRole('region', {name: /vanishing-gradient\/broken as a table/});
    await expect.poll(() => table.getByRole('rowheader').first().innerText()).toContain('hidden_0');
    await expect.poll(() => table.getByRole('link', {name: 'CSV'}).getAttribute('href')).toMatch(/export\?run=vanishing-gradient%2Fbroken&statistic=gradient_norm&format=csv$/);
    const open = await menu(frame, '.layers-panel');
    const [file] = await Promise.all([page.waitForEvent('download'), open.getByRole('button', {name: 'Picture'}).click()]);
    expect(file.suggestedFilename()).toBe('gradient_norm-vanishing-gradient-broken.png');
    expect([...(await readFile(await file.path())).subarray(0, 4)]).toEqual(PNG);
    expect(problems).toEqual([]);
    await page.close();
  });
});

describe('what can be taken from lines', () => {
  it('is a table, closed menus keep the zoom, and the values of both runs in one file', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: {view: 'dynamics', runs: PAIR, zoom: '20-90'}});
    await settle(frame);
    const open = await menu(frame, '.chart-card');
    await page.keyboard.press('Escape');
    await expect.poll(() => open.count()).toBe(0);
    expect(fieldsOf(page)['zoom']).toBe('20-90');
    const again = await menu(frame, '.chart-card');
    const [file] = await Promise.all([page.waitForEvent('download'), again.getByRole('link', {name: 'CSV'}).click()]);
    const text = (await readFile(await file.path())).toString();
    expect(text.split('\n')[0]?.trim()).toBe('run,statistic,step,variable,value');
    for (const run of PAIR.split(',')) expect(text).toContain(`\n${run},loss,`);
    await (await menu(frame, '.chart-card')).getByRole('button', {name: 'View as table'}).click();
    await expect.poll(() => frame.getByRole('region', {name: 'Loss as a table'}).getByRole('columnheader').allInnerTexts()).toEqual(['step', ...PAIR.split(',')]);
    expect(problems).toEqual([]);
    await page.close();
  });
});

describe('a drawing', () => {
  it.each([
    ['layers', '.layers-panel', 'gradient_norm-vanishing-gradient-broken.svg', 'hidden_0'],
    ['dynamics', '.chart-card', 'loss-vanishing-gradient-broken-vanishing-gradient-repaired.svg', 'vanishing-gradient/repaired'],
  ])('of %s is SVG under a name that says what it is, and a browser can read it', async (view, selector, name, text) => {
    const {frame, page, problems} = await openTab(browser, {fields: {view, runs: PAIR}});
    await settle(frame);
    const open = await menu(frame, selector);
    const [file] = await Promise.all([page.waitForEvent('download'), open.getByRole('button', {name: 'Drawing'}).click()]);
    expect(file.suggestedFilename()).toBe(name);
    const svg = (await readFile(await file.path())).toString();
    const read = await frame.evaluate((xml) => {
      const found = new DOMParser().parseFromString(xml, 'image/svg+xml');
      return {broken: found.querySelector('parsererror')?.textContent ?? '', text: found.documentElement.textContent ?? '', shapes: found.querySelectorAll('path, image').length};
    }, svg);
    expect(read.broken).toBe('');
    expect(read.text).toContain(text);
    expect(read.shapes).toBeGreaterThan(0);
    expect(problems).toEqual([]);
    await page.close();
  });
});

describe('a finding', () => {
  it('is copied with its code', async () => {
    const {frame, page} = await openTab(browser, {fields: {runs: 'vanishing-gradient/broken'}});
    await settle(frame);
    await expect.poll(() => frame.locator('.advice code').allInnerTexts()).toContain('kernel_initializer="he_normal"');
    await expect.poll(() => frame.getByRole('button', {name: /^Copy kernel_initializer="he_normal"/}).count()).toBe(1);
    await page.close();
  });

  it('can be muted, is counted, and comes back', async () => {
    const {frame, page} = await openTab(browser, {fields: {runs: 'vanishing-gradient/broken'}});
    await settle(frame);
    const before = await frame.locator('.finding').count();
    await frame.getByRole('button', {name: 'Mute'}).first().click();
    await expect.poll(() => frame.getByText('1 finding muted').count()).toBe(1);
    await expect.poll(() => frame.locator('.finding').count()).toBe(before - 1);
    const kept = await frame.evaluate(() => localStorage.getItem('tb_convergence.preferences'));
    expect(JSON.parse(kept ?? '{}')).toMatchObject({values: {muted: [{run: 'vanishing-gradient/broken'}]}});
    await frame.getByRole('button', {name: 'Show again'}).click();
    await expect.poll(() => frame.locator('.finding').count()).toBe(before);
    await page.close();
  });
});

describe('a link', () => {
  it('holds how Layers pools and colours its steps, and to which rows it is zoomed', async () => {
    const rows = 'hidden_0/kernel,hidden_1/bias';
    const {frame, page} = await openTab(browser, {fields: {view: 'layers', runs: PAIR, rows, colours: 'all'}});
    await settle(frame);
    await frame.locator('.menu.display > summary').click();
    await frame.getByRole('button', {name: 'median'}).click();
    expect(fieldsOf(page)).toMatchObject({pool: 'median', colours: 'all', rows});
    await expect.poll(() => frame.getByRole('button', {name: 'all', exact: true}).getAttribute('aria-pressed')).toBe('true');
    await frame.locator('.heatmap-overlay').first().press('Escape');
    await expect.poll(() => fieldsOf(page)['rows']).toBeUndefined();
    await page.close();
  });

  it('holds the variable of Dynamics', async () => {
    const {frame, page} = await openTab(browser, {fields: {view: 'dynamics', runs: PAIR}});
    await settle(frame);
    await frame.getByLabel('Shown for').selectOption({label: 'hidden_1/kernel'});
    await expect.poll(() => fieldsOf(page)['dynamics']).toContain('hidden_1/kernel');
    await page.close();
  });
});

describe('runs of different models', () => {
  it('have rows of their own', async () => {
    const {frame, page} = await openTab(browser, {fields: {view: 'layers', runs: 'high-learning-rate/broken,vanishing-gradient/broken'}});
    await settle(frame);
    const labels = await frame.locator('.heatmap-overlay').evaluateAll((all) => all.map((e) => e.getAttribute('aria-label') ?? ''));
    expect(labels.map((l) => /of (\d+) variables/.exec(l)?.[1])).toEqual(['1', '26']);
    await page.close();
  });
});

describe('a system that forces its colours or wants no motion', () => {
  it('is obeyed', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: {view: 'layers', runs: PAIR}});
    await settle(frame);
    await page.emulateMedia({forcedColors: 'active', reducedMotion: 'reduce'});
    const style = await frame.evaluate(() => {
      const pressed = document.querySelector('[aria-pressed=true]');
      const [on, off] = [pressed, pressed?.parentElement?.querySelector('[aria-pressed=false]')].map((e) => e && getComputedStyle(e).backgroundColor);
      const moving = [...document.querySelectorAll('*')].filter((e) => !/^0s(, 0s)*$/.test(getComputedStyle(e).transitionDuration));
      return {told: on !== off, moving: moving.length, text: getComputedStyle(document.documentElement).getPropertyValue('--fg').trim()};
    });
    expect(style).toEqual({told: true, moving: 0, text: 'CanvasText'});
    expect(problems).toEqual([]);
    await page.close();
  });
});
