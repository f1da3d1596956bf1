import {defineConfig} from 'vitest/config';

/** Measurements in a real browser at TAB_ADDRESS: `make bench-ui` starts them. They print, and judge nothing. */
export default defineConfig({
  test: {
    include: ['tests/browser/**/*.measure.ts'],
    testTimeout: 300_000,
    hookTimeout: 60_000,
    expect: {poll: {timeout: 60_000}},
    fileParallelism: false,
  },
});
