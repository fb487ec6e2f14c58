import { key, mean, Tensor } from 'keepgate';
import { type ImportedRecurrent, importLayers } from 'keepgate/interop';
import { type Subject, verify } from 'keepgate/verify';
import { describe, expect, test } from 'vitest';
import { EXPECTED, kerasFile, largestError } from '../../../helpers/golden-keras.ts';

async function recurrentOf(name: string, layer: string): Promise<ImportedRecurrent> {
  const [found] = await importLayers(kerasFile(name), { only: [layer] });
  if (found?.kind !== 'recurrent') throw new Error('a recurrent layer was expected');
  return found;
}

async function outputOf(layer: ImportedRecurrent, x: number[][][]): Promise<unknown> {
  const made = layer.toRecurrent({ engine: 'reference' });
  const run = await made.forward(x);
  const y = run.y.toArray();
  run.dispose();
  await made.dispose();
  return y;
}

describe('each cell with the activations of its version of Keras', () => {
  test.each(EXPECTED.cells.map((row) => [`${row.layer} of ${row.version}`, row] as const))('%s', async (_, row) => {
    const file = `cells_${row.version[0]}.h5`;
    const layer = await recurrentOf(file, row.layer);
    expect(largestError(await outputOf(layer, EXPECTED.cells_x), row.y)).toBeLessThan(1e-6);
    // hard_sigmoid has another slope in the other version: their outputs tell them apart.
    const other = EXPECTED.cells.find(({ layer: name, version }) => name === row.layer && version !== row.version);
    expect(largestError(await outputOf(layer, EXPECTED.cells_x), other?.y)).toBeGreaterThan(1e-3);
  });
});

test('weights that were laid out for cuDNN are what they stand for', async () => {
  for (const kind of ['lstm', 'gru'] as const) {
    const layer = await recurrentOf('cudnn_weights.h5', `${kind}_1`);
    expect(layer.facts).toMatchObject({ cell: kind, inputSize: 3, hiddenSize: 4 });
    expect(layer.notes.join()).toMatch(/laid out for cuDNN/);
    expect(largestError(await outputOf(layer, EXPECTED.cudnn.x), EXPECTED.cudnn[kind])).toBeLessThan(1e-6);
  }
});

/** The rows of gates in another order. */
function swapped(
  weights: ImportedRecurrent['weights'],
  units: number,
  order: readonly number[],
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { data, shape }]) => {
      const row = (shape[1] ?? 1) * units;
      const parts = order.map((gate) => data.slice(gate * row, (gate + 1) * row));
      return [name, new Tensor(Float32Array.from(parts.flatMap((part) => [...part])), shape)];
    }),
  );
}

test('a swap of gates or a transposition that is missing is seen in the outputs', async () => {
  const row = EXPECTED.cells.find(({ layer, version }) => layer === 'gru_hard' && version === '3.6.0');
  const layer = await recurrentOf('cells_3.h5', 'gru_hard');
  const made = layer.toRecurrent({ engine: 'reference' });
  const error = async (weights: Record<string, Tensor>): Promise<number> => {
    made.setWeights(weights);
    const run = await made.forward(EXPECTED.cells_x);
    const found = largestError(run.y.toArray(), row?.y);
    run.dispose();
    return found;
  };
  expect(await error({ ...layer.weights })).toBeLessThan(1e-6);
  expect(await error(swapped(layer.weights, 4, [1, 0, 2]))).toBeGreaterThan(1e-2);
  const { weight_hh_l0 } = layer.weights as Record<string, Tensor>;
  const turned = new Tensor(Float64Array.from((weight_hh_l0 as Tensor).toFlat()), [12, 4]);
  for (let gate = 0; gate < 3; gate++) {
    for (let j = 0; j < 4; j++) {
      for (let i = 0; i < 4; i++) {
        turned.data[(gate * 4 + j) * 4 + i] = (weight_hh_l0 as Tensor).at(gate * 4 + i, j);
      }
    }
  }
  expect(await error({ ...layer.weights, weight_hh_l0: turned })).toBeGreaterThan(1e-2);
  await made.dispose();
});

test('facts say what the file says', async () => {
  const both = await recurrentOf('chain.keras', 'both');
  expect(both.facts).toMatchObject({
    cell: 'lstm',
    activation: 'tanh',
    recurrentActivation: 'sigmoid',
    bidirectional: true,
    mergeMode: 'concat',
    gateOrder: 'i,f,c,o',
    returnSequences: true,
  });
  const unnamed = await importLayers(kerasFile('chain.weights.h5'));
  expect(unnamed.map(({ name, kind }) => `${name} ${kind}`).sort()).toEqual([
    'bidirectional recurrent',
    'dense dense',
    'embedding embedding',
    'gru recurrent',
  ]);
});

test('the verifier finds in an imported layer what Keras dropped', async () => {
  const { facts, toRecurrent } = await recurrentOf('texts.keras', 'reader');
  const { cell, inputSize, hiddenSize, scheme = [] } = facts;
  const layer = toRecurrent({ engine: 'reference' });
  const subject: Subject = {
    name: 'reader',
    cell,
    inputSize,
    hiddenSize,
    claims: scheme,
    setWeights: (weights) => layer.setWeights({ ...weights }),
    async forward(x, { training, seed }) {
      const sizes = { batch: x.length, time: x[0]?.length ?? 0 };
      const [plan = mean(scheme)] = training ? layer.sample(scheme, key(seed), sizes) : [];
      const run = await layer.forward(x, { plan });
      run.dispose();
      return run.y.toArray<number[][][]>();
    },
  };
  const { passed, observed } = await verify(subject, { seed: 1, runs: 10 });
  expect(passed).toBe(true);
  expect(observed.map(({ site, scope, tied }) => ({ site, scope, tied }))).toEqual([
    { site: 'recurrent', scope: 'sequence', tied: false },
  ]);
  await layer.dispose();
});
