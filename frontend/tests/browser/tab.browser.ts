import type {Browser} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {fieldsOf, openTab, openView, screenshot, settle, startBrowser} from './open_tab';

let browser: Browser;
beforeAll(async () => void (browser = await startBrowser()));
afterAll(() => browser.close());

const BROKEN = {runs: 'high-learning-rate/broken'};

describe('the tab', () => {
  it('names the cause with its numbers and says what to change', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: BROKEN});
    await settle(frame);
    await expect.poll(() => frame.locator('.verdict').innerText()).toMatch(/learning rate 1\.5.*1\.0/);
    await expect.poll(() => frame.locator('.finding[open]').innerText()).toMatch(/Lower the learning rate from 1\.5/);
    await expect.poll(() => frame.locator('.badge').innerText()).toBe('diverged');
    await screenshot(page, 'diagnosis-one-light');
    expect(problems).toEqual([]);
    await page.close();
  });

  it('puts runs side by side, each with its own verdict', async () => {
    const {frame, page} = await openTab(browser);
    await settle(frame);
    await expect.poll(() => frame.locator('.column').count()).toBe(4);
    await expect.poll(() => frame.locator('.verdict').count()).toBe(4);
    await page.close();
  });

  it('shows a finding where it happened, in Layers, with its variables picked out', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: {runs: 'vanishing-gradient/broken'}});
    await settle(frame);
    await frame.getByRole('button', {name: 'Show me'}).first().click();
    await settle(frame);
    await expect.poll(() => frame.locator('[role=tab][aria-selected=true]').innerText()).toBe('Layers');
    const {statistic, variables} = fieldsOf(page);
    expect(statistic).toBe('gradient_rms');
    expect(variables?.split(',')).toContain('hidden_0/kernel');
    expect(problems).toEqual([]);
    await page.close();
  });

  it('draws every view without a complaint', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: {runs: 'vanishing-gradient/broken,vanishing-gradient/repaired'}});
    for (const view of ['Layers', 'Dynamics', 'Compare']) {
      await openView(frame, view);
      expect(await frame.locator('canvas').count(), view).toBeGreaterThan(0);
    }
    expect(problems).toEqual([]);
    await page.close();
  });

  it('filters runs as TensorBoard does', async () => {
    const {frame, page} = await openTab(browser);
    await settle(frame);
    const filter = frame.getByRole('searchbox');
    await filter.fill('VANISHING.*repaired');
    await expect.poll(() => frame.locator('.run-row').count()).toBe(1);
    await filter.fill('(');
    await expect.poll(() => frame.getByText('No matches for run filter').count()).toBe(1);
    await page.close();
  });

  it('shows only one run at a press, and says so when none is left', async () => {
    const {frame, page} = await openTab(browser);
    await settle(frame);
    await frame.getByRole('button', {name: 'Show only high-learning-rate/repaired'}).click({force: true});
    await settle(frame);
    await expect.poll(() => frame.locator('.column').count()).toBe(1);
    await frame.locator('.run-row', {hasText: 'high-learning-rate/repaired'}).getByRole('checkbox').click();
    await expect.poll(() => frame.getByText('No run is selected').count()).toBe(1);
    await page.close();
  });

  it('lists its shortcuts and obeys them', async () => {
    const {frame, page} = await openTab(browser);
    await settle(frame);
    await frame.locator('[role=tab]').first().focus();
    await page.keyboard.press('?');
    await expect.poll(() => frame.getByRole('dialog').count()).toBe(1);
    await page.keyboard.press('Escape');
    await expect.poll(() => frame.getByRole('dialog').count()).toBe(0);
    await page.keyboard.press('3');
    await expect.poll(() => frame.locator('[role=tab][aria-selected=true]').innerText()).toBe('Dynamics');
    await page.close();
  });
});
