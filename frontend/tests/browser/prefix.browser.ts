import type {Browser} from 'playwright-core';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {address, openTab, openView, settle, startBrowser} from './open_tab';

let browser: Browser;
beforeAll(async () => void (browser = await startBrowser()));
afterAll(() => browser.close());

it('everything the tab asks for stays below the address it was opened at', async () => {
  const {frame, page, problems} = await openTab(browser, {fields: {runs: 'vanishing-gradient/broken'}});
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await settle(frame);
  await openView(frame, 'Layers');
  await openView(frame, 'Diagnosis');
  await expect.poll(() => frame.locator('.verdict').count()).toBe(1);
  expect(asked.filter((url) => !url.startsWith(address()))).toEqual([]);
  expect(problems.filter((p) => p.includes('/plugin/convergence'))).toEqual([]);
  await page.close();
});
