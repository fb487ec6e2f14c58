import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AbortError,
  adagrad,
  adam,
  adamW,
  concrete,
  createEngine,
  curriculum,
  DataError,
  DivergedError,
  dense,
  dropout,
  type Examples,
  embedding,
  exponentialDecay,
  type FitOptions,
  key,
  type Layer,
  loadModel,
  linearWarmUp,
  lstm,
  type Model,
  ModelError,
  meanSquaredError,
  nadam,
  type Ops,
  type RunState,
  radam,
  reduceOnPlateau,
  rmsprop,
  runFromFiles,
  runToFiles,
  sequential,
  sgd,
  softmaxCrossEntropy,
  variational,
  zoneout,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../../../src/engines/reference/engine.ts';
import { expectSameBits } from '../../helpers/numeric.ts';

const examples = {
  x: [[3, 1, 4, 1], [5, 2], [], [2, 6, 5], [3, 5, 1, 4, 2], [6, 1], [4]],
  y: [0, 1, 1, 0, 0, 1, 0],
} satisfies Examples;

const layers = (): Layer[] => [
  embedding({ vocabulary: 7, units: 3, dropout: [{ site: 'wordType', rate: curriculum(0.3, { gamma: 0.2 }) }] }),
  lstm({
    units: 4,
    dropout: [
      ...variational({ recurrent: 0.35 }),
      ...zoneout({ hidden: 0.15, scope: 'step' }),
      ...concrete({ input: 0.2 }),
    ],
  }),
  dropout({ rate: 0.25 }),
  dense({ units: 2 }),
];

const options: FitOptions = {
  key: key(9),
  epochs: 3,
  batchSize: 2,
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.02 }),
  validation: examples,
};

/** A run of so many steps, written down. */
async function stoppedAfter(model: Model, steps: number, told: FitOptions): Promise<RunState> {
  const trainer = await model.trainer(examples, told);
  for (let step = 0; step < steps; step++) {
    await trainer.next();
    if (trainer.atEndOfEpoch) await trainer.endEpoch();
  }
  const state = await trainer.snapshot();
  await trainer.finish();
  return state;
}

