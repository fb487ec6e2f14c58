import { fileURLToPath } from 'node:url';
import type { ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = {
  resolve: {
    alias: [
      { find: /^keepgate$/, replacement: fileURLToPath(new URL('./src/index.ts', import.meta.url)) },
      { find: /^keepgate\/interop$/, replacement: fileURLToPath(new URL('./src/interop/index.ts', import.meta.url)) },
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
