import fc from 'fast-check';
import {
  bidirectional,
  concrete,
  dense,
  dropout,
  embedding,
  fold,
  gaussian,
  gru,
  injectMasks,
  key,
  type Layer,
  layerNorm,
  lockedDropout,
  lstm,
  type Model,
  ModelError,
  mean,
  naive,
  OptionError,
  pooling,
  type Recurrent,
  recurrent,
  recurrentDropout,
  rnn,
  sequential,
  softmaxCrossEntropy,
  Tensor,
  unknownDropout,
  variational,
  weightDrop,
  wordTypeDropout,
  zoneout,
} from 'keepgate';
import { exportModel, importLayers, onnxMasks } from 'keepgate/interop';
import { describe, expect, test } from 'vitest';
import { runOnnx } from '../../../helpers/onnx-runtime.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const CELLS = [
  { cell: 'lstm' },
  { cell: 'gru' },
  { cell: 'gru', resetAfter: false },
  { cell: 'rnn' },
  { cell: 'rnn', activation: 'relu' },
  { cell: 'lstm', recurrentActivation: 'hardSigmoid0.2', bias: false },
  { cell: 'gru', recurrentActivation: 'hardSigmoid', activation: 'linear' },
] as const;

/** Within 1e-6 of 1, or of the value. */
function expectNear(came: ArrayLike<number>, wanted: ArrayLike<number>): void {
  expect(came.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    const value = wanted[i] as number;
    expect(Math.abs((came[i] as number) - value)).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)));
  }
}

/** Its weights are numbers of float32, none alike. */
function narrowLayer(options: Parameters<typeof recurrent>[0]): Recurrent {
  const layer = recurrent({ ...options, engine: 'reference', key: key(3) });
  const weights = Object.entries(layer.getWeights()).map(([name, value], k) => [
    name,
    new Tensor(
      Float32Array.from(value.toFlat(), (entry, i) => entry + 0.1 * Math.sin(i + k)),
      value.shape,
    ),
  ]);
  layer.setWeights(Object.fromEntries(weights));
  return layer;
}

async function fileOf(...args: Parameters<typeof exportModel>): Promise<Uint8Array> {
  return (await exportModel(...args))['model.onnx'] as Uint8Array;
}

