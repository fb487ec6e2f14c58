import {
  adam,
  curriculum,
  DataError,
  DivergedError,
  dense,
  type AnyExamples,
  embedding,
  type FitOptions,
  type Handle,
  key,
  type Layer,
  lstm,
  type Model,
  ModelError,
  meanSquaredError,
  naive,
  OptionError,
  sequential,
  sgd,
  softmaxCrossEntropy,
  stepDecay,
  type Tensor,
  variational,
  zoneout,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../../../src/engines/reference/engine.ts';
import { MODELS } from '../../helpers/models.ts';
import { expectSameBits } from '../../helpers/numeric.ts';

/** Which of two tokens came first: a task that needs memory. */
function firstToken(count: number): AnyExamples {
  const x = Array.from({ length: count }, (_, i) => [
    1 + (i % 2),
    ...Array.from({ length: 2 + (i % 4) }, (_, j) => 3 + ((i * 7 + j) % 3)),
  ]);
  return { x, y: x.map(([first]) => (first as number) - 1) };
}

function memoryModel(): Model {
  const dropout = [variational({ input: 0.1, recurrent: 0.15 }), zoneout({ hidden: 0.05, scope: 'step' })];
  return sequential([embedding({ vocabulary: 6, units: 4 }), lstm({ units: 6, dropout }), dense({ units: 2 })]);
}

const basic: FitOptions = {
  key: key(3),
  epochs: 2,
  batchSize: 8,
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.02 }),
};

async function weightsAfter(model: Model, examples: AnyExamples, options: FitOptions): Promise<Record<string, Tensor>> {
  await model.fit(examples, options);
  return model.getWeights();
}