describe('a run that is stopped and goes on', () => {
  const variants: readonly (readonly [string, Partial<FitOptions>])[] = [
    ['adam', {}],
    ['sgd with momentum, fraternal', { optimizer: sgd({ learningRate: 0.1, momentum: 0.5 }), fraternal: {} }],
    [
      'adamW under a schedule, clipped',
      { optimizer: adamW({ learningRate: exponentialDecay({ initial: 0.05, factor: 0.5, every: 3 }) }), clipNorm: 0.2 },
    ],
    [
      'centered rmsprop on plateaus after a warm-up, clipped by value',
      {
        optimizer: rmsprop({
          learningRate: linearWarmUp({
            over: 2,
            to: reduceOnPlateau({ initial: 0.02, factor: 0.5, patience: 0, minDelta: 0.3 }),
          }),
          momentum: 0.4,
          centered: true,
        }),
        clipValue: 0.05,
      },
    ],
    ['adagrad, all regularized', { optimizer: adagrad(), regularization: { l1: 0.01, l2: 0.02, maxNorm: 1 } }],
    ['nadam with decay by kind', { optimizer: nadam(), regularization: { weightDecay: { kernel: 0.3, bias: 0.1 } } }],
    ['radam', { optimizer: radam({ learningRate: 0.02, beta2: 0.8 }) }],
  ];
  const engines: readonly (readonly [string, () => Promise<Ops>])[] = [
    ['reference', () => createEngine('reference')],
    ['simd, one thread', () => createEngine('simd', { threads: 1 })],
    ['simd, two threads', () => createEngine('simd', { threads: 2 })],
  ];
  const cases = variants.flatMap((variant) => engines.map((engine) => [...variant, ...engine] as const));

  test.each(cases)('gives the bits of one that never stopped: %s, on %3$s', async (_, more, __, make) => {
    const engine = await make();
    const told = { ...options, ...more };
    const plain = sequential(layers(), { engine });
    const { epochs } = await plain.fit(examples, told);
    // At the start, in the first epoch, at the end of an epoch, in the last.
    for (const steps of [0, 1, 4, 9]) {
      const state = await stoppedAfter(sequential(layers(), { engine }), steps, told);
      expect(state.updates).toBe(steps);
      const model = sequential(layers(), { engine });
      const rest = await model.fit(examples, { ...told, resume: fromJson(state) });
      expectSameBits(await model.getWeights(), await plain.getWeights());
      expect(rest.epochs).toEqual(epochs);
    }
    await engine.dispose();
  });

  test('may have been written down between the last step of an epoch and its end', async () => {
    const plain = sequential(layers(), { engine: 'reference' });
    const { epochs } = await plain.fit(examples, options);
    const begun = sequential(layers(), { engine: 'reference' });
    const trainer = await begun.trainer(examples, options);
    while (!trainer.atEndOfEpoch) await trainer.next();
    const state = await trainer.snapshot();
    await trainer.finish();
    const model = sequential(layers(), { engine: 'reference' });
    const rest = await model.fit(examples, { ...options, resume: fromJson(state) });
    expectSameBits(await model.getWeights(), await plain.getWeights());
    expect(rest.epochs).toEqual(epochs);
    await Promise.all([plain.dispose(), begun.dispose(), model.dispose()]);
  });

  test('can be made longer, and goes on with nothing else changed', async () => {
    const state = await stoppedAfter(sequential(layers(), { engine: 'reference' }), 5, options);
    const long = sequential(layers(), { engine: 'reference' });
    await long.fit(examples, { ...options, epochs: 5 });
    const model = sequential(layers(), { engine: 'reference' });
    await model.fit(examples, { ...options, epochs: 5, resume: state });
    expectSameBits(await model.getWeights(), await long.getWeights());

    const refused = (more: Partial<FitOptions>): Promise<unknown> =>
      model.fit(examples, { ...options, resume: state, ...more });
    await expect(refused({ batchSize: 3 })).rejects.toThrow(
      new ModelError('resume: batchSize 2 was expected, as the run began with it, but 3 came; pass the same options'),
    );
    await expect(refused({ key: key(1) })).rejects.toThrow(/resume: key/);
    await expect(refused({ optimizer: adam({ learningRate: 0.03 }) })).rejects.toThrow(/resume: optimizer/);
    await expect(refused({ resume: {} as RunState })).rejects.toThrow(ModelError);
    await expect(sequential(layers(), { engine: 'simd' }).fit(examples, { ...options, resume: state })).rejects.toThrow(
      /float64 was expected/,
    );
    // What was refused changed nothing.
    expectSameBits(await model.getWeights(), await long.getWeights());
    await Promise.all([long.dispose(), model.dispose()]);
  });
});

