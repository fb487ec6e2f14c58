import { expect, test } from 'vitest';
import { verify } from '../../src/verify/verify.ts';
import { HONEST } from './honest-subjects.ts';

/** A machine that does other work as well can take a minute for the largest schemes. */
const TIMEOUT = 300_000;

/** Fewer than a user has by default: 8 of them show what is there, and false-alarms.ts looks at a thousand seeds. */
const RUNS = 8;

test.each(HONEST)('an honest layer passes: $name', { timeout: TIMEOUT }, async ({ subject }) => {
  const { properties } = await verify(subject(), { runs: RUNS });
  const failures = properties.filter(({ passed }) => !passed).map(({ name, detail }) => `${name}: ${detail}`);
  expect(failures).toEqual([]);
});
