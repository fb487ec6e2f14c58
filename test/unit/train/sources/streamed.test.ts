import {
  adam,
  type Callback,
  DataError,
  dense,
  embedding,
  type Example,
  type ExampleStream,
  type FitOptions,
  fitOptions,
  gru,
  KeepgateError,
  key,
  type Layer,
  type Loss,
  lstm,
  type Model,
  ModelError,
  meanSquaredError,
  OptionError,
  runFromFiles,
  runToFiles,
  sequential,
  softmaxCrossEntropy,
  variational,
} from 'keepgate';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { shuffled } from '../../../../src/train/sources/shuffle-buffer.ts';
import { expectSameBits } from '../../../helpers/numeric.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';
import { range } from '../../../helpers/tensors.ts';

const SAMPLES: readonly Example[] = range(0, 11).map((i) => ({
  x: range(0, 1 + ((i * 3) % 5)).map((t) => (i + t) % 6),
  y: i % 2,
}));
const TAGGED: readonly Example[] = SAMPLES.map(({ x }) => ({ x, y: (x as number[]).map((id) => id % 3) }));

const layers = (): Layer[] => [
  embedding({ vocabulary: 6, units: 3 }),
  lstm({ units: 3, dropout: variational({ recurrent: 0.3 }) }),
  dense({ units: 2 }),
];
const tagger = (): Layer[] => [
  embedding({ vocabulary: 6, units: 3 }),
  gru({ units: 3, returnSequences: true, dropout: variational({ recurrent: 0.3 }) }),
  dense({ units: 3 }),
];

async function* each(samples: readonly Example[]): AsyncGenerator<Example> {
  for (const sample of samples) yield sample;
}
const stream: ExampleStream = () => each(SAMPLES);

function webStream(samples: readonly Example[]): ExampleStream {
  const stream = new ReadableStream<Example>({
    start(controller) {
      for (const sample of samples) controller.enqueue(sample);
      controller.close();
    },
  });
  return stream as unknown as AsyncIterable<Example>;
}

const options: FitOptions = {
  key: key(3),
  epochs: 2,
  batchSize: 3,
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.05 }),
  shuffleBuffer: 4,
};

const aModel = (of = layers()): Model => sequential(of, { engine: 'reference' });

async function weightsAfter(examples: ExampleStream, told: FitOptions, of = layers()) {
  const model = aModel(of);
  const { epochs } = await model.fit(examples, told);
  const weights = await model.getWeights();
  await model.dispose();
  return { weights, epochs };
}

describe('a shuffle buffer', () => {
  const through = async (count: number, size: number, seed: number): Promise<number[]> => {
    const found: number[] = [];
    for await (const item of shuffled(
      (async function* () {
        yield* range(0, count);
      })(),
      size,
      key(seed),
    ))
      found.push(item);
    return found;
  };

  test.each([
    [0, 3],
    [1, 3],
    [5, 1],
    [40, 7],
    [40, 100],
    [3000, 50],
  ])('of %d items in a buffer of %d gives each once, none before it was in the buffer', async (count, size) => {
    const found = await through(count, size, 1);
    expect([...found].sort((a, b) => a - b)).toEqual(range(0, count));
    for (const [i, item] of found.entries()) expect(item).toBeLessThan(i + size);
    expect(await through(count, size, 1)).toEqual(found);
    if (size === 1) expect(found).toEqual(range(0, count));
    else if (count > 30) expect(await through(count, size, 2)).not.toEqual(found);
  });
});

