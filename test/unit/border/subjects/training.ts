import * as keepgate from 'keepgate';
import { type Arguments, type Kind, kind } from './arguments.ts';

const {
  accuracy,
  adam,
  createEngine,
  dense,
  exponentialDecay,
  key,
  meanSquaredError,
  sequential,
  softmaxCrossEntropy,
} = keepgate;

const engine = await createEngine('reference');

/** What writes sequences. */
const writer = sequential(
  [
    keepgate.encoderDecoder({
      encoder: [keepgate.embedding({ vocabulary: 3, units: 2 }), keepgate.gru({ units: 2 })],
      decoder: [keepgate.embedding({ vocabulary: 5, units: 2 }), keepgate.gru({ units: 2, returnSequences: true })],
    }),
    dense({ units: 5, activation: 'softmax' }),
  ],
  { engine },
);
await writer.build(
  { inputs: { source: { kind: 'tokens', vocabulary: 3 }, target: { kind: 'tokens', vocabulary: 5 } } },
  key(1),
);

/** Targets that a softmax learns from. */
export function examples(): { x: number[][]; y: number[] } {
  return {
    x: [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    y: [0, 1, 1],
  };
}

/** Two of each class. */
function examples4(): { x: number[][]; y: number[] } {
  return {
    x: [
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ],
    y: [0, 1, 1, 0],
  };
}

const FIT = () => ({
  key: { ...key(1) },
  epochs: 1,
  loss: softmaxCrossEntropy(),
  batchSize: 2,
  optimizer: adam({ learningRate: exponentialDecay({ initial: 0.1, factor: 0.5, every: 2 }) }),
  clipNorm: 1,
  clipValue: 0.5,
  regularization: { l1: { kernel: 0.1 }, l2: 0.1, weightDecay: { bias: 0.1 }, maxNorm: { recurrent: 1 } },
  fraternal: { kappa: 0.1 },
  metrics: [accuracy()],
  validation: examples(),
  classWeight: { 1: 2 },
  sampling: 'balanced' as const,
  callbacks: [{ onEpoch: () => undefined, onStep: () => undefined, onEnd: () => undefined }],
  signal: { aborted: false },
});

const layers = () => [dense({ units: 3, activation: 'tanh' }), keepgate.dropout({ rate: 0.2 }), dense({ units: 2 })];

export async function trainedModel(): Promise<keepgate.Model> {
  const model = sequential(layers(), { engine });
  await model.fit(examples(), { key: key(1), epochs: 1, loss: softmaxCrossEntropy() });
  return model;
}

/** Sequences with a target at every step. */
function sequences(): { x: number[][][]; y: number[][][] } {
  return {
    x: [
      [[1], [2], [3]],
      [[4], [5], [6]],
    ],
    y: [
      [[1], [2], [3]],
      [[0], [1], [0]],
    ],
  };
}

async function* stream(): AsyncGenerator<keepgate.Example> {
  const { x, y } = sequences();
  for (const [i, one] of x.entries()) yield { x: one, y: y[i] as number[][] };
}

function sequenceRun(): Pick<keepgate.FitOptions, 'key' | 'epochs' | 'batchSize' | 'loss' | 'bptt' | 'masks'> {
  return { key: { ...key(1) }, epochs: 1, batchSize: 2, loss: meanSquaredError(), bptt: 2, masks: 'keep' };
}

async function sequenceModel(): Promise<keepgate.Model> {
  const model = sequential([keepgate.gru({ units: 1, returnSequences: true })], { engine });
  await model.fit(sequences(), sequenceRun());
  return model;
}

/** One that has done all steps of an epoch. */
async function aTrainer(): Promise<keepgate.Trainer> {
  const model = sequential(layers(), { engine });
  return model.trainer(examples(), { key: key(1), epochs: 9, batchSize: 2, loss: softmaxCrossEntropy() });
}

async function aSnapshot(): Promise<keepgate.RunState> {
  const trainer = await aTrainer();
  await trainer.next();
  const state = await trainer.snapshot();
  await trainer.finish();
  return state;
}

const snapshot = await aSnapshot();
const files = keepgate.runToFiles(snapshot) as Record<string, string | Uint8Array>;
const bytesOf = (data: string | Uint8Array): Uint8Array =>
  typeof data === 'string' ? new TextEncoder().encode(data) : data;

/** What a run predicts, and how far it is. */
async function stateOf(model: keepgate.Model): Promise<unknown> {
  return [model.updates, model.epochs, model.input, model.loss?.config, await model.getWeights()];
}

/** Models, losses, optimizers, schedules, metrics and runs. */
export const TRAINING: Arguments = {
  teacherForcing: () => [[[1, 2], [3]], { start: 4, end: 5 }],
  decode: () => [
    writer,
    [[1, 2]],
    { start: 3, end: 4, maxLength: 2, beam: 2, lengthPenalty: 0.5, signal: { aborted: false } },
  ],
  sequential: () => [layers(), { engine: 'reference' }],
  loadModel: () => [memory(), { engine, layers: {}, losses: {} }],
  modelFromFiles: () => [{ ...saved }, { engine, layers: {}, losses: {} }],
  progressBar: () => [{ title: 't', print: () => undefined }],
  softmaxCrossEntropy: () => [{ labelSmoothing: 0.1, ignoreIndex: -1 }],
  binaryCrossEntropy: () => [{ labelSmoothing: 0.1, ignoreNaN: true }],
  meanSquaredError: () => [{ ignoreNaN: true }],
  meanAbsoluteError: () => [{ ignoreNaN: true }],
  huber: () => [{ delta: 0.5, ignoreNaN: true }],
  adam: () => [{ learningRate: 0.1, beta1: 0.8, beta2: 0.9, epsilon: 1e-7 }],
  adamW: () => [{ learningRate: exponentialDecay({ initial: 0.1, factor: 0.5, every: 3 }), weightDecay: 0.1 }],
  sgd: () => [{ learningRate: 0.1, momentum: 0.5 }],
  rmsprop: () => [{ learningRate: 0.1, alpha: 0.8, epsilon: 1e-7, momentum: 0.5, centered: true }],
  adagrad: () => [{ learningRate: 0.1, initialAccumulator: 0.1, epsilon: 1e-7 }],
  nadam: () => [{ learningRate: 0.1, beta1: 0.8, beta2: 0.9, epsilon: 1e-7, momentumDecay: 0.01 }],
  radam: () => [{ learningRate: 0.1, beta1: 0.8, beta2: 0.9, epsilon: 1e-7 }],
  exponentialDecay: () => [{ initial: 0.1, factor: 0.5, every: 3, by: 'epoch' }],
  stepDecay: () => [{ initial: 0.1, factor: 0.5, every: 3, by: 'epoch' }],
  cosineDecay: () => [{ initial: 0.1, over: 9, final: 0.01, by: 'update' }],
  linearWarmUp: () => [
    { to: exponentialDecay({ initial: 0.1, factor: 0.5, every: 3 }), over: 4, from: 0.1, by: 'epoch' },
  ],
  oneCycle: () => [{ peak: 0.1, over: 9, rise: 0.4, startDivisor: 10, endDivisor: 100, shape: 'linear', by: 'update' }],
  reduceOnPlateau: () => [
    {
      initial: 0.1,
      monitor: 'training.loss',
      mode: 'max',
      factor: 0.5,
      patience: 1,
      minDelta: 0.1,
      cooldown: 1,
      minimum: 0.01,
    },
  ],
  accuracy: () => [],
  topK: () => [2],
  auc: () => [],
  f1: () => [{ average: 'macro', name: 'F' }],
  precision: () => [{ of: 1 }],
  recall: () => [{ average: 'micro' }],
  classificationReport: () => [
    ['a', 'b'],
    ['a', 'a'],
    ['a', 'b'],
  ],
  stratifiedKFold: () => [examples4(), { folds: 2, repeats: 2, key: { ...key(1) } }],
  crossValidate: () => [
    () => sequential(layers(), { engine }),
    examples4(),
    { folds: 2, repeats: 1, key: { ...key(1) }, fit: { epochs: 1, loss: softmaxCrossEntropy() } },
  ],
  compareSchemes: () => [
    { none: [], other: [] },
    async () => ({ scores: { loss: 1 } }),
    { seeds: [1, 2, 3], key: { ...key(1) }, baseline: 'none', confidence: 0.9, resamples: 20 },
  ],
  confusionMatrix: () => [
    [
      [0.2, 0.8],
      [0.9, 0.1],
    ],
    [1, 0],
    2,
  ],
  bitsPerCharacter: () => [],
  perplexity: () => [],
  meanAbsoluteErrorMetric: () => [],
  rootMeanSquaredError: () => [],
  r2: () => [],
  ntAsgd: () => [{ interval: 2, monitor: 'training.loss', mode: 'min' }],
  swa: () => [{ from: 2 }],
  checkpoint: () => [{ dir: 'checkpoints', every: 30, keep: 2, onWarning: () => {} }],
  earlyStopping: () => [{ monitor: 'training.loss', mode: 'min', patience: 2, minDelta: 0.1, restoreBest: false }],
  argmax: () => [[0.2, 0.8]],
  defineLoss: () => [{ type: 'mine', make: () => ({}), parse: () => [] }],
  defineOptimizer: () => [{ type: 'mine', make: () => ({}) }],
  defineSchedule: () => [{ type: 'mine', make: () => ({}) }],
  fitOptions: () => [structuredClone(snapshot.spec), { losses: {}, optimizers: {}, schedules: {} }],
  runToFiles: () => [{ ...snapshot, weights: { ...snapshot.weights }, slots: { ...snapshot.slots } }],
  runFromFiles: () => [Object.fromEntries(Object.entries(files).map(([name, data]) => [name, bytesOf(data)]))],
};

const saved = await (await trainedModel()).toFiles();

/** A place in memory with a model in it. */
export function memory(): keepgate.Storage {
  return filesIn(saved);
}

/** A place in memory with these files. */
export function filesIn(files: keepgate.Files): keepgate.Storage {
  return {
    write: async () => ({ warnings: [] }),
    read: async (names) =>
      Object.fromEntries(names.map((name) => [name, Uint8Array.from(bytesOf(files[name] as string | Uint8Array))])),
  };
}

const numbers = (...values: number[]) => engine.upload(values, [1, values.length]);

/** What they give, by the class or by what made it. */
export const TRAINING_KINDS: Readonly<Record<string, Kind>> = {
  Model: kind<keepgate.Model>({
    make: trainedModel,
    end: (model) => model.dispose(),
    state: stateOf,
    methods: {
      learnedRates: () => [],
      dispose: () => [],
      build: () => [{ kind: 'vector', size: 2 }, { ...key(1) }],
      fit: () => [examples(), FIT()],
      trainer: () => [examples(), FIT()],
      evaluate: () => [examples(), { loss: softmaxCrossEntropy(), metrics: [accuracy()], signal: { aborted: false } }],
      predict: () => [examples().x, { signal: { aborted: false } }],
      // It takes vectors.
      stream: null,
      predictMC: () => [examples().x, { passes: 2, key: { ...key(1) }, first: 1, signal: { aborted: false } }],
      save: () => [memory()],
      toFiles: () => [],
      summary: () => [],
      getWeights: () => [],
      setWeights: async (model) => [
        { ...(await model.getWeights()) },
        { input: { kind: 'vector', size: 2 }, loss: softmaxCrossEntropy(), updates: 3, epochs: 1 },
      ],
    },
  }),
  'Model that is not built': kind<keepgate.Model>({
    make: () => sequential(layers(), { engine }),
    end: (model) => model.dispose(),
    state: stateOf,
    methods: {
      learnedRates: () => [],
      dispose: () => [],
      build: () => [{ over: 'batch', dtype: 'numbers', shape: [2] }, { ...key(1) }],
      fit: () => [examples(), FIT()],
      trainer: () => [examples(), FIT()],
      summary: () => [],
      // These need weights, or those of another.
      evaluate: null,
      predict: null,
      stream: null,
      predictMC: null,
      save: null,
      toFiles: null,
      getWeights: () => [],
      setWeights: null,
    },
  }),
  'Model of sequences': kind<keepgate.Model>({
    make: sequenceModel,
    end: (model) => model.dispose(),
    state: stateOf,
    methods: {
      fit: () => [stream, { ...sequenceRun(), shuffleBuffer: 2, stepsPerEpoch: 2 }],
      trainer: () => [{ ...sequences() }, { ...sequenceRun(), stateful: true }],
      evaluate: () => [{ ...sequences() }, { bptt: 2 }],
      predict: () => [sequences().x, { state: { '0.h': [[0], [1]] }, returnState: true, lengths: [3, 1] }],
      stream: () => [],
      // As of the other models.
      learnedRates: null,
      dispose: null,
      build: null,
      predictMC: null,
      save: null,
      toFiles: null,
      summary: null,
      getWeights: null,
      setWeights: null,
    },
  }),
  ModelStream: kind<keepgate.ModelStream>({
    make: async () => (await sequenceModel()).stream(),
    end: (one) => one.dispose(),
    // After dispose() it has none.
    state: async (one) => {
      try {
        return one.state();
      } catch (error) {
        return error;
      }
    },
    methods: {
      step: () => [[0.5]],
      reset: () => [{ '0.h': [[0.5]] }],
      state: () => [],
      dispose: () => [],
    },
  }),
  Trainer: kind<keepgate.Trainer>({
    make: aTrainer,
    end: (trainer) => trainer.finish(),
    methods: {
      next: () => [],
      async endEpoch(trainer) {
        while (!trainer.atEndOfEpoch) await trainer.next();
        return [];
      },
      keepWeights: () => [],
      warn: () => ['careful'],
      stop: () => [],
      epoch: () => [],
      snapshot: () => [],
      expectFinite: () => [],
      finish: () => [],
    },
  }),
  Loss: kind({
    make: () => meanSquaredError(),
    methods: { evaluate: () => [engine, numbers(1, 2), { values: numbers(2, 3), rows: 1, lengths: null }] },
  }),
  'Loss of classes': kind({
    make: () => softmaxCrossEntropy(),
    methods: {
      evaluate: () => [engine, numbers(1, 2), { values: engine.uploadIndices([1], [1]), rows: 1, lengths: null }],
    },
  }),
  Optimizer: kind({
    make: () => adam(),
    methods: {
      update: () => [
        engine,
        numbers(1, 2),
        numbers(1, 2),
        { mean: numbers(1, 2), square: numbers(1, 2) },
        { learningRate: 0.1, step: 1, scale: 1, decays: true },
      ],
    },
  }),
  Schedule: kind({
    make: () => exponentialDecay({ initial: 0.1, factor: 0.5, every: 3 }),
    methods: { at: () => [{ update: 3, epoch: 1, history: [{ epoch: 1, training: { loss: 1 }, validation: null }] }] },
  }),
  'Schedule of scores': kind({
    make: () => keepgate.reduceOnPlateau({ initial: 0.1, patience: 0, monitor: 'training.loss' }),
    methods: {
      at: () => [
        {
          update: 3,
          epoch: 2,
          history: [
            { epoch: 1, training: { loss: 1 }, validation: null },
            { epoch: 2, training: { loss: 2 }, validation: null },
          ],
        },
      ],
    },
  }),
  Metric: kind({
    make: () => accuracy(),
    methods: {
      score: () => [[0.2, 0.8], 1],
      total: () => [
        engine,
        numbers(1, 2),
        { values: engine.uploadIndices([1], [1]), rows: 1, lengths: null },
        softmaxCrossEntropy(),
      ],
    },
  }),
};
