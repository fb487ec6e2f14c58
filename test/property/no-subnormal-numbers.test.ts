import {
  adagrad,
  adam,
  adamW,
  type Cell,
  createEngine,
  dense,
  embedding,
  type Handle,
  key,
  type Layer,
  meanSquaredError,
  nadam,
  type Optimizer,
  type Ops,
  radam,
  rmsprop,
  type Scheme,
  sequential,
  sgd,
  softmaxCrossEntropy,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { SMALLEST } from '../../src/engines/trace.ts';
import { gru, lstm, rnn } from '../../src/layers/recurrent/recurrent-layers.ts';
import { uniform } from '../../src/random/draws.ts';
import { CELLS } from '../helpers/cells.ts';
import { MODELS } from '../helpers/models.ts';
import { RATES, schemesFor } from '../helpers/schemes.ts';
import { range } from '../helpers/tensors.ts';

/** 2^-126: below it, numbers of float32 are subnormal. */
const LEAST_NORMAL = 2 ** -126;

/** Operations whose results are no views and no copies. */
const OPERATIONS = [
  'run',
  'project',
  'projectInputGrad',
  'projectWeightGrad',
  'sumRows',
  'sum',
  'normalise',
  'normaliseGrad',
  'scatterAdd',
  'softmax',
  'softmaxGrad',
  'softmaxCrossEntropy',
] as const;

/**
 * Those that flush: what is smaller than 2^-100 is 0. The others need not: sums of what was flushed are multiples of 2^-123, and
 * products of it with weights have 26 bits until they are subnormal.
 */
const FLUSHING: readonly string[] = [
  'run',
  'projectWeightGrad',
  'normalise',
  'normaliseGrad',
  'softmax',
  'softmaxGrad',
  'softmaxCrossEntropy',
];

interface Watched {
  readonly engine: Ops;
  /** What came that should not, by operation; and how much was 0 or small enough to say that something had decayed. */
  found(): Promise<{ readonly wrong: readonly string[]; readonly decayed: number }>;
}

/** An engine whose every result is read. */
async function watched(create: () => Promise<Ops>): Promise<Watched> {
  const engine = await create();
  const reads: Promise<{ readonly operation: string; readonly values: Float64Array }>[] = [];
  const watch = (operation: string, handle: Handle): void => {
    reads.push(engine.read(handle).then((values) => ({ operation, values })));
  };
  const operations = engine as unknown as Record<string, (...args: readonly unknown[]) => object>;
  for (const operation of OPERATIONS) {
    const compute = (operations[operation] as (...args: readonly unknown[]) => object).bind(engine);
    operations[operation] = (...args) => {
      const result = compute(...args);
      const handles = 'shape' in result ? [result] : Object.values(result);
      for (const handle of handles) watch(operation, handle as Handle);
      return result;
    };
  }
  return {
    engine,
    async found() {
      const wrong = new Set<string>();
      let decayed = 0;
      for (const { operation, values } of await Promise.all(reads)) {
        const least = FLUSHING.includes(operation) ? SMALLEST : LEAST_NORMAL;
        for (const value of values) {
          const size = Math.abs(value);
          if (size > 0 && size < least) wrong.add(`${operation}: ${value}`);
          if (size < 2 ** -90) decayed += 1;
        }
      }
      await engine.dispose();
      return { wrong: [...wrong].slice(0, 5), decayed };
    },
  };
}

const simd = (): Promise<Ops> => createEngine('simd', { threads: 1 });

const OPTIMIZERS: readonly Optimizer[] = [
  sgd({ learningRate: 0.1, momentum: 0.9 }),
  adam({ learningRate: 0.01 }),
  adamW({ learningRate: 0.5, weightDecay: 1 }),
  rmsprop({ learningRate: 0.01, alpha: 0.5, momentum: 0.5, centered: true }),
  rmsprop({ learningRate: 0.01 }),
  adagrad({ learningRate: 0.1 }),
  nadam({ learningRate: 0.01 }),
  radam({ learningRate: 0.01, beta2: 0.9 }),
];
const optimizerOf = (row: number): Optimizer => OPTIMIZERS[row % OPTIMIZERS.length] as Optimizer;

const STEPS = [1000, 150, 37];

function layerOf(cell: Cell, dropout: Scheme): Layer {
  const options = { units: 3, dropout };
  if (cell.name === 'lstm') return lstm(options);
  if (cell.name === 'rnn') return rnn(options);
  return gru({ ...options, resetAfter: cell.name === 'gru' });
}

/** Two samples that say something in the beginning: states decay after it, and gradients before the end. */
function decaying(time: number): { x: number[][][]; y: number[][] } {
  const draws = uniform(key(5), 2 * 20 * 2);
  const sample = (n: number): number[][] =>
    range(0, time - n).map((t) => (t < 20 ? [0, 1].map((i) => (draws[40 * n + 2 * t + i] as number) - 0.5) : [0, 0]));
  return { x: [sample(0), sample(1)], y: [[0.5], [-1]] };
}

const rows = CELLS.flatMap((cell) => schemesFor(cell).map((row) => ({ cell, row, name: `${cell.name}, ${row.name}` })));

describe('no operation of a training on long sequences gives a subnormal number', () => {
  test.each(
    rows.map((one, i) => ({
      ...one,
      optimizer: optimizerOf(i),
      time: STEPS[Math.floor(i / 3) % 3] as number,
    })),
  )('$name, $time steps, $optimizer.config.type', async ({ cell, row, optimizer, time }) => {
    const { engine, found } = await watched(simd);
    const model = sequential([layerOf(cell, row.build(RATES)), dense({ units: 1 })], { engine });
    const examples = decaying(time);
    const options = { key: key(1), epochs: 2, loss: meanSquaredError(), optimizer, clipNorm: 1 };
    await model.fit(examples, options);
    await model.predict(examples.x);
    const { wrong, decayed } = await found();
    expect(wrong).toEqual([]);
    if (time >= 1000) expect(decayed).toBeGreaterThan(0);
  });
});

describe('nor does any of a training that goes on for long', () => {
  test.each(MODELS.flatMap((row, i) => ({ ...row, optimizer: optimizerOf(i) })))(
    '$name, $optimizer.config.type',
    async ({ layers, loss, examples, optimizer }) => {
      const { engine, found } = await watched(simd);
      const model = sequential(layers(), { engine });
      await model.fit(examples, { key: key(2), epochs: 150, loss, optimizer });
      await model.predict(examples.x);
      expect((await found()).wrong).toEqual([]);
    },
  );

  test.each(OPTIMIZERS)('on words that come once, $config.type', async (optimizer) => {
    const { engine, found } = await watched(simd);
    const model = sequential([embedding({ vocabulary: 40, units: 3 }), lstm({ units: 3 }), dense({ units: 2 })], {
      engine,
    });
    const options = { key: key(3), loss: softmaxCrossEntropy(), optimizer, batchSize: 1 };
    await model.fit(
      { x: range(8, 40).map((word) => [word, 1, 2]), y: range(8, 40).map((word) => word % 2) },
      { ...options, epochs: 1 },
    );
    await model.fit({ x: [[3, 1, 2]], y: [0] }, { ...options, epochs: 1200 });
    const { wrong, decayed } = await found();
    expect(wrong).toEqual([]);
    expect(decayed).toBeGreaterThan(0);
  });

  test('where classes are all but certain', async () => {
    const { engine, found } = await watched(simd);
    const model = sequential([dense({ units: 5, activation: 'softmax' }), dense({ units: 4 })], { engine });
    const x = range(0, 12).map((i) => [9 * i - 40, 60 - 11 * i]);
    await model.fit(
      { x, y: x.map((_, i) => i % 4) },
      { key: key(4), epochs: 30, loss: softmaxCrossEntropy(), optimizer: sgd({ learningRate: 5 }) },
    );
    expect((await found()).wrong).toEqual([]);
  });
});

test('the gpu engine gives none either', async () => {
  const { engine, found } = await watched(() => createEngine('gpu', { mode: 'webasm' }));
  const model = sequential([lstm({ units: 3 }), dense({ units: 1 })], { engine });
  await model.fit(decaying(400), { key: key(1), epochs: 2, loss: meanSquaredError(), optimizer: adam() });
  const { wrong, decayed } = await found();
  expect(wrong).toEqual([]);
  expect(decayed).toBeGreaterThan(0);
});
