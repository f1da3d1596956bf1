import type {Browser, Frame} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {fieldsOf, openTab, screenshot, settle, startBrowser} from './open_tab';

let browser: Browser;
beforeAll(async () => void (browser = await startBrowser()));
afterAll(() => browser.close());

const PAIR = 'vanishing-gradient/broken,vanishing-gradient/repaired';

/** How many rows each heatmap has, as it says itself. */
function rows(frame: Frame): Promise<(string | undefined)[]> {
  return frame.locator('.heatmap-overlay').evaluateAll((all) => all.map((e) => /of (\d+) variables/.exec(e.getAttribute('aria-label') ?? '')?.[1]));
}

describe('the tree of layers', () => {
  it('closes to a row for each layer in all runs, and a link holds it', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: {view: 'layers', runs: PAIR}});
    await settle(frame);
    await expect.poll(() => rows(frame)).toEqual(['26', '26']);
    await frame.getByRole('button', {name: 'layer', exact: true}).click();
    await expect.poll(() => rows(frame)).toEqual(['13', '13']);
    await settle(frame);
    expect(fieldsOf(page)['level']).toBe('layers');
    await screenshot(page, 'layers-closed-light');
    expect(problems).toEqual([]);
    await page.close();
  });

  it('opens one layer by its arrow and closes it by a key; its line is that of the whole layer', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: {view: 'layers', runs: 'vanishing-gradient/broken', level: 'layers'}});
    await settle(frame);
    const overlay = frame.locator('.heatmap-overlay');
    await overlay.click({position: {x: 5, y: 20}}); // the arrow of the first layer
    await expect.poll(() => rows(frame)).toEqual(['14']);
    expect(fieldsOf(page)['toggled']).toBe('hidden_0/');
    await settle(frame);
    await overlay.press('g'); // the keyboard's cell is in the first row
    await expect.poll(() => rows(frame)).toEqual(['13']);
    await settle(frame);
    await overlay.press('Enter');
    await expect.poll(() => frame.getByRole('heading', {name: 'hidden_0', exact: true}).count()).toBe(1);
    await settle(frame);
    await expect.poll(() => frame.locator('.chart-grid canvas').count()).toBe(1);
    expect(problems).toEqual([]);
    await page.close();
  });

  it('holds in Compare, too', async () => {
    const {frame, page} = await openTab(browser, {fields: {view: 'compare', runs: PAIR, level: 'layers'}});
    await settle(frame);
    await expect.poll(() => rows(frame)).toEqual(['13']);
    await page.close();
  });
});

describe('a heatmap', () => {
  it('is zoomed by a drag, panned with Shift, and reset by a double click', async () => {
    const {frame, page} = await openTab(browser, {fields: {view: 'layers', runs: 'vanishing-gradient/broken'}});
    await settle(frame);
    const box = await frame.locator('.heatmap-overlay').boundingBox();
    if (!box) throw new Error('no heatmap');
    const at = (x: number, y = 0.5): readonly [number, number] => [box.x + x * box.width, box.y + y * box.height];
    await page.mouse.move(...at(0.4));
    await page.mouse.down();
    await page.mouse.move(...at(0.6), {steps: 4});
    await page.mouse.up();
    await expect.poll(() => fieldsOf(page)['zoom']).toMatch(/^\d+-\d+$/);
    const [first = 0] = (fieldsOf(page)['zoom'] ?? '').split('-').map(Number);
    await settle(frame);
    await page.keyboard.down('Shift');
    await page.mouse.move(...at(0.6));
    await page.mouse.down();
    await page.mouse.move(...at(0.5), {steps: 4});
    await page.mouse.up();
    await page.keyboard.up('Shift');
    await expect.poll(() => Number((fieldsOf(page)['zoom'] ?? '').split('-')[0])).toBeGreaterThan(first);
    await page.mouse.dblclick(...at(0.5));
    await expect.poll(() => fieldsOf(page)['zoom']).toBeUndefined();
    await page.close();
  });

  it('says what lies under the pointer and under the keyboard’s cell', async () => {
    const {frame, page} = await openTab(browser, {fields: {view: 'layers', runs: 'vanishing-gradient/broken'}});
    await settle(frame);
    const overlay = frame.locator('.heatmap-overlay');
    await overlay.hover({position: {x: 300, y: 60}});
    await expect.poll(() => frame.locator('.tip').innerText()).toMatch(/kernel|bias[\s\S]*step \d+/);
    await page.mouse.move(5, 5);
    await overlay.press('End');
    await overlay.press('ArrowDown');
    await expect.poll(() => frame.locator('.heatmap [aria-live]').innerText()).toMatch(/hidden_0\/bias, .*step 199/);
    await overlay.press('+');
    await expect.poll(() => fieldsOf(page)['zoom']).toMatch(/-199$/);
    await overlay.press('Escape');
    await expect.poll(() => fieldsOf(page)['zoom']).toBeUndefined();
    await page.close();
  });
});

