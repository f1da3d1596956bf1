import type {Browser, Frame, Page} from 'playwright-core';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {frameOf, openPage, screenshot, settle, startBrowser} from './open_tab';

/** From the start of the frame's navigation to the frame after the verdict came. */
const LIMIT_MS = 1000;

let browser: Browser;
beforeAll(async () => void (browser = await startBrowser()));
afterAll(() => browser.close());

/** Notes, in the frame, when an element is first painted. */
async function noteFirstPaint(page: Page, selector: string): Promise<void> {
  await page.addInitScript((wanted) => {
    const seen = new MutationObserver(() => {
      if (!document.querySelector(wanted)) return;
      seen.disconnect();
      requestAnimationFrame(() => requestAnimationFrame((now) => Reflect.set(window, 'firstPaint', now)));
    });
    seen.observe(document, {childList: true, subtree: true});
  }, selector);
}

function firstPaint(frame: Frame): Promise<number> {
  return frame.waitForFunction(() => Reflect.get(window, 'firstPaint') as number | undefined).then((h) => h.jsonValue()).then(Number);
}

it('the verdict on 200 variables × 2,000 steps is painted in less than a second', async () => {
  const {page} = await openPage(browser);
  await frameOf(page).then(settle); // TensorBoard reads its files once, before anybody waits for this tab
  await noteFirstPaint(page, '.verdict');
  await page.reload();
  const took = await firstPaint(await frameOf(page));
  console.log(`first useful paint: ${Math.round(took)} ms`);
  await screenshot(page, 'large');
  expect(took).toBeLessThan(LIMIT_MS);
  await page.close();
});
