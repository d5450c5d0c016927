import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const areas = '{packages,platform,shop,contracts,tools}';
const postgresSetup = 'packages/postgres/src/testing/global-setup.ts';
const never = ['**/node_modules/**', '**/dist/**', '**/.mainstay/**'];
const workers = Math.min(4, availableParallelism());

/** One project per kind of test, as STYLE.md section 5 names them; `vitest run <folder>` picks from all of them. */
export default defineConfig({
  test: {
    maxWorkers: workers,
    reporters: ['default'],
    sequence: { shuffle: { tests: true, files: false } },
    retry: 0,
    setupFiles: ['tools/test/property-sizes.ts'],
    passWithNoTests: false,
    allowOnly: false,
    projects: [
      {
        test: {
          name: 'unit',
          include: [`${areas}/**/src/**/*.test.ts`, 'tools/**/*.test.ts'],
          exclude: [...never, '**/*.property.test.ts', 'tools/docs/**', 'tools/*/test/**'],
          testTimeout: 5_000,
        },
      },
      {
        test: {
          name: 'property',
          include: [`${areas}/**/*.property.test.ts`],
          exclude: never,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['{packages,platform,shop,tools}/*/test/**/*.test.ts', 'contracts/test/**/*.test.ts'],
          exclude: [...never, '**/*.property.test.ts', 'shop/e2e/**'],
          globalSetup: existsSync(new URL(postgresSetup, import.meta.url)) ? [postgresSetup] : [],
          testTimeout: 20_000,
          hookTimeout: 60_000,
          // A wait for something to happen is bounded by the test, not by how busy the machine is.
          expect: { poll: { timeout: 15_000 } },
        },
      },
      {
        test: {
          name: 'docs',
          include: ['tools/docs/**/*.test.ts'],
          exclude: never,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['shop/e2e/test/**/*.test.ts'],
          exclude: never,
          setupFiles: ['shop/e2e/test/support/tell-failures.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
