import { readdirSync } from 'node:fs';
import {
  concrete,
  DataError,
  gaussian,
  key,
  lockedDropout,
  OptionError,
  RateError,
  recurrentDropout,
  type Scheme,
  SiteError,
  variational,
  zoneout,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { uniform } from '../../../src/random/draws.ts';
import { blackBox } from '../../../src/verify/black-box/black-box.ts';
import { claimsOf } from '../../../src/verify/black-box/claims.ts';
import { formOf, LSTM } from '../../../src/verify/black-box/decoding/cell-step.ts';
import { decode } from '../../../src/verify/black-box/decoding/decode-masks.ts';
import { type Decoder, decoderOf, simulate } from '../../../src/verify/black-box/decoding/decoder.ts';
import { asClaimed, type Hypothesis } from '../../../src/verify/black-box/decoding/hypothesis.ts';
import { PROBES, probe, readingOrder } from '../../../src/verify/black-box/probes/layouts.ts';
import type { Program } from '../../../src/verify/black-box/probes/programs.ts';
import { PROPERTY_NAMES } from '../../../src/verify/black-box/property-names.ts';
import { type OwnLayer, subjectOf } from '../../../src/verify/own-subjects.ts';
import type { Report } from '../../../src/verify/report.ts';
import type { Subject, SubjectCall, SubjectWeights } from '../../../src/verify/subject.ts';

/** A machine that does other work as well can take minutes for a layer. */
const TIMEOUT = 300_000;

const GAL = variational({ input: 0.2, recurrent: 0.35 });

function property({ properties }: Report, name: string): Report['properties'][number] {
  const found = properties.find((one) => one.name === name);
  expect(found, name).toBeDefined();
  return found as Report['properties'][number];
}

describe('what a layer does next to what it claims', () => {
  const cases: readonly (Pick<OwnLayer, 'cell'> & {
    readonly claims: Scheme;
    readonly does: Scheme;
    readonly fails: string;
    readonly sites: readonly string[];
  })[] = [
    {
      cell: 'lstm',
      claims: GAL,
      does: recurrentDropout({ update: 0.45 }),
      fails: 'sites-as-claimed',
      sites: ['update'],
    },
    {
      cell: 'gru',
      claims: GAL,
      does: zoneout({ hidden: 0.3, scope: 'step' }),
      fails: 'sites-as-claimed',
      sites: ['zoneHidden'],
    },
    { cell: 'rnn', claims: lockedDropout({ output: 0.55 }), does: [], fails: 'sites-as-claimed', sites: [] },
    {
      cell: 'lstm',
      claims: lockedDropout({ output: 0.4 }),
      does: lockedDropout({ output: 0.6 }),
      fails: 'rate-as-claimed',
      sites: ['output'],
    },
    {
      cell: 'gru',
      claims: GAL,
      does: variational({ input: 0.2, recurrent: 0.35, tied: false }),
      fails: 'gates-as-claimed',
      sites: ['input', 'recurrent'],
    },
    {
      cell: 'rnn',
      claims: [{ site: 'update', rate: 0.3, scaling: 'literal' }],
      does: recurrentDropout({ update: 0.3 }),

      fails: 'scaling-as-claimed',
      sites: ['update'],
    },
  ];
  test.each(cases)('$cell: $fails', async ({ cell, claims, does, fails, sites }) => {
    const report = await blackBox(subjectOf({ cell, claims, scheme: does }), { runs: 8 });
    expect(property(report, fails).passed).toBe(false);
    expect(report.observed.map(({ site }) => site).sort()).toEqual([...sites].sort());
  });
});

test('an option that does not apply to the cell is noted, and refuses nothing', async () => {
  const layer = subjectOf({ cell: 'lstm', resetAfter: false, scheme: GAL });
  const { passed, notes } = await blackBox(layer, { runs: 4 });
  expect(passed).toBe(true);
  expect(notes[0]).toBe('resetAfter: it was left aside, as it is for a GRU and the cell is "lstm"');
});

test('a subject is read once, whatever object it is', async () => {
  const inner = subjectOf({ cell: 'rnn', scheme: GAL });
  class Layer implements Subject {
    readonly #inner = inner;
    get name(): string {
      return 'of a class';
    }
    get cell(): 'rnn' {
      return 'rnn';
    }
    readonly inputSize = inner.inputSize;
    readonly hiddenSize = inner.hiddenSize;
    readonly claims = GAL;
    setWeights(...given: Parameters<Subject['setWeights']>): void | Promise<void> {
      return this.#inner.setWeights(...given);
    }
    forward(...given: Parameters<Subject['forward']>): ReturnType<Subject['forward']> {
      return this.#inner.forward(...given);
    }
  }
  expect(await blackBox(Object.freeze(new Layer()), { runs: 4 })).toMatchObject({
    subject: 'of a class',
    passed: true,
  });
});

test('what too little was seen of is noted', async () => {
  const { notes } = await blackBox(subjectOf({ cell: 'rnn', scheme: lockedDropout({ output: 0.05 }) }), { runs: 2 });
  expect(notes.join()).toMatch(/too few masks were seen to judge the rate of each unit at 'output'/);
  expect(notes.join()).toMatch(/to tell whether two share one, .*of each two calls at 'output'/);
});

describe('row 23: a layer that is another cell is told so first, and which', () => {
  const OTHERS: readonly (readonly [
    string,
    Pick<Subject, 'cell' | 'resetAfter'>,
    (weights: SubjectWeights) => SubjectWeights,
    string,
  ])[] = [
    [
      'the order of gates',
      { cell: 'gru' },
      (weights) => firstTwoGatesSwapped(weights),
      'the gates are in the order z, r, n, not r, z, n',
    ],
    [
      'a bias',
      { cell: 'rnn' },
      (weights) => ({ ...weights, bias_hh: weights.bias_hh.map(() => 0) }),
      'bias_hh is not added',
    ],
  ];
  test.each(OTHERS)('%s', async (_, cell, change, says) => {
    const layer = subjectOf({ ...cell, scheme: GAL });
    const report = await blackBox({ ...layer, setWeights: (w, r) => layer.setWeights(change(w), r) }, { runs: 6 });
    const wrong = report.properties.filter(({ passed }) => !passed);
    expect(wrong.map(({ name }) => name)).toEqual(['cell-as-claimed']);
    expect(wrong[0]?.detail).toContain(says);
    expect(report.properties[0]).toBe(wrong[0]);
  });

  test('a cell that nobody knows is said to be none that is known', { timeout: TIMEOUT }, async () => {
    const layer = subjectOf({ cell: 'rnn', scheme: GAL });
    const forward: Subject['forward'] = async (...call) =>
      (await layer.forward(...call)).map((rows) => rows.map((row) => row.map((value) => value ** 3)));
    const report = await blackBox({ ...layer, forward }, { runs: 4 });
    expect(property(report, 'cell-as-claimed').detail).toMatch(
      /not those of the tanh RNN, nor of one of \d+ known variants/,
    );
  });
});

function firstTwoGatesSwapped(weights: SubjectWeights): SubjectWeights {
  const swapped = <R>(rows: R[]): R[] => {
    const size = rows.length / 3;
    return [...rows.slice(size, 2 * size), ...rows.slice(0, size), ...rows.slice(2 * size)];
  };
  const { weight_ih, weight_hh, bias_ih, bias_hh } = weights;
  return {
    weight_ih: swapped(weight_ih),
    weight_hh: swapped(weight_hh),
    bias_ih: swapped(bias_ih),
    bias_hh: swapped(bias_hh),
  };
}

test('what is observed of an honest layer is what it claims, but for the spread of its rates', {
  timeout: TIMEOUT,
}, async () => {
  const claims: Scheme = [...GAL, ...zoneout({ hidden: 0.4, scope: 'step' })];
  const report = await blackBox(subjectOf({ cell: 'lstm', scheme: claims }));
  expect(report.passed).toBe(true);
  expect(report.observed).toEqual([
    { site: 'input', rate: expect.closeTo(0.2, 1), scope: 'sequence', tied: true, scaling: 'inverted' },
    { site: 'recurrent', rate: expect.closeTo(0.35, 1), scope: 'sequence', tied: true, scaling: 'inverted' },
    { site: 'zoneHidden', rate: expect.closeTo(0.4, 1), scope: 'step' },
  ]);
});

describe.each([
  [1, 1],
  [1, 2],
  [3, 1],
  [2, 5],
])('I = %i, H = %i', (inputSize, hiddenSize) => {
  test.each(['lstm', 'gru', 'rnn'] as const)('an honest %s passes', async (cell) => {
    const report = await blackBox(subjectOf({ cell, scheme: GAL, inputSize, hiddenSize }), { runs: 8 });
    expect(report.properties.filter(({ passed }) => !passed)).toEqual([]);
  });
});

test('an honest layer in both directions passes, and its directions draw masks of their own', async () => {
  const layer = subjectOf({ cell: 'gru', bidirectional: true, scheme: GAL });
  const report = await blackBox(layer, { runs: 6 });
  expect(report.properties.filter(({ passed }) => !passed)).toEqual([]);
  expect(property(report, 'directions-differ').passed).toBe(true);
  const one = await blackBox(subjectOf({ cell: 'gru', scheme: GAL }), { runs: 6 });
  expect(one.properties.map(({ name }) => name)).not.toContain('directions-differ');
});

describe('a layer that does otherwise where few look', () => {
  const honest = subjectOf({ cell: 'gru', scheme: GAL });
  const bare = subjectOf({ cell: 'gru', scheme: [], claims: GAL });
  /** Drops nothing in some calls. */
  const unless = (lazy: (x: number[][][], call: SubjectCall) => boolean): Subject => ({
    ...honest,
    setWeights: async (weights, reverse) => {
      await honest.setWeights(weights, reverse);
      await bare.setWeights(weights, reverse);
    },
    forward: (x, call) => (lazy(x, call) ? bare : honest).forward(x, call),
  });
  const cases: readonly { readonly name: string; readonly subject: Subject; readonly fails: string }[] = [
    {
      name: 'has seven masks in all',
      subject: { ...honest, forward: (x, call) => honest.forward(x, { ...call, seed: call.seed % 7 }) },
      fails: 'masks-are-fresh',
    },
    {
      name: 'drops nothing when it is told lengths',
      subject: unless((_, { lengths }) => lengths !== undefined),
      fails: 'sites-as-claimed',
    },
    { name: 'drops nothing for a sample alone', subject: unless((x) => x.length === 1), fails: 'sites-as-claimed' },
    {
      name: 'drops nothing in long sequences',
      subject: unless((x) => (x[0]?.length ?? 0) > 6),
      fails: 'sites-as-claimed',
    },
  ];
  test.each(cases)('$name', async ({ subject, fails }) => {
    const report = await blackBox(subject, { runs: 6 });
    expect(property(report, fails).passed).toBe(false);
  });
});

test('a rate that is never acted on is no matter of independence', async () => {
  const claims: Scheme = [{ site: 'zoneHidden', rate: 0.1, scope: 'step' }];
  const report = await blackBox(subjectOf({ cell: 'rnn', claims, scheme: [] }), { runs: 12 });
  const failed = report.properties.filter(({ passed }) => !passed).map(({ name }) => name);
  expect(failed).toEqual(['evaluation-is-the-mean', 'rate-as-claimed']);
  expect(property(report, 'rate-as-claimed').detail).toContain('none of');
});

describe('float32 is exact enough', () => {
  // Seeds at which two readings of one number stand on both sides of a rounded one.
  test.each([
    ['gru', gaussian({ input: 0.3 }), 5],
    ['gru', gaussian({ input: 0.3 }), 227],
    ['rnn', concrete({ input: 0.3 }), 893],
  ] as const)('%s', { timeout: TIMEOUT }, async (cell, scheme, seed) => {
    const report = await blackBox(subjectOf({ cell, scheme, engine: 'simd' }), { seed });
    expect(report.properties.filter(({ passed }) => !passed)).toEqual([]);
  });
});

test('a seed gives the same report, and another seed other masks', async () => {
  const report = (seed: number): Promise<Report> =>
    blackBox(subjectOf({ cell: 'rnn', scheme: GAL }), { seed, runs: 4 });
  expect(await report(3)).toEqual(await report(3));
  expect((await report(3)).observed).not.toEqual((await report(4)).observed);
});

describe('a subject that cannot be run', () => {
  const honest = subjectOf({ cell: 'lstm', scheme: GAL });
  const cases: readonly { readonly name: string; readonly forward: Subject['forward']; readonly says: string }[] = [
    {
      name: 'throws',
      forward: () => Promise.reject(new Error('out of memory')),
      says: 'forward() threw: out of memory',
    },
    { name: 'hands on too little', forward: () => [[[1]]], says: 'y [B][T][H] of finite numbers' },
    { name: 'hands on nothing', forward: () => null as unknown as number[][][], says: 'y [B][T][H] of finite numbers' },
    {
      name: 'hands on what is not finite',
      forward: (x) => x.map((rows) => rows.map(() => [Number.NaN, 0, 0, 0])),
      says: 'y [B][T][H] of finite numbers',
    },
  ];
  test.each(cases)('$name: a failed property that says so', async ({ forward, says }) => {
    const report = await blackBox({ ...honest, forward }, { runs: 2 });
    expect(report.passed).toBe(false);
    expect(property(report, 'output-fits').detail).toContain(says);
  });

  test('what is no subject is an error', async () => {
    await expect(blackBox({ ...honest, hiddenSize: 0 })).rejects.toThrow(DataError);
    await expect(blackBox({ ...honest, cell: 'lstn' as 'lstm' })).rejects.toThrow(DataError);
    await expect(blackBox({ ...honest, bidirectional: 'yes' as never })).rejects.toThrow(OptionError);
    await expect(blackBox({ ...honest, cell: 'gru', claims: [{ site: 'memory', rate: 0.2 }] })).rejects.toThrow(
      SiteError,
    );
    await expect(blackBox({ ...honest, claims: [{ site: 'input', rate: 1.2 }] })).rejects.toThrow(RateError);
  });
});

describe('decode finds the factors that made the outputs', () => {
  const claims: Scheme = [...variational({ input: 0.2, recurrent: 0.35 }), ...zoneout({ hidden: 0.3, scope: 'step' })];
  test.each(['lstm', 'gru', 'rnn'] as const)('%s', (cell) => {
    const hypothesis: Hypothesis = asClaimed(claimsOf({ cell, claims }), formOf({ cell }));
    for (const name of PROBES) {
      for (let number = 0; number < 6; number++) {
        const { kind, programs, x } = probe(name, { cell, inputSize: 3, hiddenSize: 4 }, number, 1, 4);
        for (const unit of readingOrder(programs)) {
          const program = programs[unit];
          if (!program) throw new Error('a program for each unit was expected');
          const decoder = decoderOf(kind, unit, program, hypothesis);
          const draws = uniform(key(100 * number + unit), 4 * decoder.slots.length);
          const made = [0, 1, 2, 3].map((t) =>
            decoder.slots.map(
              ({ values }, n) => values?.[(draws[t * decoder.slots.length + n] as number) < 0.6 ? 0 : 1] ?? 1,
            ),
          );
          // What a unit reads of others is given here: any numbers will do.
          const entering = made.map((_, t) =>
            program.routes.map(({ from, source }) =>
              from === 'input' ? (x[0]?.[t]?.[source] as number) : 0.3 + 0.1 * t,
            ),
          );
          const found = decode(decoder, entering, simulate(decoder, entering, made));
          if (found.kind !== 'decoded') throw new Error('factors were expected');
          for (const [t, { factors, unsure }] of found.steps.entries()) {
            for (const [n, factor] of factors.entries())
              if (!unsure[n]) expect(factor).toBeCloseTo(made[t]?.[n] as number, 6);
          }
        }
      }
    }
  });
});

describe('decode says what came of the outputs of a unit', () => {
  const [INPUT, TIME] = [3, 4];
  /** A unit of an LSTM that reads an input, under some claims, and what it reads and hands on when nothing is dropped. */
  function reading(claims: Scheme): { decoder: Decoder; entering: number[][]; y: number[] } {
    const { programs, x } = probe('input', { cell: 'lstm', inputSize: INPUT, hiddenSize: 4 }, 0, 1, TIME);
    const [program] = programs as readonly [Program];
    const decoder = decoderOf(
      'lstm',
      0,
      program,
      asClaimed(claimsOf({ cell: 'lstm', claims }), formOf({ cell: 'lstm' })),
    );
    const entering = (x[0] as number[][]).map((row) => program.routes.map(({ source }) => row[source] as number));
    const kept = entering.map(() => decoder.slots.map(({ values }) => values?.[0] ?? 1));
    return { decoder, entering, y: simulate(decoder, entering, kept) };
  }

  test('the factors of each step', () => {
    const { decoder, entering, y } = reading(variational({ input: 0.2 }));
    expect(decode(decoder, entering, y)).toMatchObject({ kind: 'decoded', steps: [{ factors: [1.25] }, {}, {}, {}] });
  });

  test('a contradiction, with what could have come', () => {
    const { decoder, entering, y } = reading(variational({ input: 0.2 }));
    const found = decode(decoder, entering, y.with(2, 0.987));
    expect(found).toMatchObject({ kind: 'contradiction', step: 2, came: 0.987 });
    expect(found.kind === 'contradiction' && found.possible.some((value) => value === y[2])).toBe(true);
  });

  test('that two factors of any value cannot be told apart', () => {
    const { decoder, entering, y } = reading(gaussian({ input: 0.2, output: 0.3 }));
    expect(decode(decoder, entering, y)).toMatchObject({
      kind: 'unreadable',
      why: expect.stringMatching(/two factors/),
    });
  });

  test('that there are too many combinations', () => {
    const sites = ['input', 'update', 'memory', 'zoneCell', 'zoneHidden', 'output'] as const;
    const { decoder, entering, y } = reading(sites.map((site) => ({ site, rate: 0.3 })));
    expect(decode(decoder, entering, y)).toMatchObject({
      kind: 'unreadable',
      why: expect.stringMatching(/combinations/),
    });
  });

  test('that a factor of any value does not show, but changes the state', () => {
    const { decoder, entering } = reading([{ site: 'memory', rate: 0.3, distribution: 'gaussian' }]);
    // Without an output gate nothing shows, and the memory goes on.
    const shut = { ...decoder, program: { ...decoder.program, input: decoder.program.input.with(LSTM.o, -30) } };
    const found = decode(shut, entering, [0, 0, 0, 0]);
    expect(found).toMatchObject({ kind: 'unreadable', why: expect.stringMatching(/does not show/) });
  });
});

test('each property has a file of its name, and each file is of a property', () => {
  const folder = new URL('../../../src/verify/black-box/properties/', import.meta.url);
  const inFiles = readdirSync(folder).flatMap((file) => file.replace(/\.ts$/, '').split('-or-'));
  expect(inFiles.toSorted()).toEqual([...PROPERTY_NAMES].sort());
});
