import type { ViteUserConfig } from 'vitest/config';
import suite from '../../vitest.config.ts';

/** For what is run in a realm of its own, and is no test of the suite. */
const config: ViteUserConfig = {
  resolve: suite.resolve ?? {},
  test: { include: ['test/helpers/engines-in-a-realm.ts'], pool: 'vmThreads', testTimeout: 60_000 },
};

export default config;
