import type {Browser} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {fieldsOf, openTab, screenshot, settle, startBrowser} from './open_tab';

let browser: Browser;
beforeAll(async () => void (browser = await startBrowser()));
afterAll(() => browser.close());

const PAIR = 'vanishing-gradient/broken,vanishing-gradient/repaired';

describe('Compare', () => {
  it('says where two runs part, and shows it', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: {view: 'compare', runs: PAIR, baseline: 'vanishing-gradient/repaired'}});
    await settle(frame);
    await expect.poll(() => frame.locator('.verdicts').innerText()).toMatch(/repaired is the baseline[\s\S]*They part at step \d+, in the .*does worse/);
    await frame.getByRole('button', {name: /Show step/}).click();
    await expect.poll(() => fieldsOf(page)['variables']).toMatch(/hidden|logits/);
    await settle(frame);
    expect(problems).toEqual([]);
    await page.close();
  });

  it.each(['time', 'loss'])('aligns by %s, and a link holds it', async (by) => {
    const {frame, page, problems} = await openTab(browser, {fields: {view: 'compare', runs: 'high-learning-rate/repaired,high-learning-rate/broken'}});
    await settle(frame);
    await frame.getByRole('button', {name: by, exact: true}).click();
    await settle(frame);
    expect(fieldsOf(page)['align']).toBe(by === 'time' ? 'relative' : 'loss');
    await expect.poll(() => frame.getByRole('heading', {name: /on the baseline’s steps/}).count()).toBe(2);
    await screenshot(page, `compare-by-${by}-light`);
    expect(problems).toEqual([]);
    await page.close();
  });

  it('takes runs of several models, and says which cannot be compared', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: {view: 'compare', runs: `${PAIR},high-learning-rate/broken,high-learning-rate/repaired`}});
    await settle(frame);
    await expect.poll(() => frame.locator('.verdicts > li').count()).toBe(4);
    await expect.poll(() => frame.locator('.verdicts').innerText()).toContain('shares no variable with the baseline');
    expect(problems).toEqual([]);
    await page.close();
  });
});
