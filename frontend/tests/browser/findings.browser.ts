import type {Browser, Frame} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openTab, screenshot, settle, startBrowser} from './open_tab';

let browser: Browser;
beforeAll(async () => void (browser = await startBrowser()));
afterAll(() => browser.close());

const BROKEN = 'vanishing-gradient/broken';
const PAIR = `${BROKEN},vanishing-gradient/repaired`;

function openedView(frame: Frame): Promise<string> {
  return frame.locator('[role=tab][aria-selected=true]').innerText();
}

/** Whether the card of a finding is unfolded, in the window, and has the focus. */
function isPointedAt(frame: Frame, id: string): Promise<boolean> {
  return frame.evaluate((wanted) => {
    const card = document.querySelector<HTMLDetailsElement>(`[data-finding="${wanted}"]`);
    const box = card?.querySelector('summary')?.getBoundingClientRect();
    return card?.open === true && box !== undefined && box.top < innerHeight && box.bottom > 0 && card.contains(document.activeElement);
  }, id);
}

describe('a finding', () => {
  it('is a line over steps with the threshold that it was held against', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: {runs: PAIR}});
    await settle(frame);
    const chart = frame.locator('.finding[open] .evidence-chart');
    await expect.poll(() => chart.innerText()).toMatch(/Gradient RMS of hidden_0\/kernel[\s\S]*too faint below/);
    await expect.poll(() => chart.locator('line.level').count()).toBe(1);
    await screenshot(page, 'finding-evidence-light');
    expect(problems).toEqual([]);
    await page.close();
  });

  it('does not say again what the verdict says, and says what it does not', async () => {
    const {frame, page} = await openTab(browser, {fields: {runs: BROKEN}});
    await settle(frame);
    await expect.poll(() => frame.locator('.verdict').innerText()).toContain('hidden_0/kernel hardly learns');
    expect(await frame.locator('.finding[open] .finding-summary').count()).toBe(0);
    expect(await frame.locator('.finding:not([open]) .finding-summary').count()).toBeGreaterThan(0);
    await page.close();
  });

  it('stands with its thresholds, and a changed one is a line of the settings file', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: {runs: BROKEN}});
    await settle(frame);
    const part = frame.locator('.finding[open] .thresholds');
    await part.locator('summary').click();
    const decades = part.getByLabel('decades', {exact: true});
    await expect.poll(() => decades.inputValue()).toBe('3');
    await expect.poll(() => part.locator('pre').innerText()).toContain('# decades = 3');
    await decades.fill('5');
    await expect.poll(() => part.locator('pre').innerText()).toMatch(/^\[thresholds\.vanishing-gradient\][\s\S]*^decades = 5/m);
    await expect.poll(() => part.innerText()).toMatch(/tb_convergence\.toml/);
    await expect.poll(() => part.getByRole('button', {name: 'Copy code'}).count()).toBe(1);
    await screenshot(page, 'finding-thresholds-light');
    expect(problems).toEqual([]);
    await page.close();
  });

  it.each(['layers', 'dynamics', 'optimizer'])('is named in %s beside its run, and a press leads back to it', async (view) => {
    const {frame, page, problems} = await openTab(browser, {fields: {view, runs: PAIR}});
    await settle(frame);
    const legend = frame.getByRole('list', {name: 'Runs shown'});
    await expect.poll(() => legend.innerText()).toMatch(/broken\s*Gradient vanishes with depth[\s\S]*repaired\s*(converged|converging)/);
    await legend.getByRole('button', {name: 'Gradient vanishes with depth'}).click();
    await expect.poll(() => openedView(frame)).toBe('Diagnosis');
    await expect.poll(() => isPointedAt(frame, 'vanishing-gradient')).toBe(true);
    expect(problems).toEqual([]);
    await page.close();
  });

  it('is found again from its flag above a line', async () => {
    const {frame, page} = await openTab(browser, {fields: {view: 'dynamics', runs: BROKEN}});
    await settle(frame);
    const box = await frame.locator('.linechart .u-over').first().boundingBox();
    if (!box) throw new Error('no chart');
    await page.mouse.click(box.x + 1, box.y - 5); // the onset is the first step
    await expect.poll(() => openedView(frame)).toBe('Diagnosis');
    await expect.poll(() => frame.evaluate(() => document.activeElement?.closest('.finding') !== null)).toBe(true);
    await page.close();
  });

  it('is found again from its flag above a heatmap, whose tooltip names it', async () => {
    const {frame, page} = await openTab(browser, {fields: {view: 'layers', runs: BROKEN}});
    await settle(frame);
    const box = await frame.locator('.heatmap-overlay').boundingBox();
    if (!box) throw new Error('no heatmap');
    const flag = await firstFlag(frame);
    await page.mouse.move(box.x + flag, box.y + 7);
    await expect.poll(() => frame.locator('.tip').innerText()).toMatch(/from step 0[\s\S]*Click the flag/);
    await page.mouse.click(box.x + flag, box.y + 7);
    await expect.poll(() => openedView(frame)).toBe('Diagnosis');
    await expect.poll(() => frame.evaluate(() => document.activeElement?.closest('.finding') !== null)).toBe(true);
    await page.close();
  });
});

/** Where the first flag stands, in CSS pixels from the left of the picture: the middle of the coloured pixels above the plot. */
function firstFlag(frame: Frame): Promise<number> {
  return frame.locator('.heatmap canvas').first().evaluate((canvas: HTMLCanvasElement) => {
    const scale = canvas.width / canvas.clientWidth;
    const row = canvas.getContext('2d')?.getImageData(0, Math.round(6 * scale), canvas.width, 1).data ?? new Uint8ClampedArray();
    const coloured = Array.from({length: canvas.width}, (_, x) => x).filter((x) => (row[4 * x + 3] ?? 0) > 200);
    return coloured.reduce((sum, x) => sum + x, 0) / coloured.length / scale;
  });
}