describe('fit', () => {
  test('learns, and its history says so', async () => {
    const model = memoryModel();
    const history = await model.fit(firstToken(96), { ...basic, epochs: 12, validation: firstToken(20) });
    expect(history.epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(history.epochs[0]?.training.loss).toBeGreaterThan(0.5);
    expect(history.epochs[11]?.validation).toMatchObject({ accuracy: 1 });
    expect(await model.evaluate(firstToken(20))).toEqual(history.epochs[11]?.validation);
  });

  test.each(MODELS)('one seed, one result, bit for bit: $name', async ({ layers, loss, examples }) => {
    const options = { ...basic, loss, batchSize: 2 };
    const [a, b] = [sequential(layers()), sequential(layers())];
    expectSameBits(await weightsAfter(a, examples, options), await weightsAfter(b, examples, options));
    const other = await weightsAfter(sequential(layers()), examples, { ...options, key: key(4) });
    expect(Object.values(other).map((w) => [...w.data])).not.toEqual(
      Object.values(await a.getWeights()).map((w) => [...w.data]),
    );
  });

  test('evaluation in between changes nothing', async () => {
    const plain = await weightsAfter(memoryModel(), firstToken(24), basic);
    const model = memoryModel();
    const evaluated = await weightsAfter(model, firstToken(24), { ...basic, validation: firstToken(10) });
    expectSameBits(evaluated, plain);
  });

  test('a model goes on from its weights', async () => {
    const model = memoryModel();
    const first = await weightsAfter(model, firstToken(24), basic);
    const second = await weightsAfter(model, firstToken(24), { ...basic, key: key(8) });
    expect(second['1.weight_hh_l0']?.toFlat()).not.toEqual(first['1.weight_hh_l0']?.toFlat());
  });

  test('clipNorm limits the step', async () => {
    const options = { ...basic, epochs: 1, batchSize: 24, optimizer: sgd({ learningRate: 1 }) };
    const start = memoryModel();
    await start.build({ kind: 'tokens', vocabulary: 6 }, key(1));
    const before = await start.getWeights();
    const after = await weightsAfter(start, firstToken(24), { ...options, clipNorm: 1e-3 });
    const moved = Object.entries(after).flatMap(([name, w]) =>
      [...w.data].map((value, i) => value - (before[name]?.data[i] as number)),
    );
    expect(Math.hypot(...moved)).toBeCloseTo(1e-3, 7);
  });

  test('callbacks see every step and epoch, in order', async () => {
    const seen: string[] = [];
    const callback = {
      onStep: ({ step, steps }: { step: number; steps: number }) => seen.push(`${step}/${steps}`),
      onEpoch: ({ epoch }: { epoch: number }) => seen.push(`epoch ${epoch}`),
    };
    await memoryModel().fit(firstToken(12), { ...basic, callbacks: [callback] });
    expect(seen).toEqual(['1/4', '2/4', 'epoch 1', '3/4', '4/4', 'epoch 2']);
  });

  test('callbacks are waited for, can use the model as it is by then, and can end the training', async () => {
    const model = memoryModel();
    const seen: unknown[] = [];
    const { epochs } = await model.fit(firstToken(24), {
      ...basic,
      epochs: 9,
      validation: firstToken(10),
      callbacks: [
        {
          onStep: async () => void (await model.predict([[1, 3]])),
          onEpoch: async ({ epoch, validation }) => {
            seen.push([await model.evaluate(firstToken(10)), validation]);
            return epoch === 3 ? 'stop' : undefined;
          },
        },
      ],
    });
    expect(epochs).toHaveLength(3);
    for (const [evaluated, validation] of seen as [unknown, unknown][]) expect(evaluated).toEqual(validation);
  });

  test('what a callback throws ends the training with good weights, even null', async () => {
    const model = memoryModel();
    const onEpoch = (): never => {
      throw null;
    };
    await expect(model.fit(firstToken(24), { ...basic, callbacks: [{ onEpoch }] })).rejects.toBeNull();
    expect(await model.predict([[1, 3]])).toHaveLength(1);
  });

  test('a second fit, or other weights, while it is at work are refused', async () => {
    const model = memoryModel();
    const refused: unknown[] = [];
    const onStep = async (): Promise<void> => {
      refused.push(await model.fit(firstToken(4), basic).catch((error) => error));
      refused.push(await model.build({ kind: 'tokens', vocabulary: 6 }, key(1)).catch((error) => error));
    };
    await model.fit(firstToken(8), { ...basic, epochs: 1, callbacks: [{ onStep }] });
    expect(refused.map((error) => error instanceof ModelError)).toEqual([true, true]);
  });

  test('a weight that no gradient reaches stays as it is', async () => {
    const frozen = dense({ units: 2 });
    const still: Layer = {
      ...frozen,
      run: (context, weights, inputs) => {
        const run = frozen.run(
          context,
          weights as Parameters<typeof frozen.run>[1],
          inputs as Parameters<typeof frozen.run>[2],
        );
        return { ...run, backward: (grads) => ({ ...run.backward(grads as { y: Handle }), weights: {} }) };
      },
    };
    const model = sequential([lstm({ units: 2 }), still, dense({ units: 2 })]);
    await model.build({ kind: 'sequence', size: 1 }, key(2));
    const before = await model.getWeights();
    const after = await weightsAfter(model, { x: [[[1]], [[2]], [[0.5]]], y: [0, 1, 0] }, { ...basic, batchSize: 1 });
    expect(after['1.weight']).toEqual(before['1.weight']);
    expect(after['2.weight']).not.toEqual(before['2.weight']);
    await expect(model.fit({ x: [[[1]]], y: [0] }, basic)).resolves.toBeDefined();
  });

  test('the history carries the warnings of the schemes', async () => {
    const model = sequential([
      embedding({ vocabulary: 6, units: 2 }),
      lstm({ units: 2, dropout: naive({ input: 0 }) }),
      dense({ units: 2 }),
    ]);
    const { warnings } = await model.fit(firstToken(4), { ...basic, epochs: 1 });
    expect(warnings).toEqual(['input: rate 0 has no effect']);
  });

  test('frees all buffers but the weights', async () => {
    const engine = createReferenceEngine();
    const model = sequential([embedding({ vocabulary: 6, units: 4 }), lstm({ units: 6 }), dense({ units: 2 })], {
      engine,
    });
    await model.fit(firstToken(24), { ...basic, validation: firstToken(6) });
    await model.predict(firstToken(6).x);
    expect(engine.liveBuffers).toBe(Object.keys(await model.getWeights()).length);
  });
});

describe('a loss that is not finite', () => {
  const divergent = { x: [[[1e200]], [[1]]], y: [[1], [2]] };
  // In float64, where 1e200 is a number.
  const build = (): Model => sequential([lstm({ units: 2 }), dense({ units: 1 })], { engine: 'reference' });

  test('stops training, says at which step, and keeps the last good weights', async () => {
    const model = build();
    const options = {
      ...basic,
      epochs: 50,
      batchSize: 2,
      loss: meanSquaredError(),
      optimizer: sgd({ learningRate: 1e160 }),
    };
    const examples = { x: [[[0.5]], [[-1]]], y: [[1], [2]] };
    const losses: number[] = [];
    const stopped = await model
      .fit(examples, { ...options, callbacks: [{ onStep: ({ loss }) => losses.push(loss) }] })
      .catch((error) => error);
    expect(stopped).toBeInstanceOf(DivergedError);
    expect(stopped.step).toBe(losses.length + 1);
    expect(stopped.message).toBe(
      `fit: a finite loss was expected, but step ${stopped.step} gave a loss of Infinity; the last good weights are kept: lower the learning rate or set clipNorm`,
    );
    // The weights are those that gave the last finite loss: evaluated, they give it again.
    expect((await model.evaluate(examples)).loss).toBe(losses.at(-1));
  });

  test('a target too large for the loss is found at the first step, and the fresh weights stay', async () => {
    const model = build();
    const stopped = await model
      .fit({ ...divergent, y: [[1e200], [1]] }, { ...basic, loss: meanSquaredError() })
      .catch((error) => error);
    expect(stopped).toBeInstanceOf(DivergedError);
    expect(stopped.step).toBe(1);
    expect(Object.values(await model.getWeights()).every((w) => [...w.data].every(Number.isFinite))).toBe(true);
  });
});

describe('what cannot be trained on', () => {
  const attempt = async (
    x: AnyExamples['x'],
    y: AnyExamples['y'],
    options: Partial<FitOptions> = {},
  ): Promise<unknown> => sequential([lstm({ units: 2 }), dense({ units: 2 })]).fit({ x, y }, { ...basic, ...options });
  const sequence = [
    [0.5, 1],
    [2, -1],
  ];

  test.each([
    [
      'NaN in a batch',
      () => attempt([sequence, [[Number.NaN, 1]]], [0, 1]),
      DataError,
      /a finite number was expected at sample 1, step 0, but NaN came/,
    ],
    ['rows of different width', () => attempt([sequence, [[1]]], [0, 1]), Error, /2 numbers were expected/],
    ['a class that the model lacks', () => attempt([sequence], [2]), DataError, /a class from 0 to 1 was expected/],
    ['fewer targets than inputs', () => attempt([sequence, sequence], [1]), DataError, /2 inputs and 1 targets came/],
    ['no samples', () => attempt([], []), DataError, /at least one sample was expected/],
    [
      'no epochs',
      () => attempt([sequence], [1], { epochs: 0 }),
      OptionError,
      /a whole number from 1 was expected as epochs, but 0 came/,
    ],
    [
      'a negative clipNorm',
      () => attempt([sequence], [1], { clipNorm: -1 }),
      OptionError,
      /a number above 0 was expected as clipNorm/,
    ],
    ['no key', () => attempt([sequence], [1], { key: undefined as never }), OptionError, /make one with key\(seed\)/],
  ] as const)('%s', async (_, act, type, message) => {
    const error = await act().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain('\n');
  });

  test('what cannot be trained on changes nothing: not a fresh model, not a trained one', async () => {
    const model = sequential([lstm({ units: 2 }), dense({ units: 2 })]);
    const bad = { x: [sequence, [[1, Number.NaN]]], y: [0, 1] };
    await expect(model.fit(bad, { ...basic, batchSize: 1 })).rejects.toThrow(DataError);
    await expect(model.fit({ x: [[[1, 2, 3]]], y: [5] }, basic)).rejects.toThrow(DataError);
    await expect(model.predict([sequence])).rejects.toThrow(/there are none yet/);
    await model.fit({ x: [sequence], y: [1] }, basic);
    const before = await model.predict([sequence]);
    await expect(model.fit(bad, { ...basic, batchSize: 1 })).rejects.toThrow(DataError);
    await expect(model.fit({ x: [sequence], y: [1] }, { ...basic, validation: bad })).rejects.toThrow(DataError);
    expect(await model.predict([sequence])).toEqual(before);
  });

  test('token ids outside the vocabulary', async () => {
    await expect(memoryModel().fit({ x: [[1, 6]], y: [0] }, basic)).rejects.toThrow(
      new DataError(
        "examples: token ids from 0 to 5 were expected, but sample 0 has 6 at step 1; enlarge the embedding's vocabulary",
      ),
    );
  });

  test('an activation that the loss cannot work with', async () => {
    const model = sequential([lstm({ units: 2 }), dense({ units: 2, activation: 'relu' })]);
    await expect(model.fit({ x: [sequence], y: [1] }, basic)).rejects.toThrow(
      new ModelError(
        'softmaxCrossEntropy: a last layer that is linear or ends in softmax was expected, but it ends in relu',
      ),
    );
  });
});

test('the history says how the updates of each epoch went', async () => {
  const layers = [
    embedding({ vocabulary: 5, units: 3 }),
    lstm({
      units: 3,
      dropout: [...variational({ recurrent: 0.25 }), ...zoneout({ hidden: curriculum(0.5, { gamma: 0.1 }) })],
    }),
    dense({ units: 2 }),
  ];
  const model = sequential(layers, { engine: 'reference' });
  const examples = { x: [[1, 2], [3], [4, 1, 2], [2]], y: [0, 1, 1, 0] };
  const optimizer = adam({ learningRate: stepDecay({ initial: 0.1, factor: 0.5, every: 1, by: 'epoch' }) });
  const told = { key: key(1), epochs: 3, batchSize: 2, loss: softmaxCrossEntropy(), optimizer };
  const { epochs } = await model.fit(examples, told);
  expect(epochs.map(({ updates }) => updates?.learningRate)).toEqual([0.1, 0.05, 0.025]);
  const rates = epochs.map(({ updates }) => updates?.dropoutRates ?? {});
  // After 1, 3 and 5 updates.
  for (const [i, rate] of rates.entries()) {
    expect(Object.keys(rate)).toEqual(['1.recurrent_l0', '1.zoneHidden_l0']);
    expect(rate['1.recurrent_l0']).toBe(0.25);
    expect(rate['1.zoneHidden_l0']).toBeCloseTo(0.5 * (1 - Math.exp(-0.1 * (2 * i + 1))), 12);
  }
  // A clip at what the norms were changes nothing, and one at half of them does: they are those before it.
  const norms = epochs.map(({ updates }) => updates?.gradientNorm ?? 0);
  for (const norm of norms) expect(norm).toBeGreaterThan(1e-4);
  const other = sequential(layers, { engine: 'reference' });
  const clipped = await other.fit(examples, { ...told, epochs: 1, batchSize: 4, clipNorm: 1e-9 });
  const [first] = (
    await sequential(layers, { engine: 'reference' }).fit(examples, { ...told, epochs: 1, batchSize: 4 })
  ).epochs;
  expect(clipped.epochs[0]?.updates?.gradientNorm).toBe(first?.updates?.gradientNorm);
});
