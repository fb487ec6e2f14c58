import fc from 'fast-check';
import {
  annealed,
  batchNorm,
  bidirectional,
  concrete,
  dense,
  dropout,
  embedding,
  gru,
  KeepgateError,
  key,
  type Layer,
  layerNorm,
  lstm,
  type Model,
  ModelError,
  meanSquaredError,
  pooling,
  recurrent,
  rnn,
  sequential,
  softmaxCrossEntropy,
  Tensor,
  variational,
  zoneout,
} from 'keepgate';
import { exportModel, importModel, readTensors } from 'keepgate/interop';
import { describe, expect, test } from 'vitest';
import { fileOf, GOLDEN_ONNX, goldenOnnx } from '../../../helpers/golden-onnx.ts';
import { runOnnx } from '../../../helpers/onnx-runtime.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const V = 9;
const WORDS = [[3, 4, 5, 6], [7, 8], [2], [2, 3, 2, 8]];

/** Without what this package says of its own files. */
async function bare(file: Uint8Array): Promise<Awaited<ReturnType<typeof readTensors>>> {
  const read = await readTensors(file);
  return { ...read, config: { ...read.config, metadata: {} } };
}

async function fileOfModel(model: Parameters<typeof exportModel>[0]): Promise<Uint8Array> {
  return (await exportModel(model, 'onnx'))['model.onnx'] as Uint8Array;
}

async function expectSame(model: Model, again: Model, x: number[][] | number[][][]): Promise<void> {
  expect(await again.predict(x)).toEqual(await model.predict(x));
}

const CELLS = [
  { make: lstm },
  { make: gru },
  { make: gru, resetAfter: false },
  { make: rnn },
  { make: rnn, activation: 'relu' },
  { make: lstm, recurrentActivation: 'hardSigmoid0.2', bias: false },
] as const;

const RECURRENT = fc.record({
  cell: fc.constantFrom(...CELLS),
  units: fc.integer({ min: 1, max: 3 }),
  both: fc.boolean(),
});

function recurrentLayer(
  { cell, units, both }: typeof RECURRENT extends fc.Arbitrary<infer T> ? T : never,
  more: object,
): Layer {
  const { make, ...options } = cell;
  const layer = make({ units, ...options, ...more } as Parameters<typeof gru>[0]);
  return both ? bidirectional(layer) : layer;
}