describe('what is no snapshot of this run', () => {
  const resumed = async (change: (state: RunState) => unknown): Promise<unknown> => {
    const state = await stoppedAfter(sequential(layers(), { engine: 'reference' }), 2, options);
    const model = sequential(layers(), { engine: 'reference' });
    const error = await model
      .fit(examples, { ...options, resume: change(state) as RunState })
      .catch((thrown: unknown) => thrown);
    // Nothing was changed, and nothing is left.
    expect(model.input).toBeNull();
    await model.fit(examples, { ...options, epochs: 1 });
    await model.dispose();
    return error;
  };
  const changes: readonly (readonly [string, (state: RunState) => unknown])[] = [
    ['a number', () => 7],
    ['no weights', ({ weights: _, ...rest }) => rest],
    ['weights of another model', (state) => ({ ...state, weights: { '0.weight': state.weights['0.weight'] } })],
    ['numbers in place of tensors', (state) => ({ ...state, weights: { '0.weight': [[1]] } })],
    ['no slots', (state) => ({ ...state, slots: {} })],
    [
      'slots of another optimizer',
      (state) => ({ ...state, slots: { ...state.slots, 'velocity/3.bias': state.weights['3.bias'] } }),
    ],
    [
      'a slot of another shape',
      (state) => ({ ...state, slots: { ...state.slots, 'mean/3.bias': state.weights['3.weight'] } }),
    ],
    ['a count that is none', (state) => ({ ...state, updates: -1 })],
    ['a place past the end of the epoch', (state) => ({ ...state, batches: 5 })],
    ['no averages', ({ averages: _, ...rest }) => rest],
    ['a history that is none', (state) => ({ ...state, history: 'long' })],
    ['another key', (state) => ({ ...state, spec: { ...state.spec, key: [1, 2] } })],
    ['no spec', (state) => ({ ...state, spec: null })],
  ];
  test.each(changes)('%s', async (_, change) => {
    const error = await resumed(change);
    expect(error).toBeInstanceOf(ModelError);
    expect((error as Error).message).toMatch(/^(resume|setWeights): .* (was|were) expected, .*; /);
  });

  test('leaves a trained model as it was, also when a callback cannot go on', async () => {
    const state = await stoppedAfter(sequential(layers(), { engine: 'reference' }), 2, options);
    const model = sequential(layers(), { engine: 'reference' });
    await model.fit(examples, { ...options, key: key(77) });
    const [weights, updates] = [await model.getWeights(), model.updates];
    const broken = {
      name: 'broken',
      onStep: () => {},
      state: () => 1,
      restore: () => {
        throw new Error('no');
      },
    };
    for (const told of [
      { resume: { ...state, batches: 99 } },
      { resume: { ...state, slots: {} } },
      { resume: { ...state, callbacks: { broken: 1 } }, callbacks: [broken] },
    ]) {
      await expect(model.fit(examples, { ...options, ...told })).rejects.toThrow();
      expectSameBits(await model.getWeights(), weights);
      expect(model.updates).toBe(updates);
    }
    await model.dispose();
  });

  test('of other examples, or of parts that were put together by hand', async () => {
    const state = await stoppedAfter(sequential(layers(), { engine: 'reference' }), 2, options);
    const model = sequential(layers(), { engine: 'reference' });
    const fewer = { x: examples.x.slice(0, 6), y: examples.y.slice(0, 6) };
    await expect(model.fit(fewer, { ...options, resume: state })).rejects.toThrow(/7 samples were expected/);
    await expect(
      model.fit(examples, { ...options, epochs: 1, resume: { ...state, history: [{ epoch: 1 }] as never } }),
    ).rejects.toThrow(ModelError);
    for (const byHand of [{ optimizer: { ...adam() } }, { loss: { ...softmaxCrossEntropy() } }]) {
      const trainer = await model.trainer(examples, { ...options, ...byHand });
      await expect(trainer.snapshot()).rejects.toThrow(/put together by hand/);
      await trainer.finish();
    }
    await model.dispose();
  });

  test('is not changed by what a callback does later', async () => {
    const seen: number[] = [];
    const callback = {
      name: 'seen',
      onStep: ({ step }: { step: number }) => seen.push(step),
      state: () => seen,
      restore: () => {},
    };
    const trainer = await sequential(layers(), { engine: 'reference' }).trainer(examples, {
      ...options,
      callbacks: [callback],
    });
    callback.onStep(await trainer.next());
    const state = await trainer.snapshot();
    callback.onStep(await trainer.next());
    expect([state.callbacks.seen, seen]).toEqual([[1], [1, 2]]);
    for (const remembered of [Number.NaN, undefined, () => 1, new Map(), [{ a: [1, Number.NaN] }]]) {
      callback.state = () => remembered as unknown as number[];
      await expect(trainer.snapshot()).rejects.toThrow(DataError);
    }
    await trainer.finish();
  });

  test('files of a run that are damaged', async () => {
    const state = await stoppedAfter(sequential(layers(), { engine: 'reference' }), 2, options);
    const files = runToFiles(state);
    const bytes = (data: string | Uint8Array): Uint8Array =>
      typeof data === 'string' ? new TextEncoder().encode(data) : data;
    const [json, numbers] = [bytes(files['run.json']), bytes(files['run.safetensors'])];
    expect(() => runFromFiles({ 'run.json': json, 'run.safetensors': numbers })).not.toThrow();
    for (const damaged of [
      {},
      { 'run.json': json },
      { 'run.json': json.slice(0, 50), 'run.safetensors': numbers },
      { 'run.json': json, 'run.safetensors': numbers.slice(0, 100) },
      { 'run.json': bytes('{"format":"keepgate-run-1"}'), 'run.safetensors': numbers },
      { 'run.json': bytes('{"format":"keepgate-model-1"}'), 'run.safetensors': numbers },
      // A crash between the writes of two files leaves those of two snapshots.
      { 'run.json': bytes(runToFiles({ ...state, callbacks: { a: 1 } })['run.json']), 'run.safetensors': numbers },
    ]) {
      expect(() => runFromFiles(damaged)).toThrow(ModelError);
    }
  });
});

