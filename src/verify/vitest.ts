/**
 * The properties of a subject as tests of vitest.
 * @module keepgate/verify/vitest
 */

import { describe, test } from 'vitest';
import { expectNumber, optionsOf } from '../checks.ts';
import type { VerifyOptions } from './black-box/black-box.ts';
import type { Report } from './report.ts';
import { type AnySubject, checkOptions, propertyNames, verify } from './verify.ts';

/** What `verifySuite` is told: what `verify` is, and a limit of time. */
export interface SuiteOptions extends VerifyOptions {
  /** How long the first test, which verifies, may take, in ms; 120,000 when left out. */
  readonly timeout?: number;
}

/**
 * A `describe` with a test for each property of a subject. They share one report; a property that does not apply is a
 * skipped test.
 * @throws what `verify` throws for a bad subject
 * @example
 * ```ts
 * import { variational } from 'keepgate';
 * import { subjectOf } from 'keepgate/verify';
 * import { verifySuite } from 'keepgate/verify/vitest';
 *
 * // In a test file: a test for each property.
 * verifySuite(subjectOf({ cell: 'gru', scheme: variational({ recurrent: 0.35 }) }), { seed: 1 });
 * ```
 */
export function verifySuite(subject: AnySubject, options: SuiteOptions = {}): void {
  const {
    seed,
    runs,
    timeout = 120_000,
  } = optionsOf('verifySuite', options, { seed: true, runs: true, timeout: true });
  const told = checkOptions('verifySuite', { seed, runs });
  expectNumber('verifySuite', 'timeout', timeout);
  const names = propertyNames(subject);
  let report: Promise<Report> | undefined;
  describe(subject.name, () => {
    for (const name of names) {
      test(name, { timeout }, async ({ skip }) => {
        report ??= verify(subject, told);
        const found = (await report).properties.find((property) => property.name === name);
        if (!found) skip('does not apply');
        else if (!found.passed) throw new Error([found.detail, found.counterexample ?? []].flat().join('\n'));
      });
    }
  });
}
