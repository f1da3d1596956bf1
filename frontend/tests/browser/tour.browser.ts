import type {Browser} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {fieldsOf, openTab, screenshot, settle, startBrowser} from './open_tab';

let browser: Browser;
beforeAll(async () => void (browser = await startBrowser()));
afterAll(() => browser.close());

describe('the tour', () => {
  it('leads through the views, outlines what it speaks of, and is over for good', async () => {
    const {frame, page, problems} = await openTab(browser, {first: true, fields: {runs: 'vanishing-gradient/broken,vanishing-gradient/repaired'}});
    await settle(frame);
    await frame.getByRole('button', {name: 'Show me round'}).click();
    const seen: string[] = [];
    for (let at = 1; at <= 4; at++) {
      await expect.poll(() => frame.locator('.tour').innerText()).toContain(`${at} of 4`);
      await expect.poll(() => frame.locator('.toured').count()).toBe(1);
      seen.push(fieldsOf(page)['view'] ?? 'diagnosis');
      if (at === 2) await screenshot(page, 'tour-light');
      await frame.getByRole('button', {name: at === 4 ? 'Done' : 'Next'}).click();
    }
    expect(seen).toEqual(['diagnosis', 'layers', 'optimizer', 'compare']);
    await expect.poll(() => frame.locator('.tour').count()).toBe(0);
    expect(await frame.evaluate(() => localStorage.getItem('tb_convergence.preferences'))).toContain('"toured":true');
    expect(problems).toEqual([]);
    await page.close();
  });

  it('is not offered twice, and begins again from the list of keys', async () => {
    const {frame, page} = await openTab(browser);
    await settle(frame);
    expect(await frame.locator('.tour').count()).toBe(0);
    await frame.getByRole('button', {name: 'Keyboard shortcuts'}).click();
    await frame.getByRole('button', {name: 'Show me round'}).click();
    await expect.poll(() => frame.locator('.tour').innerText()).toContain('1 of 4');
    await page.close();
  });
});

describe('a statistic', () => {
  it('has its formula, its meaning and how to read it beside every chart', async () => {
    const {frame, page} = await openTab(browser, {fields: {view: 'dynamics', runs: 'high-learning-rate/broken'}});
    await settle(frame);
    await frame.getByRole('button', {name: 'What is Overshoot?'}).click();
    await expect.poll(() => frame.getByRole('note').innerText()).toMatch(/⟨g, Δ⁻⟩ \/ ⟨g⁻, Δ⁻⟩[\s\S]*Slope along the last step[\s\S]*Below 0: went past it/);
    await page.close();
  });
});
