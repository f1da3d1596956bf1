import type {Browser} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {fieldsOf, openTab, openView, screenshot, settle, startBrowser} from './open_tab';

let browser: Browser;
beforeAll(async () => void (browser = await startBrowser()));
afterAll(() => browser.close());

const PAIR = 'high-learning-rate/broken,high-learning-rate/repaired';

describe('Optimizer', () => {
  it('says that the learning rate is above the largest stable one, and that the repaired run is stable', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: {view: 'optimizer', runs: PAIR}});
    await settle(frame);
    const said = frame.locator('.optimizer-headline');
    await expect.poll(() => said.allInnerTexts()).toEqual([
      'The learning rate 1.5 is too high: stability number 3, limit 2. The largest stable learning rate here is 1.',
      'Stable: the stability number 0.2 is below its limit 2.',
    ]);
    await expect.poll(() => frame.locator('.chart-card canvas').count()).toBeGreaterThan(1);
    await screenshot(page, 'optimizer-pair-light');
    expect(problems).toEqual([]);
    await page.close();
  });

  it('foretells what another learning rate would do, by keyboard too', async () => {
    const {frame, page} = await openTab(browser, {fields: {view: 'optimizer', runs: 'high-learning-rate/broken'}});
    await settle(frame);
    const slider = frame.getByRole('slider', {name: /Learning rate/});
    await expect.poll(() => slider.getAttribute('aria-valuetext')).toMatch(/^1\.5: Diverges/);
    await slider.fill(String(await slider.evaluate((e: HTMLInputElement) => Number(e.min) + Number(e.step) * Math.round((Math.log10(0.75) - Number(e.min)) / Number(e.step)))));
    await expect.poll(() => frame.locator('.whatif-said').innerText()).toMatch(/^Oscillates and settles: stability number 1\.5/);
    await slider.press('Home');
    await expect.poll(() => frame.locator('.whatif-said').innerText()).toMatch(/^Straight down/);
    await frame.getByRole('button', {name: 'as used'}).click();
    await expect.poll(() => frame.locator('.whatif').innerText()).toContain('(as used)');
    await page.close();
  });

  it('is where a learning rate that is too high is shown', async () => {
    const {frame, page} = await openTab(browser, {fields: {runs: 'high-learning-rate/broken'}});
    await settle(frame);
    await frame.getByRole('button', {name: 'Show me'}).first().click();
    await expect.poll(() => fieldsOf(page)['view']).toBe('optimizer');
    await page.close();
  });
});

describe('Gradient check', () => {
  it('says what could not be checked, and how to get it', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: {runs: 'vanishing-gradient/broken'}});
    await openView(frame, 'Gradient check');
    await expect.poll(() => frame.locator('.optimizer-headline').innerText()).toBe('Not checked: nothing that was recorded can tell.');
    await expect.poll(() => frame.getByRole('tabpanel').innerText()).toContain('tb_convergence.log_step(tape, grads, variables=');
    expect(problems).toEqual([]);
    await page.close();
  });

  it('of a loss without noise is made by its change', async () => {
    const {frame, page} = await openTab(browser, {fields: {view: 'gradients', runs: 'high-learning-rate/repaired'}});
    await settle(frame);
    await expect.poll(() => frame.locator('.optimizer-headline').innerText()).toMatch(/agree with the tape’s own|changes as the gradients say/);
    await expect.poll(() => frame.getByRole('heading', {name: 'Loss change ratio'}).count()).toBe(1);
    await page.close();
  });
});
