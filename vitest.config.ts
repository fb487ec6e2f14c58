import { fileURLToPath } from 'node:url';
import type { ViteUserConfig } from 'vitest/config';

/** An entry of the package, from its source. */
function alias(entry: string, file: string): { find: RegExp; replacement: string } {
  return { find: new RegExp(`^${entry}$`), replacement: fileURLToPath(new URL(file, import.meta.url)) };
}

const config: ViteUserConfig = {
  resolve: {
    alias: [
      alias('keepgate', './src/index.ts'),
      alias('keepgate/interop', './src/interop/index.ts'),
      alias('keepgate/verify', './src/verify/index.ts'),
      alias('keepgate/verify/vitest', './src/verify/vitest.ts'),
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/helpers/fail-on-console.ts', 'test/helpers/seed-fast-check.ts'],
    reporters: ['default', './test/helpers/tally-reporter.ts'],
    testTimeout: 60_000,
  },
};

export default config;
