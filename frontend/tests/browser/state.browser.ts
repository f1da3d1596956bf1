import type {Browser} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {fieldsOf, frameOf, openTab, openView, settle, startBrowser} from './open_tab';

let browser: Browser;
beforeAll(async () => void (browser = await startBrowser()));
afterAll(() => browser.close());

describe('the address', () => {
  it('holds the view, the runs and the zoom, and a reload of the page brings them back', async () => {
    const {frame, page} = await openTab(browser, {fields: {runs: 'vanishing-gradient/broken', zoom: '20-90'}});
    await openView(frame, 'Layers');
    expect(fieldsOf(page)).toMatchObject({view: 'layers', runs: 'vanishing-gradient/broken', zoom: '20-90'});
    await page.reload();
    const again = await frameOf(page);
    await settle(again);
    await expect.poll(() => again.locator('[role=tab][aria-selected=true]').innerText()).toBe('Layers');
    await expect.poll(() => again.locator('.run-row input:checked').count()).toBe(1);
    await expect.poll(() => again.locator('.header').innerText()).toContain('steps 20–90');
    await page.close();
  });

  it('goes back to the view before, and to the frame that was there', async () => {
    const {frame, page, problems} = await openTab(browser);
    await openView(frame, 'Layers');
    await openView(frame, 'Dynamics');
    await page.goBack();
    await frame.locator('[role=tab][aria-selected=true]', {hasText: 'Layers'}).waitFor();
    await page.goBack();
    await frame.locator('[role=tab][aria-selected=true]', {hasText: 'Diagnosis'}).waitFor();
    expect(problems).toEqual([]);
    await page.close();
  });

  it('typing a filter makes no step to go back to', async () => {
    const {frame, page} = await openTab(browser);
    const before = await page.evaluate(() => history.length);
    await frame.getByRole('searchbox').fill('repaired');
    await expect.poll(() => fieldsOf(page)['filter']).toBe('repaired');
    await expect.poll(() => page.evaluate(() => history.length)).toBe(before);
    await page.close();
  });
});

describe('a reload of the data', () => {
  it('keeps the view, the zoom and what was typed', async () => {
    const {frame, page, problems} = await openTab(browser, {fields: {view: 'dynamics', zoom: '3-15', runs: 'high-learning-rate/broken'}});
    await settle(frame);
    const asked = page.waitForRequest((request) => request.url().endsWith('/convergence/runs'));
    await page.locator('[title="Reload"], .reload-button, [aria-label*="Reload"]').first().click();
    await asked;
    await settle(frame);
    expect(fieldsOf(page)).toMatchObject({view: 'dynamics', zoom: '3-15'});
    await expect.poll(() => frame.locator('.header').innerText()).toContain('steps 3–15');
    expect(problems).toEqual([]);
    await page.close();
  });

  it('asks again only for what changed', async () => {
    const {frame, page} = await openTab(browser);
    await settle(frame);
    const paths: string[] = [];
    page.on('request', (request) => paths.push(new URL(request.url()).pathname.replace(/.*\//, '')));
    await page.locator('[title="Reload"], .reload-button, [aria-label*="Reload"]').first().click();
    await expect.poll(() => paths).toContain('runs');
    await page.waitForTimeout(500);
    expect(paths.filter((p) => ['diagnosis', 'lines', 'tile', 'statistics'].includes(p))).toEqual([]);
    await page.close();
  });

  it('says when the server is gone and keeps what was loaded', async () => {
    const {frame, page} = await openTab(browser, {fields: {runs: 'high-learning-rate/broken'}});
    await settle(frame);
    await page.route('**/data/**', (route) => route.abort());
    await frame.getByRole('switch').click(); // live: asks every few seconds
    await frame.getByRole('alert').waitFor({timeout: 20_000});
    await expect.poll(() => frame.getByRole('alert').innerText()).toContain('does not answer');
    await expect.poll(() => frame.locator('.verdict').count()).toBe(1);
    await page.unroute('**/data/**');
    await frame.getByRole('button', {name: 'Try again'}).click();
    await frame.getByRole('alert').waitFor({state: 'detached'});
    await page.close();
  });
});
