import {
  adam,
  allSteps,
  batchNorm,
  concatenate,
  conv1d,
  defineLayer,
  dense,
  dropout,
  embedding,
  frozen,
  gru,
  key,
  type Layer,
  lstm,
  meanSquaredError,
  ModelError,
  pooling,
  repeatVector,
  residual,
  runFromFiles,
  runToFiles,
  sequential,
  sgd,
  ShapeError,
  timeDistributed,
  variational,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../../../../src/engines/reference/engine.ts';
import type { DrawnPlan } from '../../../../src/train/pass.ts';
import { expectSameBits } from '../../../helpers/numeric.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const engine = createReferenceEngine();
const SEQUENCE = { kind: 'sequence', size: 2 } as const;
const x = [
  [
    [0.3, -1.2],
    [0.8, 0.1],
    [-0.4, 0.9],
  ],
  [[1.1, 0.2]],
];

describe('layers in layers', () => {
  test('weights are named by path, in the summary and in what is loaded', async () => {
    const model = sequential([residual([gru({ units: 2, returnSequences: true }), residual([dense({ units: 2 })])])], {
      engine,
    });
    await model.build(SEQUENCE, key(1));
    expect(Object.keys(await model.getWeights())).toEqual([
      '0.0.weight_ih_l0',
      '0.0.weight_hh_l0',
      '0.0.bias_ih_l0',
      '0.0.bias_hh_l0',
      '0.1.0.weight',
      '0.1.0.bias',
    ]);
    expect(model.summary()).toContain('residual(gru, residual(dense))');
    await model.dispose();
  });

  test('two layers of one kind have fresh weights and masks of their own', async () => {
    const plans: DrawnPlan[] = [];
    const cell = () => lstm({ units: 2, returnSequences: true, dropout: variational({ recurrent: 0.5 }) });
    const model = sequential([residual([cell(), cell()]), concatenate([cell()], [cell()])], { engine });
    const y = x.map((steps) => steps.map(() => [0, 0, 0, 0]));
    await model.fit(
      { x, y },
      {
        key: key(1),
        epochs: 1,
        loss: meanSquaredError(),
        callbacks: [{ onStep: (step) => void plans.push(...(step.plans as DrawnPlan[])) }],
      },
    );
    expect(plans.map(({ layer, label }) => [layer, label])).toEqual([
      [0, '0._l0'],
      [0, '1._l0'],
      [1, '0.0._l0'],
      [1, '1.0._l0'],
    ]);
    const masks = plans.map(({ plan }) => [...(plan.masks.recurrent?.values ?? [])].join(''));
    expect(new Set(masks).size).toBeGreaterThan(1);
    // Fixed over time, as the scheme says.
    for (const { plan } of plans) expect(plan.masks.recurrent?.strides.time).toBe(0);
    const fresh = await sequential(model.layers, { engine });
    await fresh.build(SEQUENCE, key(3));
    const weights = Object.entries(await fresh.getWeights()).filter(([path]) => path.endsWith('weight_hh_l0'));
    expect(new Set(weights.map(([, w]) => w.toFlat().join())).size).toBe(4);
    await Promise.all([model.dispose(), fresh.dispose()]);
  });

  test('a residual of nothing but zeros is x, and its state goes on from chunk to chunk', async () => {
    const model = sequential(
      [
        residual([lstm({ units: 2, returnSequences: true })]),
        concatenate([gru({ units: 1, returnSequences: true })], []),
      ],
      { engine },
    );
    await model.build(SEQUENCE, key(1));
    const [whole = []] = await model.predict<number[][][]>([x[0] as number[][]]);
    const first = await model.predict<number[][][]>([(x[0] as number[][]).slice(0, 2)], { returnState: true });
    expect(Object.keys(first.state).sort()).toEqual(['0.0.c', '0.0.h', '1.0.0.h']);
    const rest = await model.predict<number[][][]>([(x[0] as number[][]).slice(2)], { state: first.state });
    expect([...(first.y[0] ?? []), ...(rest[0] ?? [])]).toEqual(whole);
    const stream = await model.stream();
    for (const [t, step] of (x[0] as number[][]).entries()) expect(await stream.step(step)).toEqual(whole[t]);
    await stream.dispose();

    const zeros = Object.fromEntries(
      Object.entries(await model.getWeights()).map(([path, w]) => [
        path,
        w.toFlat().fill(0) && w.toFlat().map(() => 0),
      ]),
    );
    expect(Object.keys(zeros).length).toBeGreaterThan(0);
    const plain = sequential([residual([dense({ units: 2 })])], { engine });
    await plain.setWeights(
      {
        '0.0.weight': [
          [0, 0],
          [0, 0],
        ],
        '0.0.bias': [0, 0],
      },
      { input: SEQUENCE },
    );
    expect(await plain.predict(x)).toEqual(x);
    await Promise.all([model.dispose(), plain.dispose()]);
  });

  test('statistics inside are kept, also beside frozen ones, and MC dropout draws inside', async () => {
    const model = sequential(
      [
        concatenate([residual([batchNorm({ momentum: 0.5 })])], [frozen(batchNorm())]),
        dropout({ rate: 0 }),
        residual([dropout({ rate: 0.5 })]),
      ],
      { engine },
    );
    const told = { key: key(1), epochs: 1, loss: meanSquaredError(), optimizer: sgd({ learningRate: 1e-30 }) };
    await model.fit(
      {
        x: [
          [1, 2],
          [3, 6],
        ],
        y: [
          [0, 0, 0, 0],
          [0, 0, 0, 0],
        ],
      },
      told,
    );
    const weights = await model.getWeights();
    expect(weights['0.0.0.0.running_mean']?.toArray()).toEqual([1, 2]);
    expect(weights['0.1.0.running_mean']?.toArray()).toEqual([0, 0]);
    const [drawn] = await model.predictMC([[1, 2]], { passes: 20, key: key(2) });
    expect(drawn?.variance.some((value) => value > 0)).toBe(true);
    await model.dispose();
  });

  test('branches begin with tokens, with the padding of all of them', async () => {
    const table = (padding?: number) =>
      embedding({ vocabulary: 5, units: 1, ...(padding === undefined ? {} : { padding }) });
    const model = sequential([concatenate([table(0)], [table(0)]), pooling({ over: 'mean' })], { engine });
    await model.build({ kind: 'tokens', vocabulary: 5 }, key(1));
    expect(await model.predict([[0, 0, 3, 4, 0]])).toEqual(await model.predict([[3, 4]]));
    await expectRefusal(() => concatenate([table(0)], [table()]), ModelError, 'one padding of all branches');
    await expectRefusal(() => concatenate([table()], [lstm({ units: 1 })]), ModelError, 'embedding and lstm came');
    await model.dispose();
  });

  test('the width of branches does not matter, nor their number', async () => {
    const units = [1, 4, 6, 3];
    const model = sequential([concatenate(...units.map((n) => [dense({ units: n })]))], { engine });
    await model.build({ kind: 'vector', size: 2 }, key(1));
    const alone = await Promise.all(
      units.map(async (n, i) => {
        const one = sequential([dense({ units: n })], { engine });
        const weights = await model.getWeights();
        const own = Object.fromEntries(
          ['weight', 'bias'].map((name) => [`0.${name}`, weights[`0.${i}.0.${name}`] as never]),
        );
        await one.setWeights(own, { input: { kind: 'vector', size: 2 } });
        return (
          (await one.predict<number[][]>([
            [1, -2],
            [0.5, 3],
          ])) ?? []
        );
      }),
    );
    const together = await model.predict<number[][]>([
      [1, -2],
      [0.5, 3],
    ]);
    expect(together).toEqual([0, 1].map((b) => alone.flatMap((rows) => rows[b] as number[])));
    await model.dispose();
  });

  test('what cannot stand inside is refused', async () => {
    const two = defineLayer<[], never, 'x' | 'gate'>({
      type: 'two',
      make: () => ({
        config: {},
        inputs: { x: { kinds: ['vector'] }, gate: { kinds: ['vector'] } },
        outputs: ({ x: y }) => ({ y }),
        weights: () => ({}),
        run: () => ({}) as never,
      }),
    });
    await expectRefusal(() => residual([]), ModelError, 'residual: at least one layer');
    await expectRefusal(() => residual(dense({ units: 1 }) as never), ModelError, 'residual: a list of layers');
    await expectRefusal(() => residual([two() as unknown as Layer]), ModelError, 'one input x were expected inside');
    await expectRefusal(
      () => residual([conv1d({ filters: 2, kernelSize: 2 })]),
      ModelError,
      'conv1d',
      "'same' or 'causal'",
    );
    await expectRefusal(
      () => residual([dense({ units: 3 })]).outputs({ x: { over: 'batch', dtype: 'numbers', shape: [2] } }),
      ModelError,
      'from [B,2] to the same',
      '[B,3] comes',
    );
    await expectRefusal(
      () => residual([embedding({ vocabulary: 2, units: 1 })]),
      ModelError,
      'from numbers to numbers',
    );
    await expectRefusal(() => concatenate(), ModelError, 'concatenate: a list of layers for each branch');
    await expectRefusal(
      () => concatenate([dense({ units: 1 })], dense({ units: 1 }) as never),
      ModelError,
      'concatenate: a list of layers for each branch',
    );
    const of = (...branches: Layer[][]) =>
      concatenate(...branches).outputs({ x: { over: 'time', dtype: 'numbers', shape: [2] } });
    await expectRefusal(() => of([lstm({ units: 1 })], []), ModelError, '[B,1] and [B,T,2] came');
    await expectRefusal(() => of([conv1d({ filters: 1, kernelSize: 2 })], []), ModelError, 'as many steps as come');
    expect(of([conv1d({ filters: 1, kernelSize: 2 }), pooling({ over: 'max' })], [lstm({ units: 1 })])).toEqual({
      y: { over: 'batch', dtype: 'numbers', shape: [2] },
    });
  });
});

test('branches whose samples are not equally long are refused when they run', async () => {
  const ragged = [...x];
  for (const layer of [
    residual([allSteps({ behind: 'zeros' })]),
    concatenate([allSteps({ behind: 'repeat' })], [dense({ units: 1 })]),
  ]) {
    const model = sequential([layer], { engine });
    await model.build(SEQUENCE, key(1));
    await expectRefusal(() => model.predict(ragged), ModelError, 'as many steps of each sample');
    await model.dispose();
  }
});

test('repeatVector: targets have its length, whatever that of the inputs', async () => {
  const model = sequential([gru({ units: 2 }), repeatVector(2), gru({ units: 1, returnSequences: true })], { engine });
  const told = { key: key(1), epochs: 1, loss: meanSquaredError() };
  await model.fit(
    {
      x,
      y: [
        [[0], [1]],
        [[1], [0]],
      ],
    },
    told,
  );
  expect((await model.predict<number[][][]>(x)).map((steps) => steps.length)).toEqual([2, 2]);
  await expectRefusal(() => model.fit({ x, y: [[[0], [1], [2]], [[1]]] }, told), ShapeError, '2 targets', '3 came');
  const again = sequential([gru({ units: 2 }), repeatVector(2), gru({ units: 1, returnSequences: true })], { engine });
  await again.fit(
    {
      x,
      y: [
        [[0], [1]],
        [[1], [0]],
      ],
    },
    told,
  );
  expectSameBits(await again.getWeights(), await model.getWeights());
  await Promise.all([model.dispose(), again.dispose()]);
});

test('timeDistributed: a layer of vectors at each valid step, also of a user, and padding does not go in', async () => {
  const seen: number[] = [];
  const own = defineLayer<[]>({
    type: 'vectorsOnly',
    make: () => ({
      config: {},
      inputs: { x: { kinds: ['vector'] } },
      outputs: ({ x: y }) => ({ y }),
      weights: () => ({}),
      run: (_, __, { x: rows }) => {
        seen.push(rows.batch);
        return { outputs: { y: rows }, backward: ({ y }) => ({ weights: {}, inputs: { x: () => y } }) };
      },
    }),
  });
  const model = sequential([timeDistributed(own())], { engine });
  await model.build(SEQUENCE, key(1));
  expect(await model.predict([...x, []])).toEqual([...x, []]);
  expect(await model.predict([[]])).toEqual([[]]);
  expect(seen).toEqual([4, 1]);

  const averages = async (layer: Layer) => {
    const normal = sequential([layer], { engine });
    await normal.fit({ x, y: x }, { key: key(1), epochs: 2, loss: meanSquaredError() });
    return Object.values(await normal.getWeights()).map((w) => w.toFlat().map((value) => Number(value.toFixed(9))));
  };
  expect(await averages(timeDistributed(batchNorm()))).toEqual(await averages(batchNorm()));
  const linear = timeDistributed(dense({ units: 2, activation: 'softmax' })).activation;
  expect(linear?.linear.config).toEqual(timeDistributed(dense({ units: 2 })).config);
  await expectRefusal(() => timeDistributed(dropout({ rate: 0.1 })), ModelError, 'drops nothing', 'dropout');
  await expectRefusal(() => timeDistributed(lstm({ units: 1 })), ModelError, 'takes vectors', 'lstm');
  await expectRefusal(
    () => timeDistributed(repeatVector(2)).outputs({ x: { over: 'time', dtype: 'numbers', shape: [1] } }),
    ModelError,
    'hands on [B,T,1]',
  );
  await model.dispose();
});

test('a run of statistics, frozen layers and layers in layers goes on from its files to the same bits', async () => {
  const layers = () => [
    residual([batchNorm(), dense({ units: 2 }), dropout({ rate: 0.3 })]),
    concatenate([frozen(gru({ units: 2, returnSequences: true }))], [batchNorm({ momentum: 0.3 })]),
    dense({ units: 1 }),
  ];
  const examples = { x, y: x.map((steps) => steps.map(([a = 0]) => [a])) };
  const told = {
    key: key(5),
    epochs: 3,
    batchSize: 1,
    loss: meanSquaredError(),
    optimizer: adam({ learningRate: 0.02 }),
  };
  const whole = sequential(layers(), { engine });
  await whole.fit(examples, told);

  const begun = sequential(layers(), { engine });
  const trainer = await begun.trainer(examples, told);
  for (let step = 0; step < 3; step++) await (trainer.atEndOfEpoch ? trainer.endEpoch() : trainer.next());
  const files = runToFiles(await trainer.snapshot());
  await trainer.finish();
  const again = sequential(layers(), { engine });
  await again.fit(examples, { ...told, resume: runFromFiles(files) });
  expectSameBits(await again.getWeights(), await whole.getWeights());
  const statistic = (await again.getWeights())['0.0.running_mean'];
  expect(statistic?.toFlat().every((value) => value !== 0)).toBe(true);
  for (const model of [whole, begun, again]) await model.dispose();
});
