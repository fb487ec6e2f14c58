import { fileURLToPath } from 'node:url';
import type { ViteUserConfig } from 'vitest/config';

/** What is imported by a name, from its source. tsconfig.json says the same to TypeScript and tsx. */
function alias(name: string, file: string): { find: RegExp; replacement: string } {
  return { find: new RegExp(`^${name}$`), replacement: `${fileURLToPath(new URL('.', import.meta.url))}${file}` };
}

/**
 * What `npm test` leaves to `npm run test:all`, as it takes minutes: browsers, bundlers, the verifier on the whole gallery,
 * statistics over many draws, whole programs and data sets, threads, and processes that are killed.
 */
const SLOW = [
  'test/gallery/**',
  'test/bundlers/**',
  'test/stress/**',
  'test/conformance/browser.test.ts',
  'test/e2e/!(cli-*).test.ts',
  'test/e2e/cli-{engines,evaluate,interrupt,search,verify}.test.ts',
  'test/property/{expectation-statistical,gradients-of-stacks,mask-entries-are-independent,no-subnormal-numbers,padded-data,resume,weights-across-awaits}.test.ts',
  'test/unit/engines/simd/threads/threads.test.ts',
  'test/unit/{cli/commands/data,cli/commands/report-page,cli/commands/train,interop/folder-killed,interop/memory-bound,search/local,train/checkpoints/killed,train/model/process-state,verify/black-box}.test.ts',
];

const config: ViteUserConfig = {
  resolve: {
    alias: [
      alias('#platform/(.*)\\.js', 'src/platform/$1.ts'),
      alias('keepgate', 'src/index.ts'),
      alias('keepgate/interop', 'src/interop/index.ts'),
      alias('keepgate/search', 'src/search/index.ts'),
      alias('keepgate/verify', 'src/verify/index.ts'),
      alias('keepgate/verify/vitest', 'src/verify/vitest.ts'),
    ],
  },
  test: {
    setupFiles: ['test/helpers/fail-on-console.ts', 'test/helpers/seed-fast-check.ts'],
    reporters: ['default', './test/helpers/tally-reporter.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // All cores, where by default one is left idle: on two of them that is half of the time.
    maxWorkers: '100%',
    projects: [
      { extends: true, test: { name: 'quick', include: ['test/**/*.test.ts'], exclude: SLOW } },
      { extends: true, test: { name: 'slow', include: SLOW.map((path) => path.replace(/\*\*$/, '**/*.test.ts')) } },
    ],
  },
};

export default config;
