import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { KeepgateError, variational } from 'keepgate';
import { propertyNames, type Report, reportPage, type Subject, subjectOf, verify } from 'keepgate/verify';
import { verifySuite } from 'keepgate/verify/vitest';
import { expect, test } from 'vitest';
import { lstm } from '../../../src/cells/lstm.ts';

const claims = variational({ recurrent: 0.35 });
const layer = subjectOf({ cell: 'rnn', scheme: claims });
const cell = { name: 'a cell', cell: lstm, claims };
const report: Report = { subject: 'a', passed: true, properties: [], claims: [], observed: [], notes: [], seed: 1 };

/** Anything, and things that are nearly right: one field of them is anything. */
const nearly = (right: object): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc.anything(),
    fc
      .tuple(fc.constantFrom(...Object.keys(right)), fc.anything())
      .map(([name, value]) => ({ ...right, [name]: value })),
  );

const runs: { runs?: number } = { runs: 1 };
const FUNCTIONS: readonly (readonly [string, fc.Arbitrary<unknown>, (value: never) => unknown])[] = [
  ['propertyNames', fc.oneof(nearly(layer), nearly(cell)), propertyNames],
  [
    'subjectOf',
    nearly({ cell: 'gru', scheme: claims, name: 'a', inputSize: 2, hiddenSize: 2, engine: 'reference' }),
    subjectOf,
  ],
  [
    'reportPage',
    fc.oneof(
      fc.anything(),
      nearly(report).map((one) => [one]),
    ),
    reportPage,
  ],
  ['options of reportPage', fc.anything(), (options) => reportPage([report], options)],
  [
    'options of verify',
    fc.anything(),
    (options) => verify(layer, Object.assign(Object(options) === options ? options : {}, runs)),
  ],
  // What is right would be a suite in the middle of a test.
  ['verifySuite', fc.anything(), (value) => verifySuite(value)],
  ['options of verifySuite', fc.anything(), (options) => verifySuite({ ...layer, name: '' }, options)],
];

test.each(FUNCTIONS)(
  '%s answers anything with a result or an error of ours',
  { timeout: 120_000 },
  async (_, values, ask) => {
    const answered = fc.asyncProperty(values, async (value) => {
      try {
        await ask(value as never);
      } catch (error) {
        if (!(error instanceof KeepgateError) || /\n/.test(error.message)) throw error;
      }
    });
    await fc.assert(answered, { numRuns: 300 });
  },
);

test('verify refuses what is no subject, or has it in its report', { timeout: 120_000 }, async () => {
  const subjects = fc.oneof(
    fc.anything(),
    nearly({
      name: 'a',
      cell: 'rnn',
      claims,
      inputSize: 1,
      hiddenSize: 1,
      forward: layer.forward,
      setWeights: layer.setWeights,
    }),
  );
  const answered = fc.asyncProperty(subjects, async (subject) => {
    try {
      expect((await verify(subject as Subject, { runs: 1 })).passed).toBe(false);
    } catch (error) {
      if (!(error instanceof KeepgateError)) throw error;
    }
  });
  await fc.assert(answered, { numRuns: 60 });
});

test.each([
  ['verify', 'seed, runs', () => verify(layer, { sead: 1 } as never)],
  ['verifySuite', 'seed, runs, timeout', () => verifySuite(layer, { run: 1 } as never)],
  ['reportPage', 'title', () => reportPage([], { titel: 'A' } as never)],
  ['subjectOf', 'cell, resetAfter, activation, recurrentActivation, scheme', () => subjectOf({ cel: 'lstm' } as never)],
])('%s names the options that there are', async (who, names, ask) => {
  const error = await (async () => ask())().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(KeepgateError);
  expect((error as Error).message).toMatch(`${who}: `);
  expect((error as Error).message).toContain(names);
});

test('what a subject of another realm throws is told by its message', async () => {
  const forward = (): number[][][] => runInNewContext("throw new TypeError('out of order')");
  const { properties } = await verify({ ...layer, forward });
  expect(properties).toEqual([{ name: 'output-fits', passed: false, detail: 'forward() threw: out of order' }]);
});

test('and so is what a cell of another realm throws', async () => {
  const broken = { ...lstm, forward: () => runInNewContext("throw new TypeError('out of order')") };
  const { properties } = await verify({ ...cell, cell: broken }, { runs: 1 });
  expect(properties.find(({ name }) => name === 'gradients')?.detail).toContain('but TypeError: out of order');
});

test('outputs that cannot be read are a finding about the subject', async () => {
  const odd = new Proxy([[[0]]], {
    get: () => {
      throw new Error('do not touch');
    },
  });
  const { properties } = await verify({ ...layer, forward: () => odd });
  expect(properties.map(({ name, detail }) => `${name}: ${detail}`)).toEqual([
    'output-fits: forward() threw: do not touch',
  ]);
});
