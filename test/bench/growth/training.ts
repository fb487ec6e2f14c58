import {
  accuracy,
  binaryCrossEntropy,
  createEngine,
  dense,
  embedding,
  key,
  lstm,
  loadModel,
  type Model,
  meanSquaredError,
  type Ops,
  recurrent,
  runFromFiles,
  runToFiles,
  sample,
  sequential,
  softmaxCrossEntropy,
  TextClassifier,
  variational,
} from 'keepgate';
import { subjectOf, verify } from 'keepgate/verify';
import { memoryStorage } from '../../helpers/memory-storage.ts';
import { range } from '../../helpers/tensors.ts';
import { fromBase, type Growing, type Prepared } from './growing.ts';

const UNITS = 16;

/** Training, prediction, saving and verification, through the public API, by each of their dimensions. */
export function training(threads: number): readonly Growing[] {
  const engine = () => createEngine('simd', { threads });
  return [...fits(engine), ...predictions(engine), ...layers(engine), ...files(engine), ...checks()];
}

const tokens = (count: number, time: number, vocabulary = 100): number[][] =>
  range(0, count).map((n) => range(0, time).map((t) => (7 * n + 31 * t) % vocabulary));
const vectors = (count: number, width: number): number[][] =>
  range(0, count).map((n) => range(0, width).map((i) => Math.sin(n + 3 * i)));
const classes = (count: number): number[] => range(0, count).map((n) => n % 2);

const words = (units = UNITS, vocabulary = 100) => [
  embedding({ vocabulary, units }),
  lstm({ units, dropout: variational({ recurrent: 0.2 }) }),
  dense({ units: 2 }),
];

function fits(engine: () => Promise<Ops>): readonly Growing[] {
  const options = { key: key(1), epochs: 1, loss: softmaxCrossEntropy(), metrics: [accuracy()] };
  const texts = (
    dimension: string,
    base: number,
    examples: (size: number) => { x: number[][]; y: number[] },
  ): Growing => ({
    what: 'fit, an epoch of texts',
    dimension,
    sizes: fromBase(base),
    prepare: (size) => {
      const data = examples(size);
      return using(engine, sequentialOf(words()), (model) => model.fit(data, options));
    },
  });
  return [
    texts('examples', 64, (n) => ({ x: tokens(n, 10), y: classes(n) })),
    texts('T', 10, (time) => ({ x: tokens(32, time), y: classes(32) })),
    {
      what: 'fit, an epoch of vectors',
      dimension: 'examples',
      sizes: fromBase(256),
      prepare: (n) => {
        const data = { x: vectors(n, 20), y: classes(n) };
        const dense1 = [dense({ units: 16, activation: 'relu' as const }), dense({ units: 1 })];
        return using(engine, sequentialOf(dense1), (model) =>
          model.fit(data, { ...options, loss: binaryCrossEntropy() }),
        );
      },
    },
    {
      what: 'fit, an epoch of vectors',
      dimension: 'I',
      sizes: fromBase(64),
      prepare: (width) => {
        const data = { x: vectors(128, width), y: vectors(128, 1) };
        const of = sequentialOf([dense({ units: 16 }), dense({ units: 1 })]);
        return using(engine, of, (model) => model.fit(data, { ...options, metrics: [], loss: meanSquaredError() }));
      },
    },
    {
      what: 'fit, epochs',
      dimension: 'epochs',
      sizes: fromBase(4),
      prepare: (epochs) => {
        const data = { x: tokens(32, 5), y: classes(32) };
        return using(engine, sequentialOf(words()), (model) => model.fit(data, { ...options, epochs }));
      },
    },
    {
      what: 'a class at every step, with accuracy',
      dimension: 'V',
      sizes: fromBase(100),
      prepare: (vocabulary) => {
        const x = tokens(16, 20, vocabulary);
        const of = sequentialOf([
          embedding({ vocabulary, units: 8 }),
          lstm({ units: 8, returnSequences: true }),
          dense({ units: vocabulary }),
        ]);
        return using(engine, of, (model) => model.fit({ x, y: x }, options));
      },
    },
  ];
}

function predictions(engine: () => Promise<Ops>): readonly Growing[] {
  const trained = async (run: (model: Model) => unknown): Promise<Prepared> =>
    using(engine, sequentialOf(words()), run, (model) =>
      model.fit({ x: tokens(2, 3), y: [0, 1] }, { key: key(1), epochs: 1, loss: softmaxCrossEntropy() }),
    );
  const each = (
    what: string,
    dimension: string,
    base: number,
    run: (size: number) => (model: Model) => unknown,
  ): Growing => ({
    what,
    dimension,
    sizes: fromBase(base),
    prepare: (size) => trained(run(size)),
  });
  return [
    each('predict', 'examples', 100, (n) => {
      const x = tokens(n, 10);
      return (model) => model.predict(x);
    }),
    each('predict', 'T', 10, (time) => {
      const x = tokens(50, time);
      return (model) => model.predict(x);
    }),
    each('evaluate', 'examples', 100, (n) => {
      const data = { x: tokens(n, 10), y: classes(n) };
      return (model) => model.evaluate(data);
    }),
    each('predictMC', 'passes', 5, (passes) => {
      const x = tokens(20, 10);
      return (model) => model.predictMC(x, { key: key(1), passes });
    }),
    each('predictMC', 'examples', 20, (n) => {
      const x = tokens(n, 10);
      return (model) => model.predictMC(x, { key: key(1), passes: 5 });
    }),
  ];
}