describe('a model that is trained again', () => {
  test('draws orders and masks that it did not draw before: epochs one by one are those of one run', async () => {
    // Without momentum a fresh optimizer is no other than one that goes on.
    const told = { ...options, optimizer: sgd({ learningRate: 0.1 }) };
    const [once, often] = [
      sequential(layers(), { engine: 'reference' }),
      sequential(layers(), { engine: 'reference' }),
    ];
    const { epochs } = await once.fit(examples, told);
    const losses: unknown[] = [];
    for (let epoch = 1; epoch <= 3; epoch++) {
      // The first key draws the fresh weights as well.
      const found = await often.fit(examples, { ...told, epochs: 1 });
      losses.push(...found.epochs.map(({ training, validation }) => ({ training, validation })));
    }
    expect(losses).toEqual(epochs.map(({ training, validation }) => ({ training, validation })));
    expectSameBits(await often.getWeights(), await once.getWeights());
    expect([often.updates, often.epochs]).toEqual([12, 3]);
    await Promise.all([once.dispose(), often.dispose()]);
  });

  test('goes on in the count after it was saved and loaded', async () => {
    const told = { ...options, epochs: 1, optimizer: sgd({ learningRate: 0.1 }) };
    const model = sequential(layers(), { engine: 'reference' });
    await model.fit(examples, told);
    const dir = await mkdtemp(join(tmpdir(), 'keepgate-trainer-'));
    await model.save(join(dir, 'model'));
    const loaded = await loadModel(join(dir, 'model'), { engine: 'reference' });
    await rm(dir, { recursive: true });
    expect([loaded.updates, loaded.epochs]).toEqual([4, 1]);
    await model.fit(examples, told);
    await loaded.fit(examples, told);
    expectSameBits(await loaded.getWeights(), await model.getWeights());
    await Promise.all([model.dispose(), loaded.dispose()]);
  });
});

describe('a trainer', () => {
  test('says what is next, and is over once', async () => {
    const engine = createReferenceEngine();
    const model = sequential(layers(), { engine });
    const trainer = await model.trainer(examples, { ...options, epochs: 1 });
    await expect(model.fit(examples, options)).rejects.toThrow(ModelError);
    await expect(trainer.endEpoch()).rejects.toThrow(/but 0 are; call next\(\)$/);
    expect([trainer.step, trainer.steps]).toEqual([0, 4]);
    while (!trainer.atEndOfEpoch) await trainer.next();
    await expect(trainer.next()).rejects.toThrow(/call endEpoch\(\)$/);
    expect((await trainer.endEpoch()).epoch).toBe(1);
    expect(trainer.done).toBe(true);
    await expect(trainer.next()).rejects.toThrow(/but all are done; call finish\(\)$/);
    await expect(trainer.endEpoch()).rejects.toThrow(/call finish\(\)$/);
    await trainer.finish();
    await trainer.finish();
    await expect(trainer.next()).rejects.toThrow(/finished before next\(\)/);
    await expect(trainer.snapshot()).rejects.toThrow(ModelError);
    expect(engine.liveBuffers).toBe(Object.keys(await model.getWeights()).length);
    await model.fit(examples, options);
    await model.dispose();
    expect(engine.liveBuffers).toBe(0);
  });
});

