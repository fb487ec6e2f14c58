import {
  adagrad,
  adam,
  adamW,
  createEngine,
  defineOptimizer,
  dense,
  KeepgateError,
  kernel,
  key,
  type LearningRate,
  ModelError,
  meanSquaredError,
  nadam,
  type Optimizer,
  OptionError,
  radam,
  rmsprop,
  sequential,
  sgd,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { expectOptimizer, type UpdateContext } from '../../../../src/train/optimizers/optimizer.ts';
import { restoreOptimizer } from '../../../../src/train/optimizers/optimizers.ts';
import { learningRateAt } from '../../../../src/train/schedules/learning-rate-schedule.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const ops = await createEngine('reference');
const start = [0.5, -1.25, 2];
const gradients = [
  [0.3, -0.2, 0.7],
  [-0.1, 0.4, 0.05],
  [0.6, 0.6, -0.9],
];

/** The weights after a step with each of the gradients, each multiplied by its scale. */
async function run(optimizer: Optimizer, scales: readonly number[] = [1, 1, 1]): Promise<number[]> {
  let weight = ops.upload(start, [3]);
  let slots = Object.fromEntries(optimizer.slots.map((name) => [name, ops.zeros([3])]));
  for (const [i, grad] of gradients.entries()) {
    const learningRate = learningRateAt(optimizer.learningRate, { update: i, epoch: 0 });
    const at = { step: i + 1, scale: scales[i] as number, learningRate, decays: true };
    ({ weight, slots } = { ...optimizer.update(ops, weight, ops.upload(grad, [3]), slots, at) } as {
      weight: typeof weight;
      slots: typeof slots;
    });
  }
  return [...(await ops.read(weight))];
}

/** The papers' algorithms, one weight at a time. */
function byHand(step: (w: number, g: number, memory: number[], t: number) => number): number[] {
  return start.map((initial, unit) => {
    const memory = [0, 0];
    return gradients.reduce((w, grad, i) => step(w, grad[unit] as number, memory, i + 1), initial);
  });
}

function adamStep(rate: number, decay: number) {
  return (w: number, g: number, memory: number[], t: number): number => {
    memory[0] = 0.8 * (memory[0] as number) + 0.2 * g;
    memory[1] = 0.95 * (memory[1] as number) + 0.05 * g * g;
    const [m, v] = [memory[0] / (1 - 0.8 ** t), memory[1] / (1 - 0.95 ** t)];
    return w - rate * decay * w - (rate * m) / (Math.sqrt(v) + 1e-6);
  };
}

function expectNear(actual: readonly number[], expected: readonly number[]): void {
  for (const [i, value] of actual.entries()) expect(value).toBeCloseTo(expected[i] as number, 13);
}

describe('optimizers', () => {
  test('sgd with momentum', async () => {
    const expected = byHand((w, g, memory) => {
      memory[0] = 0.7 * (memory[0] as number) + g;
      return w - 0.1 * memory[0];
    });
    expectNear(await run(sgd({ learningRate: 0.1, momentum: 0.7 })), expected);
  });

  test('adam (Kingma and Ba 2015, algorithm 1)', async () => {
    const options = { learningRate: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-6 };
    expectNear(await run(adam(options)), byHand(adamStep(0.02, 0)));
  });

  test('adamW (Loshchilov and Hutter 2019, algorithm 2)', async () => {
    const options = { learningRate: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.3 };
    expectNear(await run(adamW(options)), byHand(adamStep(0.02, 0.3)));
  });

  test('the scale is as if the gradient were smaller', async () => {
    const scaled = await run(sgd({ learningRate: 0.1 }), [0.5, 1, 0.25]);
    expectNear(
      scaled,
      start.map(
        (w, i) =>
          w -
          0.1 *
            (0.5 * (gradients[0]?.[i] as number) +
              (gradients[1]?.[i] as number) +
              0.25 * (gradients[2]?.[i] as number)),
      ),
    );
  });

  test('options out of range are told', () => {
    expect(() => adam({ learningRate: -0.1 })).toThrow(
      new OptionError('adam: a finite number from 0 was expected as learningRate, but -0.1 came'),
    );
    expect(() => adam({ beta1: 1 })).toThrow(OptionError);
    expect(() => sgd({ momentum: Number.NaN })).toThrow(OptionError);
  });
});

describe('what is left out', () => {
  test.each<[Optimizer, Record<string, unknown>]>([
    [sgd(), { type: 'sgd', learningRate: 0.01, momentum: 0 }],
    [adam(), { type: 'adam', learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }],
    [adamW(), { type: 'adamW', learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 }],
    [rmsprop(), { type: 'rmsprop', learningRate: 0.01, alpha: 0.99, epsilon: 1e-8, momentum: 0, centered: false }],
    [adagrad(), { type: 'adagrad', learningRate: 0.01, initialAccumulator: 0, epsilon: 1e-10 }],
    [nadam(), { type: 'nadam', learningRate: 0.002, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, momentumDecay: 0.004 }],
    [radam(), { type: 'radam', learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }],
  ])('has the value that is written down, and read again', async (optimizer, config) => {
    expect(optimizer.config).toEqual(config);
    const read = restoreOptimizer(optimizer.config);
    expect(read.config).toEqual(config);
    expect(await run(read)).toEqual(await run(optimizer));
    const { type, ...options } = config;
    const told = { sgd, adam, adamW, rmsprop, adagrad, nadam, radam }[type as string] as (
      given: typeof options,
    ) => Optimizer;
    expect(await run(told(options))).toEqual(await run(optimizer));
  });
});

test('weights that are not to decay do not', async () => {
  const [weight, grad] = [ops.upload(start, [3]), ops.zeros([3])];
  const slots = { mean: ops.zeros([3]), square: ops.zeros([3]) };
  const after = async (decays: boolean): Promise<number[]> => {
    const at = { learningRate: 0.5, step: 1, scale: 1, decays };
    return [...(await ops.read(adamW({ weightDecay: 0.25 }).update(ops, weight, grad, slots, at).weight))];
  };
  expect(await after(false)).toEqual(start);
  expectNear(
    await after(true),
    start.map((w) => w * (1 - 0.5 * 0.25)),
  );
});

describe('what is no option, and no optimizer', () => {
  test.each<[string, (options: never) => unknown, unknown, string]>([
    ['sgd', sgd, { momentum: 1 }, 'a number in [0, 1) was expected as momentum, but 1 came'],
    ['sgd', sgd, { momentun: 0.1 }, 'did you mean momentum?'],
    ['sgd', sgd, { learningRate: '1' }, 'learningRate'],
    ['adam', adam, { beta1: -0.1 }, 'a number in [0, 1) was expected as beta1'],
    ['adam', adam, { beta2: 1 }, 'a number in [0, 1) was expected as beta2'],
    ['adam', adam, { epsilon: -1 }, 'a finite number from 0 was expected as epsilon'],
    ['adam', adam, { weightDecay: 0.1 }, '"weightDecay" is not an option of it'],
    ['rmsprop', rmsprop, { alpha: 1 }, 'a number in [0, 1) was expected as alpha'],
    ['rmsprop', rmsprop, { momentum: -1 }, 'a number in [0, 1) was expected as momentum'],
    ['rmsprop', rmsprop, { epsilon: 0 }, 'a number above 0 was expected as epsilon'],
    ['rmsprop', rmsprop, { centered: 1 }, 'true or false was expected as centered'],
    ['rmsprop', rmsprop, { learningRate: Number.NaN }, 'as learningRate'],
    ['rmsprop', rmsprop, { rho: 0.9 }, '"rho" is not an option of it'],
    ['adagrad', adagrad, { epsilon: 0 }, 'a number above 0 was expected as epsilon'],
    ['adagrad', adagrad, { initialAccumulator: -1 }, 'a finite number from 0 was expected as initialAccumulator'],
    ['adagrad', adagrad, { learningRate: -1 }, 'as learningRate'],
    ['nadam', nadam, { beta1: 1 }, 'a number in [0, 1) was expected as beta1'],
    ['nadam', nadam, { beta2: -1 }, 'a number in [0, 1) was expected as beta2'],
    ['nadam', nadam, { epsilon: '1' }, 'a number above 0 was expected as epsilon'],
    ['nadam', nadam, { momentumDecay: -1 }, 'a finite number from 0 was expected as momentumDecay'],
    ['nadam', nadam, { learningRate: null }, 'as learningRate'],
    ['radam', radam, { beta1: 1 }, 'a number in [0, 1) was expected as beta1'],
    ['radam', radam, { beta2: 1 }, 'a number in [0, 1) was expected as beta2'],
    ['radam', radam, { epsilon: 0 }, 'a number above 0 was expected as epsilon'],
    ['radam', radam, { learningRate: -1 }, 'as learningRate'],
    ['adamW', adamW, { beta1: 1 }, 'a number in [0, 1) was expected as beta1'],
    ['adamW', adamW, { beta2: 1 }, 'a number in [0, 1) was expected as beta2'],
    ['adamW', adamW, { weightDecay: -1 }, 'a finite number from 0 was expected as weightDecay'],
    ['adamW', adamW, { decay: 1 }, '"decay" is not an option of it'],
    ['adamW', adamW, null, 'an object of options'],
  ])('%s, by its name: %3$s', async (name, make, options, message) => {
    await expectRefusal(() => make(options as never), OptionError, `${name}: `, message);
  });

  const parts = {
    config: {},
    learningRate: 0.1 as LearningRate,
    slots: [] as string[],
    update: ((_, weight) => ({ weight, slots: {} })) as Optimizer['update'],
  };
  const made = (change: object): Optimizer => defineOptimizer({ type: 'own', make: () => ({ ...parts, ...change }) })();

  test('an optimizer that is defined has all parts', async () => {
    expectOptimizer('test', made({}));
    for (const [change, message] of [
      [{ learningRate: -1 }, 'learningRate'],
      [{ learningRate: undefined }, 'learningRate'],
      [{ slots: 'mean' }, 'a list of names was expected as slots of the optimizer'],
      [{ slots: [1] }, 'a list of names was expected as slots of the optimizer'],
      [{ update: undefined }, 'a function was expected as update'],
      [{ update: {} }, 'a function was expected as update'],
    ] as const)
      await expectRefusal(() => made(change), OptionError, 'own: ', message);
    for (const change of [{ update: 1 }, { slots: null }, { slots: [1] }, { config: {} }, { config: null }]) {
      const act = (): unknown => expectOptimizer('test', { ...made({}), ...change });
      await expectRefusal(act, OptionError, 'test: an optimizer was expected');
    }
    await expectRefusal(() => expectOptimizer('test', { ...made({}), learningRate: -1 }), OptionError, 'test: ');
    await expectRefusal(() => restoreOptimizer({ type: 'own', learningRate: 1 }), ModelError, 'own');
  });

  test('an update is handed what it needs', async () => {
    const [weight, grad] = [ops.upload(start, [3]), ops.zeros([3])];
    const at: UpdateContext = { learningRate: 0.5, step: 1, scale: 1, decays: true };
    const optimizer = made({ slots: ['mean'] });
    const slots = { mean: grad };
    expect(optimizer.update(ops, weight, grad, slots, at)).toEqual({ weight, slots: {} });
    const calls: readonly (readonly [() => unknown, string])[] = [
      [() => optimizer.update(null as never, weight, grad, slots, at), 'own'],
      [() => optimizer.update(ops, 1 as never, grad, slots, at), 'weight'],
      [() => optimizer.update(ops, weight, [1] as never, slots, at), 'grad'],
      [() => optimizer.update(ops, weight, grad, null as never, at), 'slots'],
      [() => optimizer.update(ops, weight, grad, {}, at), 'the slot mean'],
      [() => optimizer.update(ops, weight, grad, slots, { ...at, learningRate: -1 }), 'learningRate'],
      [() => optimizer.update(ops, weight, grad, slots, { ...at, step: '1' as never }), 'step'],
      [() => optimizer.update(ops, weight, grad, slots, { ...at, scale: Number.NaN }), 'scale'],
      [() => optimizer.update(ops, weight, grad, slots, { ...at, rate: 1 } as never), '"rate" is not'],
    ];
    for (const [act, message] of calls) await expectRefusal(act, KeepgateError, 'own', message);
  });
});

const NEW: readonly Optimizer[] = [
  rmsprop({ learningRate: 0.1 }),
  rmsprop({ learningRate: 0.1, centered: true, momentum: 0.9 }),
  adagrad({ learningRate: 0.1 }),
  nadam({ learningRate: 0.1 }),
  radam({ learningRate: 0.1 }),
];

describe.each(['reference', 'simd', 'gpu'] as const)('weights stay finite on %s', (name) => {
  test.each(NEW.map((optimizer) => ({ type: JSON.stringify(optimizer.config), optimizer })))(
    'where gradients are 0, tiny, constant, and then large: $type',
    async ({ optimizer }) => {
      const engine = await createEngine(name);
      let weight = engine.upload(start, [3]);
      let slots: Readonly<Record<string, typeof weight>> = Object.fromEntries(
        optimizer.slots.map((slot) => [slot, engine.zeros([3])]),
      );
      for (let step = 1; step <= 300; step++) {
        const grad = engine.upload([0, step < 200 ? 1e-20 : 1e15, 0.1], [3]);
        const at = { step, scale: 1, learningRate: 0.1, decays: true };
        ({ weight, slots } = optimizer.update(engine, weight, grad, slots, at));
      }
      const found = await engine.read(weight);
      expect(found.every(Number.isFinite)).toBe(true);
      expect(found[0]).toBe(start[0]);
      await engine.dispose();
    },
  );
});

test('an update depends on its step alone, not on those that were asked for before', async () => {
  const [weight, grad] = [ops.upload(start, [3]), ops.upload([0.1, 0.2, 0.3], [3])];
  const after = async (optimizer: Optimizer, step: number): Promise<number[]> => {
    const slots = Object.fromEntries(optimizer.slots.map((slot) => [slot, grad]));
    const at = { step, scale: 1, learningRate: 0.1, decays: true };
    return [...(await ops.read(optimizer.update(ops, weight, grad, slots, at).weight))];
  };
  for (const used of NEW) {
    for (const step of [5, 1, 3, 1000, 4, 1_000_000_000, 4]) {
      const fresh = restoreOptimizer(used.config);
      expect(await after(used, step)).toEqual(await after(fresh, step));
    }
  }
});

test("an optimizer of a user's own is regularized and clipped as others are", async () => {
  const plainKernel = kernel({
    name: 'plainStep',
    inputs: { weight: ['w'], grad: ['g'] },
    scalars: ['learningRate', 'scale'],
    outputs: { weight: ['next'] },
    body: ({ sub, mul }, v) => ({ next: sub(v.w, mul(v.learningRate, mul(v.scale, v.g))) }),
  });
  const plain = defineOptimizer({
    type: 'plain',
    make: () => ({
      config: {},
      learningRate: 0.1,
      slots: [],
      update: (engine, weight, grad, slots, { learningRate, scale }) => ({
        weight: engine.run(plainKernel, { inputs: { weight, grad }, scalars: { learningRate, scale } }).weight,
        slots,
      }),
    }),
  });
  const weights = await Promise.all(
    [plain(), sgd({ learningRate: 0.1 })].map(async (optimizer) => {
      const model = sequential([dense({ units: 2 }), dense({ units: 1 })], { engine: ops });
      const regularization = { l1: 0.01, l2: 0.02, weightDecay: 0.3, maxNorm: 0.8 };
      const run = { key: key(1), epochs: 3, loss: meanSquaredError(), clipValue: 0.3, clipNorm: 0.4 };
      await model.fit(
        {
          x: [
            [0, 1],
            [1, 3],
          ],
          y: [[1], [3]],
        },
        { ...run, optimizer, regularization },
      );
      return model.getWeights();
    }),
  );
  expect(weights[0]).toEqual(weights[1]);
});