describe('a model of this package', () => {
  const SCHEMES = [
    [],
    zoneout({ hidden: 0.3, scope: 'step' }),
    variational({ input: 0.2, recurrent: 0.35 }),
    concrete({ input: 0.2, recurrent: 0.3 }),
  ];
  const BETWEEN = [
    () => [],
    () => [dropout({ rate: 0.3 })],
    () => [layerNorm()],
    () => [batchNorm({ momentum: 0.2 })],
    () => [dense({ units: 2, activation: 'tanh' })],
  ];

  test('comes back to the bit, with all that its layers drop', async () => {
    const model = fc.record({
      first: RECURRENT,
      second: RECURRENT,
      layers: fc.integer({ min: 1, max: 2 }),
      dropped: fc.constantFrom(...SCHEMES),
      between: fc.constantFrom(...BETWEEN),
      over: fc.constantFrom('mean', 'max', 'last', null),
      ends: fc.constantFrom('linear', 'softmax'),
      padding: fc.boolean(),
      engine: fc.constantFrom('reference', 'simd'),
      masks: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(model, async (given) => {
        const { first, second, layers, dropped, between, over, ends, padding, engine, masks } = given;
        const made = sequential(
          [
            embedding({ vocabulary: V, units: 2, ...(padding ? { padding: 0 } : {}) }),
            recurrentLayer(first, { layers, dropout: dropped, returnSequences: true }),
            ...between(),
            recurrentLayer(second, { returnSequences: over !== null }),
            ...(over === null ? [] : [pooling({ over })]),
            dense({ units: 3, activation: ends as 'linear' }),
          ],
          { engine: engine as 'simd' },
        );
        const options = { key: key(1), epochs: 1, batchSize: 2, loss: softmaxCrossEntropy() };
        await made.fit({ x: WORDS, y: [0, 1, 2, 0] }, options);
        const file = (await exportModel(made, 'onnx', { masks }))['model.onnx'] as Uint8Array;
        const again = (await importModel(file, { engine: engine as 'simd' })) as Model;
        await expectSame(made, again, WORDS);
        const [last, ...rest] = again.layers.map(({ config }) => config).reverse();
        const [lastMade, ...restMade] = made.layers.map(({ config }) => config).reverse();
        expect(rest).toEqual(restMade);
        // The link of the loss is the activation of the last layer.
        expect(last).toEqual({ ...lastMade, activation: 'softmax' });
        expect(again.learnedRates).toEqual(made.learnedRates);
        await Promise.all([made.dispose(), again.dispose()]);
      }),
      { numRuns: 25 },
    );
  });

  test('a recurrent layer on its own is a model of it', async () => {
    const layer = recurrent({
      cell: 'gru',
      inputSize: 2,
      hiddenSize: 3,
      layers: 2,
      bidirectional: true,
      engine: 'reference',
    });
    const x = new Tensor(
      Float64Array.from({ length: 8 }, (_, i) => Math.sin(i)),
      [1, 4, 2],
    );
    const run = await layer.forward(x);
    const again = (await importModel(await fileOfModel(layer), { engine: 'reference' })) as Model;
    expect(await again.predict(x.toArray<number[][][]>())).toEqual(run.y.toArray());
    run.dispose();
    await Promise.all([layer.dispose(), again.dispose()]);
  });

  test('what ends in the link of its loss does it once', async () => {
    const model = sequential([dense({ units: 3, activation: 'softmax' })], { engine: 'simd' });
    await model.fit(
      {
        x: [
          [1, 2],
          [3, 1],
        ],
        y: [0, 2],
      },
      { key: key(1), epochs: 3, loss: softmaxCrossEntropy() },
    );
    const x = [[0.5, -1]];
    const came = await runOnnx(await fileOfModel(model), { x: new Tensor(Float32Array.of(0.5, -1), [1, 2]) });
    const [wanted = []] = await model.predict<number[][]>(x);
    for (const [i, value] of came.toFlat().entries()) expect(value).toBeCloseTo(wanted[i] as number, 6);
    await model.dispose();
  });

  test('whose nodes were changed since is read by its nodes', async () => {
    const model = sequential([lstm({ units: 2 }), dense({ units: 3 })], { engine: 'reference' });
    await model.build({ kind: 'sequence', size: 2 }, key(1));
    const read = await readTensors(await fileOfModel(model));
    const { graph } = read.config as { graph: { nodes: { op: string; name: string }[] } };
    const nodes = graph.nodes.map((node) => (node.op === 'Add' ? { ...node, op: 'Sub' } : node));
    const changed = { ...read, config: { ...read.config, graph: { ...graph, nodes } } };
    await expectRefusal(
      () => importModel(changed),
      ModelError,
      'a node that a layer here does was expected, but Sub came',
    );
    await model.dispose();
  });
});

describe('a chain of nodes', () => {
  test('is the model that it was written of', async () => {
    const model = fc.record({
      first: RECURRENT,
      second: RECURRENT,
      layers: fc.integer({ min: 1, max: 2 }),
      between: fc.constantFrom(null, 'tanh', 'relu', 'sigmoid'),
      over: fc.constantFrom('mean', 'max', 'last', null),
      ends: fc.constantFrom('softmax', 'linear'),
      ids: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(model, async ({ first, second, layers, between, over, ends, ids }) => {
        const made = sequential(
          [
            ...(ids ? [embedding({ vocabulary: V, units: 2 })] : []),
            recurrentLayer(first, { layers, returnSequences: true }),
            ...(between === null ? [] : [dense({ units: 2, activation: between })]),
            recurrentLayer(second, { returnSequences: over !== null }),
            ...(over === null ? [] : [pooling({ over })]),
            dense({ units: 3, activation: ends }),
          ],
          { engine: 'simd' },
        );
        await made.build(ids ? { kind: 'tokens', vocabulary: V } : { kind: 'sequence', size: 2 }, key(2));
        // In both directions the last step of all is not the last of each.
        const again = (await importModel(await bare(await fileOfModel(made)), { engine: 'simd' })) as Model;
        const x = ids
          ? [
              [3, 4, 5],
              [7, 8, 1],
            ]
          : [
              [
                [1, 2],
                [3, -1],
                [0.5, 0],
              ],
            ];
        await expectSame(made, again, x);
        await Promise.all([made.dispose(), again.dispose()]);
      }),
      { numRuns: 25 },
    );
  });

  test.each(['words.onnx', 'last_step.onnx', 'last_states.onnx'])(
    '%s of PyTorch predicts what it gave',
    async (name) => {
      const { x, y } = GOLDEN_ONNX.find(({ file }) => file === name) as (typeof GOLDEN_ONNX)[number];
      const model = (await importModel(goldenOnnx(name), { engine: 'reference' })) as Model;
      const came = new Tensor(
        Float64Array.from((await model.predict<number[][][]>(x as unknown as number[][])).flat(3)),
        [y.flat(3).length],
      ).toFlat();
      for (const [i, value] of (y.flat(3) as number[]).entries()) expect(came[i]).toBeCloseTo(value, 6);
      await model.dispose();
    },
  );

  test('all golden layers alone are models', async () => {
    for (const { file, x, y } of GOLDEN_ONNX) {
      if (/^(words|last)/.test(file)) continue;
      const model = (await importModel(goldenOnnx(file), { engine: 'reference' })) as Model;
      const came = await model.predict<number[][][]>(x);
      for (const [i, value] of y.flat(2).entries()) expect(came.flat(2)[i]).toBeCloseTo(value, 6);
      await model.dispose();
    }
  });

  const weight = new Tensor(
    Float32Array.from({ length: 6 }, (_, i) => Math.sin(i + 1)),
    [2, 3],
  );
  const row = (...values: number[]) => new Tensor(Float32Array.from(values), [values.length]);
  const ROWS = [row(2, -1, 0.5), row(0.1, 0.2, -0.3), row(0.4, -0.6, 1), row(2, 0.5, 1.5)];
  type Graph = Parameters<Parameters<typeof fileOf>[0]>[0];
  /** A graph of MatMul, what is built, and Relu of a second MatMul. */
  const normalising = (op: string, count: number, attributes: Parameters<Graph['node']>[2], axes = 2): Uint8Array =>
    fileOf((graph) => {
      const x = graph.input('x', 1, [...(axes === 2 ? ['batch'] : ['batch', 'time']), 2]);
      const sums = graph.node('MatMul', [x, graph.weight('w', weight)]);
      const moments = ROWS.slice(0, count).map((value, i) =>
        graph.weight(`norm.${['weight', 'bias', 'c', 'd'][i]}`, value),
      );
      const normal = graph.node(op, [sums, ...moments], attributes);
      const end = graph.weight('end', new Tensor(Float32Array.of(1, -2, 3, 0.5, 1, -1), [3, 2]));
      graph.rename(graph.node('MatMul', [normal, end]), 'y');
      graph.output('y', 1, null);
    }, 17);

  test.each([
    ['LayerNormalization', 2, { axis: -1, epsilon: { float: 0.1 } }, ['dense', 'layerNorm', 'dense']],
    ['LayerNormalization', 1, { axis: 1 }, ['dense', 'layerNorm', 'dense']],
    ['BatchNormalization', 4, { epsilon: { float: 0.1 } }, ['dense', 'batchNorm', 'dense']],
  ] as const)('takes %s of %i weights, as onnxruntime computes it', async (op, count, attributes, types) => {
    const file = normalising(op, count, attributes);
    const model = (await importModel(file, { engine: 'reference' })) as Model;
    expect(model.layers.map(({ config }) => config.type)).toEqual(types);
    if (op === 'BatchNormalization') expect(model.layers[1]?.config.momentum).toBe(0.1);
    const x = [
      [1, -2],
      [0.5, 3],
      [-1, 0.25],
    ];
    const there = await runOnnx(file, { x: new Tensor(Float32Array.from(x.flat()), [3, 2]) });
    for (const [i, value] of ((await model.predict(x)) as number[][]).flat().entries())
      expect(value).toBeCloseTo(there.toFlat()[i] as number, 5);
    await model.dispose();
  });

  test.each([
    ['LayerNormalization', 2, { axis: 0 }, 2],
    ['BatchNormalization', 4, { training_mode: 1 }, 2],
    // Of time, and not of units.
    ['BatchNormalization', 4, {}, 3],
    ['InstanceNormalization', 2, {}, 2],
  ] as const)('is refused with another %s', async (op, count, attributes, axes) => {
    await expectRefusal(
      () => importModel(normalising(op, count, attributes, axes)),
      ModelError,
      'a node that a layer here does',
      op,
    );
  });

  test('rates that change with updates are those of the updates that made the weights', async () => {
    const zones = zoneout({ hidden: annealed(0.5, { gamma: 0.1 }), scope: 'step' });
    const model = sequential([lstm({ units: 2, dropout: zones })], { engine: 'reference' });
    const x = [
      [
        [1, 2],
        [3, -1],
      ],
    ];
    await model.fit({ x, y: [[1, 2]] }, { key: key(1), epochs: 4, loss: meanSquaredError() });
    const again = (await importModel(await fileOfModel(model), { engine: 'reference' })) as Model;
    expect(again.updates).toBe(4);
    await expectSame(model, again, x);
    // Those of the beginning are others.
    await again.setWeights(await model.getWeights(), { input: { kind: 'sequence', size: 2 } });
    expect(await again.predict(x)).not.toEqual(await model.predict(x));
    await Promise.all([model.dispose(), again.dispose()]);
  });

  test.each([
    [
      'an operator',
      (graph, x) => graph.node('Erf', [graph.node('MatMul', [x, graph.weight('w', weight)])]),
      'layer "erf_2": a node that a layer here does',
    ],
    [
      'a branch',
      (graph, x) => {
        const y = graph.node('MatMul', [x, graph.weight('w', weight)]);
        return graph.node('Add', [graph.node('Tanh', [y]), graph.node('Relu', [y])]);
      },
      'layer "tanh_2": layers one behind the other was expected, but "tanh_2" and "relu_3" side by side',
    ],
    [
      'a softmax of samples',
      (graph, x) => graph.node('Softmax', [graph.node('MatMul', [x, graph.weight('w', weight)])], { axis: 0 }),
      'layer "softmax_2"',
    ],
    ['no layer', (_, x) => x, 'in the end'],
  ] as [string, (graph: Parameters<Parameters<typeof fileOf>[0]>[0], x: string) => string, string][])(
    'is refused with %s, by the name of its node',
    async (_, build, message) => {
      const file = fileOf((graph) => {
        graph.rename(build(graph, graph.input('x', 1, ['batch', 2])), 'y');
        graph.output('y', 1, null);
      });
      await expectRefusal(() => importModel(file), ModelError, message);
    },
  );

  test('is refused where lengths end before a mean', async () => {
    const model = sequential([lstm({ units: 2, returnSequences: true }), pooling({ over: 'mean' })], {
      engine: 'simd',
    });
    await model.build({ kind: 'sequence', size: 2 }, key(2));
    await model.fit({ x: [[[1, 2]]], y: [[0, 1]] }, { key: key(1), epochs: 1, loss: meanSquaredError() });
    const file = (await exportModel(model, 'onnx', { lengths: true }))['model.onnx'] as Uint8Array;
    await expectRefusal(async () => importModel(await bare(file)), ModelError, 'lengths');
    await expectSame(model, (await importModel(file, { engine: 'simd' })) as Model, [
      [
        [1, 2],
        [0, 1],
      ],
    ]);
    await model.dispose();
  });
});

describe('words that say something else than the nodes', () => {
  test.each([
    ['layers of huge sizes', (said: Said) => ({ ...said, layers: [{ type: 'dense', units: 2 ** 50 }] })],
    ['a layer that there is not', (said: Said) => ({ ...said, layers: [{ type: 'nothing' }] })],
    ['an input that there is not', (said: Said) => ({ ...said, input: { over: 'time' } })],
    ['one layer less', (said: Said) => ({ ...said, layers: [] })],
    ['weights of no shape', (said: Said) => ({ ...said, more: [['0.x', [-1, -1], [1]]] })],
  ])('%s are refused', async (_, change) => {
    const model = sequential([lstm({ units: 2 }), dense({ units: 3 })], { engine: 'reference' });
    await model.build({ kind: 'sequence', size: 2 }, key(1));
    const read = await readTensors(await fileOfModel(model));
    const { metadata } = read.config as { metadata: Record<string, string> };
    const words = JSON.stringify(change(JSON.parse(metadata['keepgate.model'] as string)));
    const changed = { ...read, config: { ...read.config, metadata: { 'keepgate.model': words } } };
    await expectRefusal(() => importModel(changed), KeepgateError);
    await model.dispose();
  });

  type Said = Readonly<Record<string, unknown>>;

  test('none are needed: words of others are left aside', async () => {
    const model = sequential([lstm({ units: 2 }), dense({ units: 3 })], { engine: 'simd' });
    await model.build({ kind: 'sequence', size: 2 }, key(1));
    const read = await readTensors(await fileOfModel(model));
    for (const words of ['', '[', '{}', '{"layers":3}', 'null']) {
      const config = { ...read.config, metadata: { 'keepgate.model': words } };
      const again = (await importModel({ ...read, config }, { engine: 'simd' })) as Model;
      await expectSame(model, again, [
        [
          [1, 2],
          [0, 1],
        ],
      ]);
      await again.dispose();
    }
    await model.dispose();
  });
});

test('nodes that go round are refused', async () => {
  const node = (x: string, outputs: string[]): object => ({
    op: 'Identity',
    domain: '',
    name: x,
    inputs: [x],
    outputs,
    attributes: {},
  });
  const graph = {
    name: '',
    inputs: [{ name: 'x', shape: ['batch', 2] }],
    outputs: [{ name: 'y', shape: null }],
    initializers: {},
    nodes: [node('a', ['x']), node('x', ['a', 'y'])],
  };
  const file = { format: 'onnx', tensors: {}, refused: {}, notes: [], config: { graph } } as const;
  await expectRefusal(() => importModel(file), ModelError, 'nodes that go round');
});
