import {
  bidirectional,
  curriculum,
  dense,
  gru,
  key,
  type Layer,
  lstm,
  type Model,
  ModelError,
  mean,
  naive,
  recurrent,
  recurrentDropout,
  rnnDrop,
  sequential,
  stochasticDepth,
  variational,
  zoneout,
} from 'keepgate';
import { exportModel, importLayers } from 'keepgate/interop';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../../helpers/refusals.ts';

const sequence = { kind: 'sequence', size: 3 } as const;
const x = [
  [
    [1, 0, 0.5],
    [0, -1, 0.25],
    [0.5, 0, 2],
    [-1, 0.75, 0],
  ],
];

async function made(layer: Layer): Promise<Model> {
  const model = sequential([gru({ units: 3, resetAfter: false, returnSequences: true }), layer, dense({ units: 2 })], {
    engine: 'reference',
  });
  await model.build(sequence, key(3));
  return model;
}

const ACTING: Readonly<Record<string, readonly [Layer, readonly string[]]>> = {
  zoneout: [
    lstm({ units: 4, dropout: zoneout({ hidden: 0.3, cell: 0.2, scope: 'step' }) }),
    ['zoneHidden', 'zoneCell'],
  ],
  'zoneout in both directions': [
    bidirectional(gru({ units: 4, resetAfter: false, dropout: zoneout({ hidden: 0.3, scope: 'step' }) })),
    ['zoneHidden'],
  ],
  'stochastic depth': [lstm({ units: 4, dropout: stochasticDepth({ hidden: 0.3 }) }), ['zoneHidden']],
  'literal updates': [lstm({ units: 4, dropout: recurrentDropout({ update: 0.3, scaling: 'literal' }) }), ['update']],
  'literal memory': [lstm({ units: 4, dropout: rnnDrop({ memory: 0.3, scaling: 'literal' }) }), ['memory']],
};

const PASSIVE: Readonly<Record<string, Layer>> = {
  'inverted, per step': lstm({ units: 4, dropout: naive({ output: 0.3 }) }),
  'inverted, fixed': lstm({ units: 4, dropout: variational({ input: 0.3, recurrent: 0.2 }) }),
  'a zone of rate 0': lstm({ units: 4, dropout: zoneout({ hidden: 0, scope: 'step' }) }),
  'a zone that has not begun': lstm({
    units: 4,
    dropout: [{ site: 'zoneHidden', scope: 'step', rate: curriculum(0.5) }],
  }),
};

describe.each(Object.entries(ACTING))('%s, which acts in predictions', (_, [layer, sites]) => {
  test.each(['keras', 'tfjs'] as const)('is no model of %s', async (format) => {
    const model = await made(layer);
    await expectRefusal(
      () => exportModel(model, format),
      ModelError,
      `layer 1 (${layer.config.type})`,
      ...sites,
      'onnx',
    );
    await model.dispose();
  });

  test.each(['pt', 'safetensors', 'weights.h5'] as const)('is told with weights alone in %s', async (format) => {
    const model = await made(layer);
    const notes: string[] = [];
    // PyTorch has no GRU that resets before the product.
    const isTorch = format !== 'weights.h5';
    const given = isTorch
      ? sequential([lstm({ units: 2, returnSequences: true }), torchLike(layer)], { engine: 'reference' })
      : model;
    if (isTorch) await given.build(sequence, key(3));
    expect(Object.keys(await exportModel(given, format, { onNote: (note) => notes.push(note) }))).toHaveLength(1);
    const told = notes.filter((note) => note.includes('predictions'));
    expect(told).toHaveLength(1);
    for (const text of [`layer 1 (${layer.config.type})`, ...sites]) expect(told[0]).toContain(text);
    await model.dispose();
  });
});

/** The same layer, as PyTorch has it. */
function torchLike(layer: Layer): Layer {
  if (layer.config.type !== 'bidirectional') return layer;
  return bidirectional(gru({ units: 4, dropout: zoneout({ hidden: 0.3, scope: 'step' }) }));
}

test.each(Object.entries(PASSIVE))('%s is written to all, and nothing is told of predictions', async (_, layer) => {
  const model = await made(layer);
  for (const format of ['keras', 'tfjs', 'weights.h5'] as const) {
    const notes: string[] = [];
    await exportModel(model, format, { onNote: (note) => notes.push(note) });
    expect(notes.filter((note) => note.includes('predictions'))).toEqual([]);
  }
  await model.dispose();
});

test('a zone comes back from a graph of ONNX, at the rate that it had, with what it takes to predict the same', async () => {
  // Of 20 updates.
  const dropout = [zoneout({ hidden: curriculum(0.5, { gamma: 0.05 }), cell: 0.2, scope: 'step' })];
  const trained = sequential([lstm({ units: 4, returnSequences: true, dropout })], { engine: 'reference' });
  await trained.build(sequence, key(3));
  const { layers, input, loss } = trained;
  const model = { layers, input, loss, updates: 20, getWeights: () => trained.getWeights() };
  const [found] = await importLayers(await exportModel(model, 'onnx'));
  if (found?.kind !== 'recurrent') throw new Error('a recurrent layer was expected');
  const { scheme = [] } = found.facts;
  expect(scheme.map(({ site, rate }) => [site, rate])).toEqual([
    ['zoneHidden', expect.closeTo(0.5 * (1 - Math.exp(-1)), 12)],
    ['zoneCell', 0.2],
  ]);
  expect(found.notes.join()).toContain('plan: mean(facts.scheme)');
  const layer = found.toRecurrent({ engine: 'reference' });
  const there = recurrent({ cell: 'lstm', inputSize: 3, hiddenSize: 4, engine: 'reference' });
  const weights = Object.entries(await trained.getWeights());
  there.setWeights(Object.fromEntries(weights.map(([name, value]) => [name.replace('0.', ''), value])));
  const [again, before] = [
    await layer.forward(x, { plan: mean(scheme) }),
    await there.forward(x, { plan: mean(dropout, { update: 20 }) }),
  ];
  expect(again.y.toFlat()).toEqual(before.y.toFlat());
  await Promise.all([trained.dispose(), layer.dispose(), there.dispose()]);
});

test("words in a graph that are no scheme are nobody's", async () => {
  const layer = recurrent({ cell: 'gru', inputSize: 3, hiddenSize: 2, engine: 'reference' });
  const scheme = zoneout({ hidden: 0.25, scope: 'step' });
  const file = (await exportModel(layer, 'onnx', { scheme }))['model.onnx'] as Uint8Array;
  const text = Buffer.from(file).toString('latin1').replace('"zoneHidden"', '"zoneHiddex"');
  expect((await importLayers(Buffer.from(text, 'latin1'))).filter(({ kind }) => kind === 'recurrent')).toEqual([]);
});
