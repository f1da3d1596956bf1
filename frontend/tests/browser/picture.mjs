// Takes the README's pictures: node picture.mjs ADDRESS FOLDER CHROMIUM. `make picture` calls it.
import {chromium} from 'playwright-core';

const [address, folder, executablePath] = process.argv.slice(2);
const LOADED_MS = 60_000;
const SETTLE_MS = 2500; // charts, the last answers, and how each run in the list went

const pictures = [
  {
    file: 'diagnosis.png',
    theme: 'light',
    height: 900,
    state: {runs: 'high-learning-rate/broken,vanishing-gradient/broken,healthy/seed-0'},
  },
  {
    file: 'layers.png',
    theme: 'dark',
    height: 1000,
    state: {view: 'layers', runs: 'vanishing-gradient/broken,vanishing-gradient/repaired'},
  },
];

const browser = await chromium.launch({
  executablePath,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
for (const {file, theme, height, state} of pictures) {
  const page = await browser.newPage({viewport: {width: 1400, height}, deviceScaleFactor: 1});
  await page.addInitScript((t) => {
    localStorage.setItem('_tb_global_settings', JSON.stringify({theme: t}));
    localStorage.setItem('tb_convergence.preferences', JSON.stringify({version: 1, values: {toured: true}})); // no tour in the picture
  }, theme);
  const keys = Object.entries(state).map(([k, v]) => `p.convergence.${k}=${encodeURIComponent(v)}`);
  await page.goto(`${address}#${['convergence', ...keys].join('&')}`);
  const frame = page.frameLocator('iframe[src*="name=convergence"]');
  await frame.getByRole('tablist').first().waitFor();
  await frame.locator('.verdict, .finding-chip').first().waitFor({timeout: LOADED_MS});
  await frame.locator('.skeleton, [aria-busy=true]').first().waitFor({state: 'detached', timeout: LOADED_MS});
  await page.waitForLoadState('networkidle');
  await page.waitForTimeout(SETTLE_MS);
  await page.screenshot({path: `${folder}/${file}`});
  await page.close();
}
await browser.close();