describe('examples that come one by one', () => {
  test('in their order are those of a list in its order', async () => {
    const told: FitOptions = { ...options, batchSize: 2, stateful: true, bptt: 2 };
    delete (told as { shuffleBuffer?: number }).shuffleBuffer;
    // As many samples as fill batches.
    const some = TAGGED.slice(0, 10);
    const streamed = await weightsAfter(() => each(some), told, tagger());
    const model = aModel(tagger());
    const { epochs } = await model.fit({ x: some.map(({ x }) => x), y: some.map(({ y }) => y) }, told);
    expectSameBits(streamed.weights, await model.getWeights());
    expect(streamed.epochs).toEqual(epochs);
    await model.dispose();
  });

  test('weigh what a list of such weights does, and 1 where they say none', async () => {
    const { shuffleBuffer: _, ...rest } = options;
    const told: FitOptions = { ...rest, batchSize: 2, stateful: true, bptt: 2, classWeight: { 1: 3 } };
    const some: Example[] = TAGGED.slice(0, 8).map((one, i) => (i % 3 === 0 ? one : { ...one, weight: i / 4 }));
    const streamed = await weightsAfter(() => each(some), told, tagger());
    const model = aModel(tagger());
    const sampleWeight = some.map(({ weight }) => weight ?? 1);
    const { epochs } = await model.fit({ x: some.map(({ x }) => x), y: some.map(({ y }) => y), sampleWeight }, told);
    expectSameBits(streamed.weights, await model.getWeights());
    expect(streamed.epochs).toEqual(epochs);
    const unweighed = await weightsAfter(() => each(TAGGED.slice(0, 8)), told, tagger());
    expect(JSON.stringify(unweighed.weights)).not.toBe(JSON.stringify(streamed.weights));
    await model.dispose();
  });

  test('may have samples without a target that counts, or of no weight', async () => {
    const told = { ...options, loss: softmaxCrossEntropy({ ignoreIndex: -1 }) };
    const some: ExampleStream = () => SAMPLES.map((one, i) => (i % 2 ? { ...one, y: -1 } : { ...one, weight: i % 4 }));
    const { epochs } = await weightsAfter(some, told);
    expect(epochs.length).toBe(2);
  });

  test('give bits that depend on the key, and on nothing of how they come', async () => {
    const { weights, epochs } = await weightsAfter(stream, options);
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
    const slowly: ExampleStream = async function* () {
      for (const [i, sample] of SAMPLES.entries()) {
        if (i % 4 === 0) await new Promise((resolve) => setImmediate(resolve));
        yield sample;
      }
    };
    const again: AsyncIterable<Example> = { [Symbol.asyncIterator]: () => each(SAMPLES) };
    const inTurn: Iterable<Example> = { [Symbol.iterator]: () => SAMPLES[Symbol.iterator]() };
    const plainly: ExampleStream = function* () {
      yield* SAMPLES;
    };
    const later: ExampleStream = async () => new Set(SAMPLES);
    for (const other of [
      slowly,
      again,
      inTurn,
      plainly,
      later,
      new Set(SAMPLES),
      () => SAMPLES,
      async () => each(SAMPLES),
    ])
      expectSameBits((await weightsAfter(other, options)).weights, weights);
    const typed: ExampleStream = () => SAMPLES.map(({ x, y }) => ({ x: Int32Array.from(x as number[]), y }));
    expectSameBits((await weightsAfter(typed, options)).weights, weights);
    expect(JSON.stringify((await weightsAfter(stream, { ...options, key: key(4) })).weights)).not.toBe(
      JSON.stringify(weights),
    );
    expect(JSON.stringify((await weightsAfter(stream, { ...options, shuffleBuffer: 1 })).weights)).not.toBe(
      JSON.stringify(weights),
    );
  });

  test.each<[string, () => ExampleStream]>([
    ['a generator', () => SAMPLES.values()],
    ['an async generator', () => each(SAMPLES)],
    ['a web stream', () => webStream(SAMPLES)],
    ['a stream of Node', () => Readable.from(SAMPLES) as ExampleStream],
  ])('may come once, for a single epoch: %s', async (_, once) => {
    const { weights } = await weightsAfter(() => each(SAMPLES), { ...options, epochs: 1 });
    expectSameBits((await weightsAfter(once(), { ...options, epochs: 1 })).weights, weights);
    const model = aModel();
    const given = once();
    await expectRefusal(() => model.fit(given, options), DataError, 'each of 2 epochs', '() => examples()');
    expect([model.updates, model.input]).toEqual([0, null]);
    // Nothing of it was gone through.
    await model.fit(given, { ...options, epochs: 1 });
    expectSameBits(await model.getWeights(), weights);
    await model.dispose();
  });

  test('may come once for the last epoch of a run that goes on', async () => {
    const { weights } = await weightsAfter(stream, options);
    const begun = aModel();
    const trainer = await begun.trainer(stream, options);
    await trainer.epoch();
    await trainer.next();
    const resume = await trainer.snapshot();
    await trainer.finish();
    const model = aModel();
    await model.fit(each(SAMPLES), { ...options, resume });
    expectSameBits(await model.getWeights(), weights);
    await Promise.all([begun.dispose(), model.dispose()]);
  });

  test('in a list are all at hand, wherever examples are taken', async () => {
    const { shuffleBuffer: _, ...told } = options;
    const some = SAMPLES.map((one, i) => (i % 3 === 0 ? one : { ...one, weight: i / 4 }));
    const [x, y] = [some.map((one) => one.x), some.map((one) => one.y as number)];
    const sampleWeight = some.map(({ weight }) => weight ?? 1);
    const [model, plain] = [aModel(), aModel()];
    const { epochs } = await model.fit(some, { ...told, validation: SAMPLES, classWeight: 'balanced' });
    const given = { ...told, validation: { x, y }, classWeight: 'balanced' } as const;
    expect(epochs).toEqual((await plain.fit({ x, y, sampleWeight }, given)).epochs);
    expectSameBits(await model.getWeights(), await plain.getWeights());
    expect(await model.evaluate(some)).toEqual(await model.evaluate({ x, y, sampleWeight }));
    for (const wrong of [new Set(SAMPLES), each(SAMPLES), stream])
      await expectRefusal(() => model.evaluate(wrong as never), OptionError, 'a list of { x, y }', 'make a list');
    await Promise.all([model.dispose(), plain.dispose()]);
  });

  test('are told the epoch, and end where stepsPerEpoch says: also those that never end', async () => {
    const asked: number[] = [];
    let closed = 0;
    const endless: ExampleStream = async function* (epoch) {
      asked.push(epoch);
      try {
        for (let i = 0; ; i++) yield SAMPLES[i % 11] as Example;
      } finally {
        closed += 1;
      }
    };
    const model = aModel();
    const trainer = await model.trainer(endless, { ...options, epochs: 3, stepsPerEpoch: 2 });
    expect(trainer.steps).toBe(6);
    while (!trainer.done) await trainer.epoch();
    await trainer.finish();
    expect(trainer.step).toBe(6);
    expect(asked).toEqual([1, 2, 3]);
    expect(closed).toBe(3);
    await model.dispose();
  });

  test('of a length that nobody knows have a number of steps without end', async () => {
    const seen: number[] = [];
    const watching: Callback = { onStep: ({ steps }) => seen.push(steps) };
    const model = aModel();
    const { epochs } = await model.fit(stream, { ...options, callbacks: [watching] });
    expect(new Set(seen)).toEqual(new Set([Number.POSITIVE_INFINITY]));
    expect([seen.length, epochs.length, model.updates]).toEqual([8, 2, 8]);
    await model.dispose();
  });

  test('are closed when the training stops, whatever stopped it', async () => {
    let open = 0;
    const watched: ExampleStream = async function* () {
      open += 1;
      try {
        yield* SAMPLES;
      } finally {
        open -= 1;
      }
    };
    const stop = (): never => {
      throw new Error('enough');
    };
    const model = aModel();
    await model.fit(watched, { ...options, callbacks: [{ onEpoch: () => 'stop' }] });
    expect(open).toBe(0);
    await expect(model.fit(watched, { ...options, callbacks: [{ onStep: stop }] })).rejects.toThrow('enough');
    expect(open).toBe(0);
    await expectRefusal(() => model.fit(watched, { ...options, resume: {} as never }), ModelError);
    expect(open).toBe(0);
    await model.dispose();
  });
});