function layers(engine: () => Promise<Ops>): readonly Growing[] {
  const sizes = { batch: 4, time: 20, inputSize: 16, hiddenSize: 16 };
  const layer = (dimension: string, base: number, size: (size: number) => Partial<typeof sizes>): Growing => ({
    what: 'recurrent, forward and backward',
    dimension,
    sizes: fromBase(base),
    async prepare(grown) {
      const { batch, time, ...widths } = { ...sizes, ...size(grown) };
      const ops = await engine();
      const made = recurrent({ cell: 'gru', ...widths, key: key(1), engine: ops });
      const x = range(0, batch).map((b) => vectors(time, widths.inputSize).map((row) => row.map((v) => v + b)));
      const plan = sample(variational({ recurrent: 0.25 }), key(2), made.extents(batch, time));
      return {
        async run() {
          const run = await made.forward(x, { plan });
          await run.backward({ y: run.y });
          run.dispose();
        },
        async end() {
          await made.dispose();
          await ops.dispose();
        },
      };
    },
  });
  const extents = { batch: 32, time: 50, inputSize: 64, hiddenSize: 64, gates: 4 };
  const masks = (dimension: keyof typeof extents, base: number): Growing => ({
    what: 'masks of each step, drawn',
    dimension,
    sizes: fromBase(base),
    prepare: (size) => ({
      run: () =>
        sample([{ site: 'recurrent', rate: 0.25, scope: 'step' }], key(1), { ...extents, [dimension]: size }).masks
          .recurrent?.values,
    }),
  });
  return [
    layer('batch', 4, (batch) => ({ batch })),
    layer('time', 20, (time) => ({ time })),
    masks('batch', 8),
    masks('time', 20),
    masks('hiddenSize', 16),
  ];
}

function files(engine: () => Promise<Ops>): readonly Growing[] {
  const built = (vocabulary: number, run: (model: Model) => unknown): Promise<Prepared> =>
    using(engine, sequentialOf(words(UNITS, vocabulary)), run, (model) =>
      model.fit({ x: tokens(2, 3), y: [0, 1] }, { key: key(1), epochs: 1, loss: softmaxCrossEntropy() }),
    );
  const texts = (count: number) => ({
    texts: range(0, count).map((n) =>
      range(0, 8)
        .map((i) => `word${(n * 13 + i * 7) % 500}`)
        .join(' '),
    ),
    labels: range(0, count).map((n) => `label ${n % 2}`),
  });
  return [
    {
      what: 'save',
      dimension: 'V',
      sizes: fromBase(4000),
      prepare: (vocabulary) => built(vocabulary, (model) => model.save(memoryStorage())),
    },
    {
      what: 'loadModel',
      dimension: 'V',
      sizes: fromBase(4000),
      async prepare(vocabulary) {
        const storage = memoryStorage();
        const ops = await engine();
        const model = sequential(words(UNITS, vocabulary), { engine: ops });
        await model.fit({ x: tokens(2, 3), y: [0, 1] }, { key: key(1), epochs: 1, loss: softmaxCrossEntropy() });
        await model.save(storage);
        return {
          run: async () => (await loadModel(storage, { engine: ops })).dispose(),
          end: () => ops.dispose(),
        };
      },
    },
    {
      what: 'runToFiles, runFromFiles',
      dimension: 'V',
      sizes: fromBase(1000),
      async prepare(vocabulary) {
        const ops = await engine();
        const model = sequential(words(UNITS, vocabulary), { engine: ops });
        const trainer = await model.trainer(
          { x: tokens(2, 3), y: [0, 1] },
          { key: key(1), epochs: 2, loss: softmaxCrossEntropy() },
        );
        await trainer.next();
        const state = await trainer.snapshot();
        return {
          run: () => runFromFiles(runToFiles(state)),
          async end() {
            await trainer.finish();
            await ops.dispose();
          },
        };
      },
    },
    {
      what: 'TextClassifier.from',
      dimension: 'texts',
      sizes: fromBase(500),
      prepare(count) {
        const data = texts(count);
        return {
          run: () => TextClassifier.from(data, { level: 'word', layers: ({ vocabulary }) => words(8, vocabulary) }),
        };
      },
    },
  ];
}

function checks(): readonly Growing[] {
  const subject = subjectOf({ cell: 'rnn', scheme: variational({ recurrent: 0.35 }) });
  return [
    {
      what: 'verify',
      dimension: 'runs',
      sizes: [2, 8, 32],
      prepare: (runs) => ({ run: () => verify(subject, { seed: 1, runs }) }),
    },
  ];
}

type Layers = Parameters<typeof sequential>[0];

function sequentialOf(given: Layers): (engine: Ops) => Model {
  return (engine) => sequential(given, { engine });
}

/** A model on an engine of its own. */
async function using(
  create: () => Promise<Ops>,
  make: (engine: Ops) => Model,
  run: (model: Model) => unknown,
  first?: (model: Model) => unknown,
): Promise<Prepared> {
  const engine = await create();
  const model = make(engine);
  await first?.(model);
  return {
    run: () => run(model),
    async end() {
      await model.dispose();
      await engine.dispose();
    },
  };
}
