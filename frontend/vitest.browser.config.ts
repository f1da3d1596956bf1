import {defineConfig} from 'vitest/config';

/** The checks that need a real TensorBoard at TAB_ADDRESS; tests/end_to_end/browser starts one for each. */
export default defineConfig({
  test: {
    include: ['tests/browser/**/*.browser.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: {poll: {timeout: 10_000}}, // a page on a busy machine takes its time
    fileParallelism: false,
  },
});