test.each([0, 1, 7])('a signal ends the wait for sample %d that never comes, and the iterable is told', async (at) => {
  const stop = new AbortController();
  let told = 0;
  const hung: ExampleStream = () => ({
    [Symbol.asyncIterator]() {
      let i = 0;
      return {
        async next() {
          if (i < at) return { done: false, value: SAMPLES[i++] as Example };
          stop.abort();
          return new Promise<never>(() => {});
        },
        return: async () => {
          if (!stop.signal.aborted) return { done: true, value: undefined };
          told += 1;
          return new Promise<never>(() => {});
        },
      };
    },
  });
  const model = aModel();
  await expect(model.fit(hung, { ...options, signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
  expect(told).toBeGreaterThan(0);
});

describe('a run over an iterable that is stopped and goes on', () => {
  test.each<[string, Partial<FitOptions>]>([
    ['shuffled', {}],
    ['with an end of epochs', { stepsPerEpoch: 3 }],
    ['in chunks, with masks that are kept', { bptt: 2, masks: 'keep' }],
  ])('gives the bits of one that never stopped: %s', async (_, more) => {
    const told = { ...options, ...more };
    const tagged: ExampleStream = () => each(TAGGED);
    const plain = aModel(tagger());
    const { epochs } = await plain.fit(tagged, told);
    for (let stop = 0; stop < plain.updates; stop++) {
      const begun = aModel(tagger());
      const trainer = await begun.trainer(tagged, told);
      for (let step = 0; step < stop; step++) {
        await trainer.next();
        if (trainer.atEndOfEpoch && step % 2) await trainer.endEpoch();
        else if (trainer.atEndOfEpoch && step + 1 < stop) await trainer.endEpoch();
      }
      const resume = runFromFiles(runToFiles(await trainer.snapshot()));
      await trainer.finish();
      const model = aModel(tagger());
      const rest = await model.fit(tagged, { ...fitOptions(resume.spec), resume });
      expectSameBits(await model.getWeights(), await plain.getWeights());
      expect(rest.epochs).toEqual(epochs);
      await Promise.all([begun.dispose(), model.dispose()]);
    }
    await plain.dispose();
  });

  test('is refused where the iterable has less, or all examples are at hand', async () => {
    const model = aModel();
    const trainer = await model.trainer(stream, options);
    for (let step = 0; step < 3; step++) await trainer.next();
    const resume = await trainer.snapshot();
    await trainer.finish();
    const before = await model.getWeights();
    await expectRefusal(
      () => model.fit(() => each(SAMPLES.slice(0, 4)), { ...options, resume }),
      DataError,
      '3 batches',
      '2 came',
    );
    // The batches that are done would be as many, but not of the same samples.
    const wide = { ...options, batchSize: 6, shuffleBuffer: 20, epochs: 1 };
    const other = await model.trainer(stream, wide);
    for (let step = 0; step < 2; step++) await other.next();
    const state = runFromFiles(runToFiles(await other.snapshot()));
    await other.finish();
    const left = await model.getWeights();
    for (const count of [7, 10]) {
      const fewer = () => model.fit(() => each(SAMPLES.slice(0, count)), { ...wide, resume: state });
      await expectRefusal(fewer, DataError, '11 samples', `${count} came`);
    }
    expectSameBits(await model.getWeights(), left);
    await model.setWeights(before, { input: model.input as never, loss: options.loss as Loss });
    const list = { x: SAMPLES.map(({ x }) => x), y: SAMPLES.map(({ y }) => y) };
    const { shuffleBuffer: _, ...told } = options;
    await expectRefusal(() => model.fit(list, { ...told, resume }), ModelError, 'streaming');
    expectSameBits(await model.getWeights(), before);
    await model.dispose();
  });
});

describe('what cannot be learned from is one line, and leaves a model whole', () => {
  const failing = (at: number, what: () => unknown): ExampleStream =>
    async function* () {
      yield* SAMPLES.slice(0, at);
      yield what() as Example;
    };
  const thrown = new TypeError('the disk\nis gone');
  const throws = (): never => {
    throw thrown;
  };

  test.each<[string, unknown, new (...args: never[]) => Error, ...string[]]>([
    ['an iterable that gives none', () => each([]), DataError, 'at least one sample', 'gave none'],
    ['a function that throws', throws, DataError, 'sample 0', 'the disk', 'is gone'],
    ['a function that gives no iterable', () => 3, DataError, 'an iterable of { x, y }', '3 came'],
    ['a function that gives nothing', () => undefined, DataError, 'async function*', 'undefined came'],
    ['an iterable that throws at once', failing(0, throws), DataError, 'sample 0', 'is gone'],
    ['a list of none', [], DataError, 'at least one sample', 'none came'],
    ['a list of inputs', [[1], [2]], DataError, '{ x, y }', 'sample 0', '[1] came'],
    ['a Map', new Map([[0, { x: [1], y: 0 }]]), DataError, '{ x, y }', 'sample 0'],
    ['a text', 'abc', OptionError, '{ x, y }', '"abc" came'],
    ['what is no example', () => [5], DataError, '{ x, y }', 'sample 0', '5 came'],
    ['an example without a target', () => [{ x: [1] }], DataError, '{ x, y }', 'sample 0'],
    ['an example with a name that nobody knows', () => [{ x: [1], y: 0, z: 1 }], OptionError, 'sample 0', '"z"'],
    ['a target that is no class', () => [{ x: [1], y: 2 }], DataError, 'sample 0', 'a class from 0 to 1'],
    ['a sample that is none', () => [{ x: [9], y: 0 }], DataError, 'sample 0', 'from 0 to 5'],
  ])('%s', async (_, examples, error, ...parts) => {
    const model = aModel();
    await expectRefusal(() => model.fit(examples as ExampleStream, options), error, ...parts);
    expect([model.updates, model.input]).toEqual([0, null]);
    // It can be trained as if nothing had been.
    await model.fit(stream, options);
    expect(model.updates).toBe(8);
    await model.dispose();
  });

  test.each<[string, () => unknown, new (...args: never[]) => Error, ...string[]]>([
    ['throws', throws, DataError, 'sample 8', 'is gone'],
    ['changes its shape', () => ({ x: [[1, 2]], y: 0 }), DataError, 'sample 8'],
    ['has a class too many', () => ({ x: [1], y: 7 }), DataError, 'sample 8', '7 came'],
    ['gives null', () => null, DataError, 'sample 8', 'null came'],
  ])('an iterable that %s in the middle', async (_, what, error, ...parts) => {
    const model = aModel();
    const told = { ...options, shuffleBuffer: 1 };
    const before = await weightsAfter(() => SAMPLES.slice(0, 6), { ...told, epochs: 1 });
    const failure = await model.fit(failing(8, what), told).catch((reason: unknown) => reason);
    await expectRefusal(() => Promise.reject(failure), error, ...parts);
    expect(failure).toBeInstanceOf(KeepgateError);
    if (what === throws) expect((failure as Error).cause).toBe(thrown);
    // The two batches before it are learned.
    expect(model.updates).toBe(2);
    expectSameBits(await model.getWeights(), before.weights);
    await model.dispose();
  });

  test('an iterable that gives none in the second epoch', async () => {
    const model = aModel();
    const once: ExampleStream = (epoch) => each(epoch === 1 ? SAMPLES : []);
    await expectRefusal(() => model.fit(once, options), DataError, 'epoch 2', 'gave none');
    expect([model.updates, model.epochs]).toEqual([4, 1]);
    await model.dispose();
  });

  test.each<[string, ExampleStream, Partial<FitOptions>, number]>([
    ['weights of 0', () => SAMPLES.map((one) => ({ ...one, weight: 0 })), {}, 0],
    ['weights of 0 in the second epoch', (n) => SAMPLES.map((one) => ({ ...one, weight: 2 - n })), {}, 4],
    ['a class that weighs 0', () => SAMPLES.filter(({ y }) => y === 1), { classWeight: [1, 0] }, 0],
    ['targets that are left out', () => SAMPLES.map((one) => ({ ...one, y: -1 })), {}, 0],
    [
      'weights of 0 up to the end of the epoch',
      () => SAMPLES.map((one, i) => ({ ...one, weight: i < 6 ? 0 : 1 })),
      { shuffleBuffer: 1, stepsPerEpoch: 2 },
      1,
    ],
  ])('an epoch of %s', async (_, examples, more, updates) => {
    const model = aModel();
    const loss = softmaxCrossEntropy({ ignoreIndex: -1 });
    const told = { ...options, loss, shuffleBuffer: 20, ...more };
    await expectRefusal(
      () => model.fit(examples, told),
      DataError,
      'weight is above 0',
      updates > 3 ? 'epoch 2' : 'epoch 1',
    );
    expect(model.updates).toBe(updates);
    await model.dispose();
  });

  test('options that do not go with the examples', async () => {
    const model = aModel();
    const list = { x: [[1]], y: [0] };
    const { shuffleBuffer: _, ...told } = options;
    for (const more of [{ stepsPerEpoch: 2 }, { shuffleBuffer: 2 }])
      await expectRefusal(() => model.fit(list, { ...told, ...more }), OptionError, 'from an iterable');
    for (const more of [{ stepsPerEpoch: 0 }, { shuffleBuffer: 0 }, { shuffleBuffer: 1.5 }])
      await expectRefusal(() => model.fit(stream, { ...told, ...more }), OptionError, 'whole number from 1');
    await expectRefusal(() => model.fit(stream, { ...told, classWeight: 'balanced' }), OptionError, 'weights by class');
    await expectRefusal(() => model.fit(stream, { ...told, validationSplit: 0.5 }), OptionError, 'all at hand');
    await expectRefusal(() => model.fit(() => [{ x: [1], y: 0, weight: -1 }], told), DataError, 'weight of sample 0');
    await expectRefusal(
      () => model.fit(stream, { ...told, stateful: true, shuffleBuffer: 5 }),
      OptionError,
      'stateful',
    );
    await expectRefusal(
      () => model.fit(() => each(SAMPLES), { ...told, stateful: true }),
      DataError,
      'batches of 3 samples',
      '2 came last',
    );
    await model.dispose();
    const numbers = sequential([dense({ units: 1 })], { engine: 'simd' });
    const huge: ExampleStream = () => [
      { x: [1], y: [1] },
      { x: [1e39], y: [1] },
    ];
    await expectRefusal(
      () => numbers.fit(huge, { ...told, loss: meanSquaredError() }),
      DataError,
      'float32',
      'the input of sample 1',
    );
    await numbers.dispose();
  });
});
