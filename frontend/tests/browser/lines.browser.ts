import type {Browser, Frame, Page} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {fieldsOf, openTab, screenshot, settle, startBrowser} from './open_tab';

let browser: Browser;
beforeAll(async () => void (browser = await startBrowser()));
afterAll(() => browser.close());

const PAIR = 'high-learning-rate/broken,high-learning-rate/repaired';
const DEEP = 'vanishing-gradient/broken,vanishing-gradient/repaired';

/** What a chart's canvas looks like: a change of it is a change of the picture. */
function picture(frame: Frame, chart: string): Promise<string> {
  return frame.getByRole('region', {name: chart, exact: true}).locator('canvas').evaluate((c: HTMLCanvasElement) => c.toDataURL());
}

async function plot(frame: Frame, chart: string) {
  const box = await frame.getByRole('region', {name: chart, exact: true}).locator('.u-over').boundingBox();
  if (!box) throw new Error(`no chart ${chart}`);
  return (x: number, y = 0.5): readonly [number, number] => [box.x + x * box.width, box.y + y * box.height];
}

async function display(frame: Frame): Promise<void> {
  await frame.locator('.menu.display > summary').click();
}

async function drag(page: Page, from: readonly [number, number], to: readonly [number, number]): Promise<void> {
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move(...to, {steps: 4});
  await page.mouse.up();
}

describe('the axes of lines', () => {
  it('are logarithmic or linear, by steps or by time, and a link holds the time', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: {view: 'dynamics', runs: PAIR}});
    await settle(frame);
    const log = await picture(frame, 'Gradient norm');
    await frame.getByRole('button', {name: 'linear', exact: true}).click();
    await expect.poll(() => picture(frame, 'Gradient norm')).not.toBe(log);
    const linear = await picture(frame, 'Gradient norm');
    await frame.getByRole('button', {name: 'relative', exact: true}).click();
    await expect.poll(() => picture(frame, 'Gradient norm')).not.toBe(linear);
    expect(fieldsOf(page)['x']).toBe('relative');
    await page.mouse.move(...(await plot(frame, 'Gradient norm'))(0.5));
    await expect.poll(() => frame.locator('.tip-title').innerText()).toMatch(/step \d+ · .*s/);
    await frame.getByRole('button', {name: 'wall', exact: true}).click();
    await expect.poll(() => fieldsOf(page)['x']).toBe('wall');
    expect(problems).toEqual([]);
    await page.close();
  });

  it('leave out the outermost values when asked, mark them at the edge, and remember it', async () => {
    const {frame, page} = await openTab(browser, {fields: {view: 'dynamics', runs: DEEP}});
    await settle(frame);
    const all = await picture(frame, 'Loss');
    await display(frame);
    await frame.getByRole('button', {name: '5–95 %'}).click();
    await expect.poll(() => picture(frame, 'Loss')).not.toBe(all);
    await screenshot(page, 'dynamics-without-outliers-light');
    await expect.poll(() => frame.evaluate(() => localStorage.getItem('tb_convergence.preferences') ?? '')).toContain('"ignoreOutliers":true');
    await frame.getByRole('button', {name: 'all', exact: true}).click();
    await expect.poll(() => picture(frame, 'Loss')).toBe(all);
    await page.close();
  });
});

