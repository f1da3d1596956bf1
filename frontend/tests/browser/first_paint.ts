/** When something is painted for the first time. */
import type {Frame, Page} from 'playwright-core';

/** Notes, in the frame, when an element is first painted. */
export async function noteFirstPaint(page: Page, selector: string): Promise<void> {
  await page.addInitScript((wanted) => {
    const seen = new MutationObserver(() => {
      if (!document.querySelector(wanted)) return;
      seen.disconnect();
      requestAnimationFrame(() => requestAnimationFrame((now) => Reflect.set(window, 'firstPaint', now)));
    });
    seen.observe(document, {childList: true, subtree: true, attributes: true});
  }, selector);
}

/** Milliseconds from the start of the frame's navigation to that paint. */
export function firstPaint(frame: Frame): Promise<number> {
  return frame.waitForFunction(() => Reflect.get(window, 'firstPaint') as number | undefined, undefined, {timeout: 120_000}).then((h) => h.jsonValue()).then(Number);
}