describe('what must not overlap', () => {
  const begin = async (told: Partial<FitOptions> = {}) => {
    const model = sequential(layers(), { engine: 'reference' });
    return { model, trainer: await model.trainer(examples, { ...options, ...told }) };
  };

  test('the parts of a run follow each other, and what is refused changes nothing', async () => {
    const { model, trainer } = await begin();
    const calls = ['next', 'endEpoch', 'snapshot', 'expectFinite', 'finish'] as const;
    const refusals = async (): Promise<unknown[]> => {
      const all = await Promise.allSettled(calls.map((call) => trainer[call]() as Promise<unknown>));
      return all.map((one) => (one.status === 'rejected' ? one.reason : 'done'));
    };
    const underWay = calls.map(
      (call) => new ModelError(`trainer: ${call}() was expected after next(), but that is under way; await it first`),
    );
    const first = trainer.next();
    expect(await refusals()).toEqual(underWay);
    expect((await first).step).toBe(1);
    while (!trainer.atEndOfEpoch) await trainer.next();
    const ending = trainer.endEpoch();
    expect((await refusals()).every((reason) => reason instanceof ModelError)).toBe(true);
    expect((await ending).epoch).toBe(1);
    expect([trainer.history.length, model.epochs, trainer.step]).toEqual([1, 1, 4]);
    await trainer.finish();
    await model.dispose();
  });

  test('the end of an epoch that is stopped is no end', async () => {
    const stop = new AbortController();
    const { model, trainer } = await begin({ signal: stop.signal });
    while (!trainer.atEndOfEpoch) await trainer.next();
    stop.abort();
    await expect(trainer.endEpoch()).rejects.toThrow(AbortError);
    expect([trainer.history.length, model.epochs, trainer.atEndOfEpoch]).toEqual([0, 0, true]);
    // It can be written down all the same, and goes on without the signal.
    const state = await trainer.snapshot();
    await trainer.finish();
    const [plain, again] = [
      sequential(layers(), { engine: 'reference' }),
      sequential(layers(), { engine: 'reference' }),
    ];
    await plain.fit(examples, options);
    await again.fit(examples, { ...options, resume: state });
    expectSameBits(await again.getWeights(), await plain.getWeights());
    await Promise.all([model.dispose(), plain.dispose(), again.dispose()]);
  });

  test('what changes the weights of a model does so alone', async () => {
    const model = sequential(layers(), { engine: 'reference' });
    await model.fit(examples, options);
    const weights = await model.getWeights();
    const given = { input: { kind: 'tokens', vocabulary: 7 } } as const;
    const all = await Promise.allSettled([
      model.build(given.input, key(3)),
      model.dispose(),
      model.setWeights(weights, given),
      model.fit(examples, options),
      model.trainer(examples, options),
    ]);
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected', 'rejected']);
    for (const one of all) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(ModelError);
    await model.fit(examples, options);
    await model.dispose();
  });

  test('a loop of its own gives way to timers', async () => {
    const many = Array.from({ length: 600 }, (_, i) => [...(examples.x[i % 5] as number[]), 3, 1, 4, 1, 5]);
    const model = sequential(layers(), { engine: 'reference' });
    const trainer = await model.trainer({ x: many, y: many.map((_, i) => i % 2) }, { ...options, epochs: 1 });
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    while (!trainer.atEndOfEpoch) await trainer.next();
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
    await trainer.finish();
    await model.dispose();
  });

  test('after a loss that is not finite the weights are good ones, without a word to finish()', async () => {
    const model = sequential([dense({ units: 1 })], { engine: 'reference' });
    const told = { key: key(1), epochs: 500, loss: meanSquaredError(), optimizer: sgd({ learningRate: 1e60 }) };
    const trainer = await model.trainer({ x: [[1], [2]], y: [[1], [3]] }, told);
    const stepped = async (): Promise<void> => {
      for (;;) {
        await trainer.next();
        await trainer.endEpoch();
      }
    };
    await expect(stepped()).rejects.toThrow(DivergedError);
    await trainer.finish();
    expect(Object.values(await model.getWeights()).every(({ data }) => data.every(Number.isFinite))).toBe(true);
    await model.dispose();
  });
});