describe('a line chart', () => {
  it('is zoomed by a drag and by Alt and the wheel, panned with Shift, and reset by a double click', async () => {
    const {frame, page} = await openTab(browser, {fields: {view: 'dynamics', runs: DEEP}});
    await settle(frame);
    const at = await plot(frame, 'Loss');
    await drag(page, at(0.4), at(0.6));
    await expect.poll(() => fieldsOf(page)['zoom']).toMatch(/^\d+-\d+$/);
    const ends = (): readonly number[] => (fieldsOf(page)['zoom'] ?? '').split('-').map(Number);
    const [first = 0, last = 0] = ends();
    await settle(frame);
    await page.keyboard.down('Shift');
    await drag(page, at(0.6), at(0.5));
    await page.keyboard.up('Shift');
    await expect.poll(() => ends()[0]).toBeGreaterThan(first);
    await page.mouse.dblclick(...at(0.5));
    await expect.poll(() => fieldsOf(page)['zoom']).toBeUndefined();
    await settle(frame);
    await page.mouse.move(...at(0.5));
    await page.mouse.wheel(0, -100);
    expect(fieldsOf(page)['zoom']).toBeUndefined(); // the page scrolls
    await page.mouse.move(...(await plot(frame, 'Loss'))(0.5));
    await page.keyboard.down('Alt');
    await page.mouse.wheel(0, -100);
    await page.keyboard.up('Alt');
    await expect.poll(() => ends()[1]).toBeGreaterThan(0);
    expect(ends()[1]! - ends()[0]!).toBeGreaterThan(last - first);
    await page.close();
  });

  it('lists its lines in the tooltip in the order asked for', async () => {
    const {frame, page} = await openTab(browser, {fields: {view: 'dynamics', runs: PAIR}});
    await settle(frame);
    const listed = async (): Promise<string> => {
      await page.mouse.move(...(await plot(frame, 'Loss'))(0.9, 0.9));
      return (await frame.locator('.tip-lines th').allInnerTexts()).map((t) => t.replace(/.*\//, '')).join(' ');
    };
    for (const [order, found] of [['largest', 'broken repaired'], ['smallest', 'repaired broken'], ['nearest', 'repaired broken']] as const) {
      await display(frame);
      await frame.getByRole('button', {name: order, exact: true}).click();
      await frame.locator('.menu.display > summary').press('Escape');
      await expect.poll(listed).toBe(found);
    }
    await page.close();
  });
});

describe('the cursor', () => {
  it('stands at one step in every chart', async () => {
    const {frame, page} = await openTab(browser, {fields: {view: 'dynamics', runs: DEEP}});
    await settle(frame);
    await page.mouse.move(...(await plot(frame, 'Loss'))(0.5));
    const crosshairs = (): Promise<readonly number[]> => frame.locator('.linechart .u-cursor-x').evaluateAll((all) =>
      all.map((e) => Math.round(new DOMMatrix(getComputedStyle(e).transform).m41)));
    const apart = async (): Promise<number> => Math.max(...(await crosshairs())) - Math.min(...(await crosshairs()));
    await expect.poll(async () => Math.min(...(await crosshairs()))).toBeGreaterThan(50);
    await expect.poll(apart).toBeLessThanOrEqual(2); // the others stand at the recorded step nearest to the pointer
    await page.close();
  });

  it('goes from a heatmap to the lines below it, and the step that was clicked stays', async () => {
    const {frame, page} = await openTab(browser, {height: 1300, fields: {view: 'layers', runs: DEEP, variables: 'hidden_3/kernel'}});
    await settle(frame);
    const overlay = frame.locator('.heatmap-overlay').first();
    const box = await overlay.boundingBox();
    if (!box) throw new Error('no heatmap');
    await overlay.hover({position: {x: box.width * 0.7, y: 60}});
    const cursor = frame.locator('.linechart .u-cursor-x').first();
    const shown = (): Promise<number> => cursor.evaluate((e) => new DOMMatrix(getComputedStyle(e).transform).m41);
    await expect.poll(shown).toBeGreaterThan(50);
    const before = await shown();
    await overlay.hover({position: {x: box.width * 0.9, y: 60}});
    await expect.poll(shown).toBeGreaterThan(before);
    const pinned = frame.locator('.linechart-pin').first();
    expect(await pinned.isVisible()).toBe(false);
    await overlay.click({position: {x: box.width * 0.7, y: 60}, modifiers: ['Control']});
    await expect.poll(() => pinned.isVisible()).toBe(true);
    await page.close();
  });
});