describe('the rows', () => {
  /** The name in the row where the keyboard begins. */
  async function topRow(frame: Frame): Promise<string> {
    const overlay = frame.locator('.heatmap-overlay').first();
    await overlay.press('Home');
    const said = await frame.locator('.heatmap [aria-live]').first().innerText();
    await overlay.blur();
    return said.split(',')[0] ?? '';
  }

  it('stand in the order asked for, the depth profile only in that of depth, and a link holds it', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: {view: 'layers', runs: 'vanishing-gradient/broken'}});
    await settle(frame);
    expect(await topRow(frame)).toBe('hidden_0/kernel');
    expect(await frame.locator('.layers-profile').count()).toBe(1);
    await frame.getByLabel('Order of rows').selectOption('largest');
    await settle(frame);
    await expect.poll(() => topRow(frame)).toBe('logits/kernel');
    expect(await frame.locator('.layers-profile').count()).toBe(0);
    expect(fieldsOf(page)['order']).toBe('largest');
    await frame.getByLabel('Order of rows').selectOption('smallest');
    await settle(frame);
    await expect.poll(() => topRow(frame)).toBe('hidden_0/bias');
    await frame.getByLabel('Order of rows').selectOption('findings');
    await settle(frame);
    await expect.poll(() => topRow(frame)).toBe('hidden_0/kernel');
    expect(problems).toEqual([]);
    await page.close();
  });

  it('can be those of one kind of variable', async () => {
    const {frame, page} = await openTab(browser, {fields: {view: 'layers', runs: PAIR}});
    await settle(frame);
    await frame.getByLabel('Kind').selectOption('bias');
    await expect.poll(() => rows(frame)).toEqual(['13', '13']);
    expect(await topRow(frame)).toBe('hidden_0/bias');
    expect(fieldsOf(page)['kind']).toBe('bias');
    await page.close();
  });
});

describe('the ends of the colours', () => {
  it('are moved by keys and pointer, held by a link, and reset', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: {view: 'layers', runs: 'vanishing-gradient/broken'}});
    await settle(frame);
    const picture = (): Promise<string> => frame.locator('.heatmap canvas').first().evaluate((c: HTMLCanvasElement) => c.toDataURL());
    const before = await picture();
    const lower = frame.getByRole('slider', {name: 'Lower end of the colours'});
    for (let i = 0; i < 5; i++) await lower.press('PageUp');
    await expect.poll(picture).not.toBe(before);
    await expect.poll(() => fieldsOf(page)['ends']).toMatch(/^-[\d.]+~[-\d.]+~Gradient norm$/);
    const moved = Number(await lower.getAttribute('aria-valuenow'));
    const box = await lower.boundingBox();
    if (!box) throw new Error('no handle');
    await page.mouse.move(box.x + 12, box.y + 8);
    await page.mouse.down();
    await page.mouse.move(box.x - 40, box.y + 8, {steps: 3});
    await page.mouse.up();
    await expect.poll(async () => Number(await lower.getAttribute('aria-valuenow'))).toBeLessThan(moved);
    await frame.getByRole('button', {name: 'Reset colours'}).click();
    await expect.poll(picture).toBe(before);
    expect(fieldsOf(page)['ends']).toBeUndefined();
    expect(problems).toEqual([]);
    await page.close();
  });
});