describe('whoever reads a model', () => {
  test('reads the weights of when it began, whatever happens meanwhile', async () => {
    const engine = createReferenceEngine();
    const model = sequential(layers(), { engine });
    await model.fit(examples, options);
    const before = await model.predict(examples.x);
    const x = Array.from({ length: 200 }, (_, i) => examples.x[i % examples.x.length] as number[]);
    const reading = [model.predict(x), model.predict(x), model.predict(x)];
    const weights = model.getWeights();
    await model.build({ kind: 'tokens', vocabulary: 7 }, key(99));
    const training = model.fit(examples, options);
    const meanwhile = model.predict(x);
    await Promise.all([training, meanwhile]);
    await model.dispose();
    for (const found of await Promise.all(reading)) {
      expect(found).toEqual(x.map((_, i) => before[i % before.length]));
    }
    expect(Object.keys(await weights).length).toBeGreaterThan(0);
    expect(engine.liveBuffers).toBe(0);
  });

  test.each(['predict', 'evaluate', 'predictMC'] as const)(
    '%s gives way to timers, and hears its signal',
    async (what) => {
      const model = sequential(
        [
          embedding({ vocabulary: 7, units: 8 }),
          lstm({ units: 24, dropout: variational({ input: 0.2 }) }),
          dense({ units: 2 }),
        ],
        { engine: 'reference' },
      );
      await model.fit(examples, { ...options, epochs: 1 });
      const count = what === 'predictMC' ? 60 : 1500;
      const x = Array.from({ length: count }, (_, i) => [
        ...(examples.x[i % 5] as number[]),
        ...(examples.x[4] as number[]),
      ]);
      const y = x.map((_, i) => i % 2);
      const act = (signal?: AbortSignal): Promise<unknown> => {
        const more = signal ? { signal } : {};
        if (what === 'predict') return model.predict(x, more);
        return what === 'evaluate' ? model.evaluate({ x, y }, more) : model.predictMC(x, { passes: 60, ...more });
      };
      let turns = 0;
      const timer = setInterval(() => {
        turns += 1;
      }, 1);
      await act();
      clearInterval(timer);
      expect(turns).toBeGreaterThan(0);

      const stop = new AbortController();
      setTimeout(() => stop.abort('enough'), 1);
      const error = await act(stop.signal).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(AbortError);
      expect((error as AbortError).cause).toBe('enough');
      await expect(act(AbortSignal.abort())).rejects.toThrow(AbortError);
      await model.dispose();
    },
  );

  test('training ends after the step in which its signal came', async () => {
    const model = sequential(layers(), { engine: 'reference' });
    const stop = new AbortController();
    const onStep = ({ step }: { step: number }): void => {
      if (step === 3) stop.abort();
    };
    await expect(model.fit(examples, { ...options, callbacks: [{ onStep }], signal: stop.signal })).rejects.toThrow(
      'fit: it was to run to its end, but its signal stopped it; call it again to have the rest',
    );
    expect(model.updates).toBe(3);
    expect(await model.predict(examples.x)).toHaveLength(7);
    await model.dispose();
  });
});

/** As it comes out of a file: nothing of it is shared with the run that it was taken from. */
function fromJson(state: RunState): RunState {
  return { ...state, ...JSON.parse(JSON.stringify({ ...state, weights: undefined, slots: undefined })) };
}
