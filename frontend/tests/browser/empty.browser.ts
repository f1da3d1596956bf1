import type {Browser} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openTab, screenshot, startBrowser} from './open_tab';

let browser: Browser;
beforeAll(async () => void (browser = await startBrowser()));
afterAll(() => browser.close());

describe('without data', () => {
  it.each(['light', 'dark'] as const)('the tab shows the code to record with, and where TensorBoard looks, %s', async (theme) => {
    const {frame, page, problems} = await openTab(browser, {theme});
    await frame.getByText('Nothing has been recorded yet').waitFor();
    const text = await frame.getByRole('tabpanel').innerText();
    expect(text).toContain('tb_convergence.log_step(tape, grads)');
    expect(text).toMatch(/TensorBoard reads .*logs/);
    await screenshot(page, `empty-${theme}`);
    expect(problems).toEqual([]);
    await page.close();
  });

  it('the code can be taken along', async () => {
    const {frame, page} = await openTab(browser);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await frame.getByRole('button', {name: 'Copy code'}).click();
    await frame.getByText('Copied').waitFor();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('with tf.GradientTape() as tape:');
    await page.close();
  });
});