describe('a recurrent layer', () => {
  test.each(CELLS)('%j comes back to the bit, whatever its sizes', async (options) => {
    const sizes = fc.record({
      inputSize: fc.integer({ min: 1, max: 4 }),
      hiddenSize: fc.integer({ min: 1, max: 4 }),
      layers: fc.integer({ min: 1, max: 3 }),
      bidirectional: fc.boolean(),
      isWide: fc.boolean(),
      zone: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(sizes, async ({ isWide, zone, ...rest }) => {
        const layer = isWide
          ? recurrent({ ...options, ...rest, engine: 'reference' })
          : narrowLayer({ ...options, ...rest });
        const scheme = zone ? zoneout({ hidden: 0.3, scope: 'step' }) : [];
        const [found, ...others] = await importLayers(await fileOf(layer, 'onnx', { scheme }));
        if (found?.kind !== 'recurrent') throw new Error('a recurrent layer was expected');
        const again = found.toRecurrent({ engine: 'reference' });
        expect(others).toEqual([]);
        expect(again.getWeights()).toEqual(layer.getWeights());
        expect(again.cell.name).toBe(layer.cell.name);
      }),
      { numRuns: 12 },
    );
  });

  const [B, T, I, H] = [3, 5, 2, 3];
  const x = new Tensor(
    Float32Array.from({ length: B * T * I }, (_, i) => Math.sin(i * 1.7)),
    [B, T, I],
  );
  const SCHEMES = {
    nothing: [],
    zoneout: zoneout({ hidden: 0.3, scope: 'step' }),
    'one mask': variational({ input: 0.2, recurrent: 0.35 }),
    'a mask for each gate': variational({ input: 0.2, recurrent: 0.35, tied: false }),
    'dropped weights': weightDrop({ recurrent: 0.5 }),
    'literal update masks': recurrentDropout({ update: 0.4, scope: 'step', scaling: 'literal' }),
    'locked outputs': lockedDropout({ output: 0.4 }),
    'masks for each step': naive({ input: 0.2, output: 0.5 }),
    gaussian: gaussian({ recurrent: 0.3 }),
  };

  describe.each(CELLS)('%j', (options) => {
    test.each(Object.entries(SCHEMES))(
      'in onnxruntime under %s, by its expectation and by masks',
      async (_, scheme) => {
        const both = options.cell === 'gru' || options.cell === 'lstm';
        const layer = narrowLayer({ ...options, inputSize: I, hiddenSize: H, layers: 2, bidirectional: both });
        const lengths = [5, 2, 3];
        for (const masks of [false, true]) {
          const drawn = { scheme, key: key(7), batch: B, time: T };
          const plan = masks ? layer.sample(scheme, key(7), { batch: B, time: T }) : mean(scheme);
          const { y, dispose } = await layer.forward(x, { plan, lengths });
          dispose();
          const inputs = { x, lengths: Int32Array.from(lengths), ...(masks ? await onnxMasks(layer, drawn) : {}) };
          const came = await runOnnx(await fileOf(layer, 'onnx', { masks, scheme, lengths: true }), inputs);
          expectNear(came.toFlat(), y.toFlat());
        }
        await layer.dispose();
      },
    );
  });

  test('two gates that are exchanged by hand are seen', async () => {
    const layer = narrowLayer({ cell: 'lstm', inputSize: I, hiddenSize: H });
    const file = await fileOf(layer, 'onnx');
    const right = await runOnnx(file, { x });
    const { weight_ih: w } = layer.getWeights() as Record<string, Tensor>;
    const rows = (w as Tensor).toArray<number[][]>();
    const exchanged = [...rows.slice(0, H), ...rows.slice(2 * H, 3 * H), ...rows.slice(H, 2 * H), ...rows.slice(3 * H)];
    layer.setWeights({ ...layer.getWeights(), weight_ih: exchanged });
    const wrong = await runOnnx(await fileOf(layer, 'onnx'), { x });
    const apart = wrong.toFlat().map((value, i) => Math.abs(value - (right.toFlat()[i] as number)));
    expect(Math.max(...apart)).toBeGreaterThan(1e-2);
  });

  test('a given plan goes in, as long as it is one of the scheme', async () => {
    const layer = narrowLayer({ cell: 'gru', inputSize: I, hiddenSize: H });
    const scheme = variational({ recurrent: 0.5 });
    const plan = injectMasks({
      recurrent: {
        rate: 0.5,
        mask: [
          [1, 0, 1],
          [0, 1, 1],
          [1, 1, 0],
        ],
      },
    });
    const sizes = { scheme, batch: B, time: T };
    const masks = await onnxMasks(layer, { ...sizes, plans: [{ label: '_l0', plan }] });
    expect(masks.recurrent_l0?.toArray()).toEqual([
      [2, 0, 2],
      [0, 2, 2],
      [2, 2, 0],
    ]);
    const run = await layer.forward(x, { plan });
    run.dispose();
    expectNear(
      (await runOnnx(await fileOf(layer, 'onnx', { masks: true, scheme }), { x, ...masks })).toFlat(),
      run.y.toFlat(),
    );
    const stepwise = injectMasks({
      recurrent: { rate: 0.5, scope: 'step', mask: new Tensor(new Float32Array(B * T * H), [B, T, H]) },
    });
    await expectRefusal(
      () => onnxMasks(layer, { ...sizes, plans: [{ label: '_l0', plan: stepwise }] }),
      Error,
      'onnxMasks: a mask of shape [3,3]',
    );
    await expectRefusal(() => onnxMasks(layer, { ...sizes, plans: [] }), OptionError, 'a plan for');
  });
});

describe('a model', () => {
  const V = 11;
  const words = [[3, 4, 5, 6], [7, 8], [9], [2, 3, 2, 10]];
  const ids = BigInt64Array.from({ length: 16 }, (_, i) => BigInt(words[Math.floor(i / 4)]?.[i % 4] ?? 0));
  const inputs = { ids, lengths: Int32Array.from(words, ({ length }) => length) };
  const MODELS: Readonly<Record<string, () => Layer[]>> = {
    'words dropped, a stack in both directions, a mean': () => [
      embedding({
        vocabulary: V,
        units: 3,
        unknown: 1,
        padding: 0,
        dropout: [wordTypeDropout({ rate: 0.3 }), unknownDropout({ rate: 0.2 })].flat(),
      }),
      bidirectional(
        gru({
          units: 4,
          layers: 2,
          returnSequences: true,
          dropout: variational({ input: 0.2, recurrent: 0.35, tied: false }),
        }),
      ),
      dropout({ rate: 0.3 }),
      pooling({ over: 'mean' }),
      dense({ units: 3 }),
    ],
    'zoneout, a maximum, normalised': () => [
      embedding({ vocabulary: V, units: 3, padding: 0 }),
      lstm({ units: 4, returnSequences: true, dropout: zoneout({ cell: 0.3, hidden: 0.2, scope: 'step' }) }),
      layerNorm(),
      dense({ units: 4, activation: 'tanh' }),
      pooling({ over: 'max' }),
      dropout({ rate: 0.3, scope: 'step' }),
      dense({ units: 3 }),
    ],
    'locked outputs, the last steps of both directions': () => [
      embedding({ vocabulary: V, units: 3, padding: 0 }),
      bidirectional(rnn({ units: 4, dropout: lockedDropout({ output: 0.4 }) })),
      dense({ units: 3 }),
    ],
    'learned rates, the last step of a sequence': () => [
      embedding({ vocabulary: V, units: 3, padding: 0 }),
      lstm({ units: 4, returnSequences: true, dropout: concrete({ input: 0.2, recurrent: 0.3 }) }),
      pooling({ over: 'last' }),
      dense({ units: 3 }),
    ],
  };

  async function trained(layers: Layer[]): Promise<Model> {
    const model = sequential(layers, { engine: 'simd' });
    const options = { key: key(1), epochs: 2, batchSize: 2, loss: softmaxCrossEntropy() };
    await model.fit({ x: words, y: [0, 1, 2, 0] }, options);
    return model;
  }

  test.each(Object.entries(MODELS))('%s: predict and predictMC through onnxruntime', async (_, layers) => {
    const model = await trained(layers());
    const predicted = await model.predict<number[][]>(words);
    expectNear((await runOnnx(await fileOf(model, 'onnx'), inputs, [4, 4])).toFlat(), predicted.flat());

    const file = await fileOf(model, 'onnx', { masks: true });
    const passes = 5;
    const rows = await Promise.all(
      Array.from({ length: passes }, async (_, pass) => {
        const masks = await onnxMasks(model, { key: fold(key(5), pass), ids: words });
        return (await runOnnx(file, { ...inputs, ...masks }, [4, 4])).toFlat();
      }),
    );
    const found = await model.predictMC(words, { passes, key: key(5) });
    const average = Array.from(
      { length: 12 },
      (_, i) => rows.reduce((sum, row) => sum + (row[i] as number), 0) / passes,
    );
    expectNear(
      average,
      found.flatMap(({ mean: wanted }) => wanted),
    );
    // The passes differ, or there would be nothing to see.
    expect(Math.max(...found.flatMap(({ variance }) => variance))).toBeGreaterThan(1e-4);

    // Without a key they are the expectations, and the graph that of evaluation.
    const expectations = await onnxMasks(model, { ids: words });
    expectNear((await runOnnx(file, { ...inputs, ...expectations }, [4, 4])).toFlat(), predicted.flat());
    await model.dispose();
  });

  test('its layers are found again, by their numbers', async () => {
    const model = await trained((MODELS['zoneout, a maximum, normalised'] as () => Layer[])());
    const layers = await importLayers(await fileOf(model, 'onnx', { masks: true }));
    expect(layers.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      '0 embedding',
      '1 recurrent',
      '3 dense',
      '6 dense',
    ]);
    const weights = await model.getWeights();
    for (const layer of layers) {
      for (const [name, value] of Object.entries(layer.weights)) {
        expect(value.toFlat()).toEqual(weights[`${layer.name}.${name}`]?.toFlat());
      }
    }
    await model.dispose();
  });

  test('options of ONNX are refused elsewhere, and a model without an input here', async () => {
    const model = sequential([dense({ units: 1 })]);
    await expectRefusal(() => exportModel(model, 'onnx'), ModelError, 'weights were expected');
    await model.build({ kind: 'vector', size: 2 }, key(1));
    await expectRefusal(() => exportModel(model, 'pt', { masks: true }), OptionError, "'onnx' alone");
    await expectRefusal(() => exportModel(model, 'onnx', { scheme: [] }), OptionError, 'its layers have theirs');
    await expectRefusal(() => exportModel(model, 'onnx', { lengths: true }), ModelError, 'a vector came');
    const { layers } = model;
    const blind = { layers, getWeights: () => model.getWeights() };
    await expectRefusal(() => exportModel(blind, 'onnx'), ModelError, 'knows what goes in');
    await model.dispose();
  });
});
