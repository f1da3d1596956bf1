/** Logs that something is wrong with: tests/end_to_end/browser/odd_logs.py writes them. */
import type {Browser, Frame} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openTab, openView, screenshot, settle, startBrowser} from './open_tab';

let browser: Browser;
beforeAll(async () => void (browser = await startBrowser()));
afterAll(() => browser.close());

const VIEWS = ['Diagnosis', 'Layers', 'Dynamics', 'Optimizer', 'Gradient check', 'Compare'];

async function canvases(frame: Frame): Promise<number> {
  return frame.locator('canvas').count();
}

/** How many pixels of a heatmap have the colour that stands for NaN. */
function nanPixels(frame: Frame): Promise<number> {
  return frame.locator('.heatmap canvas').first().evaluate((canvas: HTMLCanvasElement) => {
    const data = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? new Uint8ClampedArray();
    let count = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i] === 0xe4 && data[i + 1] === 0 && data[i + 2] === 0x7f) count++;
    return count;
  });
}

describe('a damaged file', () => {
  it('is told beside its run, and the rest works in every view', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: {runs: 'damaged,lengths/long'}});
    await settle(frame);
    await expect.poll(() => frame.getByRole('article', {name: 'Diagnosis of damaged'}).locator('.note.tone-warning').innerText()).toMatch(/damaged|truncated|checksum/i);
    expect(await frame.getByRole('article', {name: 'Diagnosis of lengths/long'}).locator('.note').count()).toBe(0);
    for (const view of VIEWS) await openView(frame, view);
    expect(await canvases(frame)).toBeGreaterThan(0);
    expect(problems).toEqual([]);
    await page.close();
  });
});

describe('a run that broke', () => {
  it('says since when, in the verdict, on the map and on its lines', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: {runs: 'nan'}});
    await settle(frame);
    await expect.poll(() => frame.locator('.verdict').innerText()).toMatch(/Not finite since step 60/);
    await openView(frame, 'Layers');
    await expect.poll(() => nanPixels(frame)).toBeGreaterThan(10_000);
    await openView(frame, 'Dynamics');
    expect(await canvases(frame)).toBeGreaterThan(3);
    await screenshot(page, 'nan-dynamics-light');
    expect(problems).toEqual([]);
    await page.close();
  });
});

describe('runs of unequal length and model', () => {
  it('stand on one axis, and a line says where it ended', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: {view: 'dynamics', runs: 'lengths/short,lengths/long,lengths/deeper'}});
    await settle(frame);
    const box = await frame.getByRole('region', {name: 'Loss', exact: true}).locator('.u-over').boundingBox();
    if (!box) throw new Error('no chart');
    await page.mouse.move(box.x + 0.9 * box.width, box.y + 20);
    await expect.poll(() => frame.locator('.tip').innerText()).toMatch(/short\s+ended at step 39/);
    await openView(frame, 'Layers');
    await expect.poll(() => frame.locator('.heatmap-overlay').count()).toBe(3);
    await openView(frame, 'Compare');
    await expect.poll(() => frame.locator('.verdicts').innerText()).toContain('lengths/short');
    await screenshot(page, 'unequal-compare-light');
    expect(problems).toEqual([]);
    await page.close();
  });
});

describe('a run of one step', () => {
  it('is too early to say, says so, and breaks no view', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: {runs: 'one'}});
    await settle(frame);
    await expect.poll(() => frame.locator('.column').innerText()).toMatch(/too early to say[\s\S]*Only one step was recorded/i);
    for (const view of VIEWS) await openView(frame, view);
    expect(problems).toEqual([]);
    await page.close();
  });
});

describe('a run of windows', () => {
  it('has a shade up to the spike that its averages hide, and a bright cell for it', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: {view: 'layers', runs: 'windowed', variables: 'dense_0/kernel'}});
    await settle(frame);
    await frame.getByRole('slider', {name: 'Upper end of the colours'}).waitFor();
    const largest = Number(await frame.getByRole('slider', {name: 'Upper end of the colours'}).getAttribute('aria-valuemax'));
    expect(largest).toBeCloseTo(5, 1); // log10 of the spike
    const box = await frame.locator('.chart-grid .u-over').first().boundingBox();
    if (!box) throw new Error('no chart');
    await page.mouse.move(box.x + box.width * (784 / 792) - 1, box.y + 20);
    await expect.poll(() => frame.locator('.tip-range').innerText()).toContain('1e5');
    await screenshot(page, 'windowed-layers-light');
    expect(problems).toEqual([]);
    await page.close();
  });
});
