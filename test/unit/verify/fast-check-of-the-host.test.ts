import fc from 'fast-check';
import { variational } from 'keepgate';
import { type AnySubject, subjectOf, verify } from 'keepgate/verify';
import { afterEach, describe, expect, test } from 'vitest';
import { gru } from '../../../src/cells/gru.ts';
import { tryExamples } from '../../../src/verify/try-examples.ts';

const ofTheHost = fc.readConfigureGlobal();
afterEach(() => fc.configureGlobal(ofTheHost));

const claims = variational({ recurrent: 0.35 });
const SUBJECTS: readonly AnySubject[] = [
  subjectOf({ cell: 'lstm', scheme: claims }),
  { name: 'cell', cell: gru, claims },
];
const OPTIONS = { runs: 2 };

const SETTINGS: readonly (readonly [string, () => fc.GlobalParameters])[] = [
  ['an interruption', () => ({ interruptAfterTimeLimit: 0, markInterruptAsFailure: true })],
  ['a limit for all', () => ({ skipAllAfterTimeLimit: 0 })],
  ['a timeout', () => ({ timeout: 1 })],
  ['one example', () => ({ numRuns: 1, endOnFailure: true, unbiased: true, path: '0' })],
  ['a reporter that throws', () => ({ reporter: fail })],
  ['a hook that throws', () => ({ beforeEach: fail, afterEach: fail })],
  ['hooks of both kinds', () => ({ beforeEach: fail, asyncBeforeEach: async () => fail() })],
];

function fail(): never {
  throw new Error('the host was asked');
}

describe("row 10: a report does not depend on what the host's project has told fast-check", () => {
  test('of a layer and of a cell', { timeout: 300_000 }, async () => {
    for (const subject of SUBJECTS) {
      fc.resetConfigureGlobal();
      const report = await verify(subject, OPTIONS);
      expect(report.passed).toBe(true);
      for (const [name, settings] of SETTINGS) {
        const told = settings();
        fc.configureGlobal(told);
        expect(await verify(subject, OPTIONS), name).toEqual(report);
        expect(fc.readConfigureGlobal(), 'and they are as they were').toBe(told);
      }
    }
  });
});

describe('what came of trying examples', () => {
  test('that all held, and how many; or the smallest that fails', async () => {
    const [seed, runs] = [1, 50];
    expect(await tryExamples(fc.nat(100), { seed, runs }, () => {})).toEqual({ kind: 'held', runs });
    const failed = await tryExamples(fc.nat(100), { seed, runs }, (n) => {
      if (n > 6) throw new RangeError(`${n}`);
    });
    expect(failed).toMatchObject({ kind: 'failed', example: 7, error: new RangeError('7') });
  });

  test('an interruption, by whatever ends the work, is neither', async () => {
    const stops = fc.nat().map(() => fc.pre(false));
    const found = await tryExamples(stops, { seed: 1, runs: 5 }, () => {});
    expect(found.kind).toBe('interrupted');
  });
});
