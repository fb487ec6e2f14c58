import { fc, test } from '@fast-check/vitest';
import {
  accuracy,
  adagrad,
  adam,
  adamW,
  batchNorm,
  type Callback,
  type CellSite,
  type Concrete,
  concrete,
  cosineDecay,
  createEngine,
  curriculum,
  dense,
  dropout,
  earlyStopping,
  embedding,
  exponentialDecay,
  type FitOptions,
  frozen,
  gru,
  key,
  type Layer,
  type LearningRate,
  linearWarmUp,
  lstm,
  nadam,
  type Ops,
  ntAsgd,
  oneCycle,
  type RunState,
  radam,
  reduceOnPlateau,
  rmsprop,
  rnn,
  runFromFiles,
  runToFiles,
  sequential,
  sgd,
  softmaxCrossEntropy,
  stepDecay,
  swa,
} from 'keepgate';
import { afterAll, expect, vi } from 'vitest';
import { expectSameBits } from '../helpers/numeric.ts';
import { RATES, SCHEMES } from '../helpers/schemes.ts';

vi.setConfig({ testTimeout: 240_000 });

const engines: Readonly<Record<string, Ops>> = {
  reference: await createEngine('reference'),
  'simd, one thread': await createEngine('simd', { threads: 1 }),
  'simd, two threads': await createEngine('simd', { threads: 2 }),
  'gpu cpu': await createEngine('gpu', { mode: 'cpu' }),
};
afterAll(async () => {
  for (const engine of Object.values(engines)) await engine.dispose();
});

const VOCABULARY = 6;
const CONCRETE: Concrete = { name: 'concrete', temperature: 0.5, weightRegularizer: 0.01, dropoutRegularizer: 0.02 };
const CELLS = { lstm, gru, rnn };
/** Sites that not all cells have. */
const RARE: Readonly<Record<keyof typeof CELLS, readonly CellSite[]>> = {
  lstm: [],
  gru: ['memory', 'zoneCell'],
  rnn: ['memory', 'zoneCell'],
};

/** Layers with a scheme of every kind, and with rates that change and rates that are learned. */
const layersOf: fc.Arbitrary<() => Layer[]> = fc
  .record({
    cell: fc.constantFrom<keyof typeof CELLS>('lstm', 'gru', 'rnn'),
    scheme: fc.constantFrom(...SCHEMES),
    changing: fc.boolean(),
    learned: fc.boolean(),
    tokens: fc.boolean(),
    layers: fc.constantFrom(1, 1, 2),
  })
  .map(({ cell, scheme, changing, learned, tokens, layers }) => () => {
    const rules = scheme.build(RATES).filter(({ site }) => !RARE[cell].includes(site as CellSite));
    const free = !rules.some(({ site }) => site === 'input');
    return [
      embedding({
        vocabulary: VOCABULARY,
        units: 2,
        dropout: tokens ? [{ site: 'wordType', rate: curriculum(0.4, { gamma: 0.3 }) }] : [],
      }),
      CELLS[cell]({ units: 2, layers, dropout: learned && free ? [...rules, ...concrete({ input: 0.2 })] : rules }),
      batchNorm(),
      frozen(dense({ units: 2 })),
      dropout(
        learned ? { rate: 0.3, distribution: CONCRETE } : { rate: changing ? curriculum(0.4, { gamma: 0.2 }) : 0.25 },
      ),
      dense({ units: 2 }),
    ];
  });

const by = fc.constantFrom<'update' | 'epoch'>('update', 'epoch');
const schedule: fc.Arbitrary<LearningRate> = fc.oneof(
  fc.constantFrom(0.05, 0.013),
  by.map((unit) => stepDecay({ initial: 0.05, factor: 0.5, every: 2, by: unit })),
  by.map((unit) => exponentialDecay({ initial: 0.05, factor: 0.7, every: 2, by: unit })),
  by.map((unit) => cosineDecay({ initial: 0.05, over: 5, final: 0.001, by: unit })),
  by.map((unit) => oneCycle({ peak: 0.05, over: 9, by: unit })),
  fc.constant(reduceOnPlateau({ initial: 0.05, factor: 0.5, patience: 0, minDelta: 0.1 })),
  fc.constant(
    linearWarmUp({
      over: 2,
      to: reduceOnPlateau({ initial: 0.05, patience: 0, monitor: 'training.accuracy', mode: 'max' }),
    }),
  ),
);
const optimizer = schedule.chain((learningRate) =>
  fc.constantFrom(
    sgd({ learningRate, momentum: 0.6 }),
    adam({ learningRate }),
    adamW({ learningRate, weightDecay: 0.1 }),
    rmsprop({ learningRate, momentum: 0.4, centered: true }),
    adagrad({ learningRate }),
    nadam({ learningRate }),
    radam({ learningRate, beta2: 0.8 }),
  ),
);

