import { fileURLToPath } from 'node:url';
import type { ViteUserConfig } from 'vitest/config';

/** What is imported by a name, from its source. tsconfig.json says the same to TypeScript and tsx. */
function alias(name: string, file: string): { find: RegExp; replacement: string } {
  return { find: new RegExp(`^${name}$`), replacement: `${fileURLToPath(new URL('.', import.meta.url))}${file}` };
}

const config: ViteUserConfig = {
  resolve: {
    alias: [
      alias('#platform/(.*)\\.js', 'src/platform/$1.ts'),
      alias('keepgate', 'src/index.ts'),
      alias('keepgate/interop', 'src/interop/index.ts'),
      alias('keepgate/verify', 'src/verify/index.ts'),
      alias('keepgate/verify/vitest', 'src/verify/vitest.ts'),
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
