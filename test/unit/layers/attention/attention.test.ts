import { attention, dense, gru, key, ModelError, OptionError, sequential, softmaxCrossEntropy } from 'keepgate';
import { expect, test } from 'vitest';
import { createReferenceEngine } from '../../../../src/engines/reference/engine.ts';
import { sequence, tokens, vector } from '../../../../src/layers/signature.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const engine = createReferenceEngine();
const x = [
  [
    [0.3, -1.2],
    [0.8, 0.1],
    [-0.4, 0.9],
  ],
  [[1.1, 0.2]],
  [],
];

test.each(['additive', 'dot'] as const)('what the steps of a trained model weigh can be read: %s', async (kind) => {
  const model = sequential([gru({ units: 3, returnSequences: true }), attention({ kind }), dense({ units: 2 })], {
    engine,
  });
  await model.fit({ x, y: [0, 1, 1] }, { key: key(1), epochs: 3, loss: softmaxCrossEntropy() });
  const looking = sequential([...model.layers.slice(0, 1), attention({ kind, returnWeights: true })], { engine });
  await looking.build({ kind: 'sequence', size: 2 }, key(1));
  await looking.setWeights(await model.getWeights(), { strict: false });
  const weights = await looking.predict<number[][][]>(x);
  expect(weights.map((steps) => steps.length)).toEqual([3, 1, 0]);
  for (const steps of weights.slice(0, 2))
    expect(steps.reduce((sum, [weight = 0]) => sum + weight, 0)).toBeCloseTo(1, 12);
  expect(new Set(weights[0]?.flat()).size).toBe(3);

  // They are what the model adds its states up by.
  const states = await sequential(model.layers.slice(0, 1), { engine });
  await states.build({ kind: 'sequence', size: 2 }, key(1));
  await states.setWeights(await model.getWeights(), { strict: false });
  const [hidden = []] = await states.predict<number[][][]>(x);
  const pooled = sequential(model.layers.slice(0, 2), { engine });
  await pooled.build({ kind: 'sequence', size: 2 }, key(1));
  await pooled.setWeights(await model.getWeights(), { strict: false });
  const sums = await pooled.predict<number[][]>(x);
  for (let unit = 0; unit < 3; unit++) {
    const sum = hidden.reduce((all, step, t) => all + (step[unit] as number) * (weights[0]?.[t]?.[0] as number), 0);
    expect(sums[0]?.[unit]).toBeCloseTo(sum, 12);
  }
  expect(sums[2]).toEqual([0, 0, 0]);
  for (const one of [model, looking, states, pooled]) await one.dispose();
});

test('what it does not take is refused', async () => {
  const wrong = (options: unknown, part: string) =>
    expectRefusal(() => attention(options as never), OptionError, 'attention: ', part);
  await wrong({ kind: 'cosine' }, 'kind');
  await wrong({ kind: 'dot', units: 2 }, 'units');
  await wrong({ kind: 'additive', units: 0 }, 'units');
  await wrong({ kind: 'dot', returnWeights: 1 }, 'returnWeights');
  await wrong({ kind: 'dot', heads: 2 }, 'heads');
  await wrong(undefined, 'options');
  const layer = attention({ kind: 'dot' });
  await expectRefusal(() => layer.outputs({ x: vector(3) }), ModelError, 'set returnSequences: true');
  await expectRefusal(() => layer.outputs({ x: tokens(3) }), ModelError, 'put an embedding() before it');
  await expectRefusal(() => layer.outputs({ x: sequence(2, 3) }), ModelError, 'rows of numbers');
});