/** Callbacks are made anew for each run, as another process does. */
const callbacksOf: fc.Arbitrary<() => Callback[]> = fc
  .record({
    monitor: fc.constantFrom(null, 'validation.loss', 'training.loss', 'validation.accuracy'),
    patience: fc.integer({ min: 1, max: 3 }),
    restoreBest: fc.boolean(),
  })
  .map(({ monitor, ...options }) => () => [
    remembers(),
    ...(monitor === null ? [] : [earlyStopping({ monitor, ...options })]),
  ]);

/** Ends the run by what it remembers of losses. */
function remembers(): Callback {
  let seen: number[] = [];
  return {
    name: 'remembers',
    onStep: ({ loss }) => void seen.push(loss),
    onEpoch: () => (seen.length > 9 && (seen[0] as number) > 0.9 ? 'stop' : undefined),
    state: () => seen,
    restore: (state) => {
      seen = [...(state as number[])];
    },
  };
}

const x = [[3, 1, 4, 1], [5, 2], [], [2, 0, 5], [3, 5, 1, 4, 2], [1]];
const y = [0, 1, 1, 0, 0, 1];

const told = fc
  .record(
    {
      seed: fc.nat(),
      epochs: fc.integer({ min: 1, max: 4 }),
      batchSize: fc.integer({ min: 1, max: 4 }),
      optimizer,
      clipNorm: fc.constantFrom(0.1, 1),
      clipValue: fc.constant(0.05),
      fraternal: fc.constant({ kappa: 0.2 }),
      classWeight: fc.constantFrom<'balanced' | number[]>('balanced', [0.5, 2]),
      stateful: fc.constant(true),
      masks: fc.constant<'keep'>('keep'),
      averaging: fc.constantFrom(ntAsgd({ interval: 0 }), swa({ from: 2 })),
      regularization: fc.constantFrom({ l2: 0.01, maxNorm: 1 }, { l1: { kernel: 0.02, bias: 0.01 } }),
    },
    { requiredKeys: ['seed', 'epochs', 'batchSize', 'optimizer'] },
  )
  .map(
    ({ seed, masks, ...options }): FitOptions => ({
      key: key(seed),
      loss: softmaxCrossEntropy(),
      metrics: [accuracy(), 'f1'],
      validation: { x: x.slice(2), y: y.slice(2) },
      ...options,
      // Batches that go on from each other are all as large.
      ...(options.stateful && options.batchSize === 4 ? { batchSize: 3 } : {}),
      ...(options.stateful && masks ? { masks } : {}),
    }),
  );

const config = fc.record({
  engine: fc.constantFrom(...Object.keys(engines)),
  layers: layersOf,
  told,
  callbacks: callbacksOf,
  /** After how many pauses it is stopped, counted round and round. */
  at: fc.nat(1000),
});

test.prop([config], { numRuns: 240 })(
  'a run that is written down anywhere, and goes on from the bytes, gives the bits of one that never stopped',
  async ({ engine: name, layers, told: options, callbacks, at }) => {
    const engine = engines[name] as Ops;
    const pauses = options.epochs * (Math.ceil(x.length / (options.batchSize ?? 0)) + 1);
    const place = at % pauses;
    const files: Record<string, string | Uint8Array>[] = [];
    let pause = 0;
    const writes: Callback = {
      async onPause(run) {
        // Or where it ended before.
        if (pause++ === place || (run.ending && pause <= place)) files.push(runToFiles(await run.snapshot()));
      },
    };
    const plain = sequential(layers(), { engine });
    const whole = await plain.fit({ x, y }, { ...options, callbacks: [writes, ...callbacks()] });

    const model = sequential(layers(), { engine });
    const resume = fromBytes(files[0] as (typeof files)[0]);
    const rest = await model.fit({ x, y }, { ...options, callbacks: callbacks(), resume });
    expect(rest).toEqual(whole);
    const [weights, wanted] = [await model.getWeights(), await plain.getWeights()];
    expectSameBits(weights, wanted);
    expect(Object.keys(weights)).toEqual(Object.keys(wanted));
    expect([model.updates, model.epochs]).toEqual([plain.updates, plain.epochs]);
    await Promise.all([plain.dispose(), model.dispose()]);
  },
);

/** Nothing is shared with the run that wrote them. */
function fromBytes(files: Readonly<Record<string, string | Uint8Array>>): RunState {
  return runFromFiles(
    Object.fromEntries(
      Object.entries(files).map(([name, data]) => [
        name,
        typeof data === 'string' ? new TextEncoder().encode(data) : Uint8Array.from(data),
      ]),
    ),
  );
}
