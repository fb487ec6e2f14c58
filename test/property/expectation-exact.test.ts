import { describe } from 'vitest';
import { expectationExact } from '../../src/verify/laws/expectation-exact.ts';
import { forEveryScheme } from '../helpers/laws.ts';
import { describeRule, rulesOf } from '../helpers/schemes.ts';

describe('schemes', () => {
  forEveryScheme(expectationExact);
});

describe('every rule of a site alone', () => {
  forEveryScheme(expectationExact, {
    schemes: ({ sites }) =>
      sites.flatMap(rulesOf).map((rule) => ({
        name: describeRule(rule),
        build: (rates) => [{ ...rule, rate: rates[rule.site] }],
      })),
  });
});
