import {
  averagePool1d,
  conv1d,
  dense,
  key,
  maxPool1d,
  meanSquaredError,
  ModelError,
  OptionError,
  pooling,
  sequential,
  ShapeError,
} from 'keepgate';
import { expect, test } from 'vitest';
import { createReferenceEngine } from '../../../../src/engines/reference/engine.ts';
import { sequence, tokens, vector } from '../../../../src/layers/signature.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const engine = createReferenceEngine();
const told = { key: key(1), epochs: 1, loss: meanSquaredError() };

test.each([
  [
    'valid',
    [
      [0, 1, 2, 3, 4, 5, 6, 7],
      [0, 0, 0, 1, 2, 3, 4, 5],
    ],
  ],
  [
    'same',
    [
      [0, 1, 2, 3, 4, 5, 6, 7],
      [0, 1, 2, 3, 4, 5, 6, 7],
    ],
  ],
  [
    'causal',
    [
      [0, 1, 2, 3, 4, 5, 6, 7],
      [0, 1, 2, 3, 4, 5, 6, 7],
    ],
  ],
] as const)('so many steps come of so many: %s', (padding, [from, to]) => {
  const layer = conv1d({ filters: 1, kernelSize: 2, dilation: 2, padding });
  expect(from.map((steps) => layer.steps?.(steps) ?? steps)).toEqual(to);
});

test('strides divide them, upwards where zeros are put around', () => {
  const of = (padding: 'valid' | 'same') => maxPool1d({ poolSize: 3, strides: 2, padding });
  expect([0, 1, 2, 3, 4, 5, 6].map((steps) => of('valid').steps?.(steps))).toEqual([0, 0, 0, 1, 1, 2, 2]);
  expect([0, 1, 2, 3, 4, 5, 6].map((steps) => of('same').steps?.(steps))).toEqual([0, 1, 1, 2, 2, 3, 3]);
});

test('nothing of a causal one depends on later steps', async () => {
  const model = sequential([conv1d({ filters: 2, kernelSize: 3, dilation: 2, padding: 'causal' })], { engine });
  await model.build({ kind: 'sequence', size: 1 }, key(1));
  const x = [[1], [-2], [3], [0.5], [7], [-4]];
  const [whole = []] = await model.predict<number[][][]>([x]);
  const [changed = []] = await model.predict<number[][][]>([[...x.slice(0, 4), [100], [200]]]);
  expect(changed.slice(0, 4)).toEqual(whole.slice(0, 4));
  expect(changed[4]).not.toEqual(whole[4]);
  await model.dispose();
});

test('a sample that is shorter than a window has no step, and what comes behind gets zeros', async () => {
  const model = sequential([maxPool1d({ poolSize: 3 }), pooling({ over: 'mean' })], { engine });
  await model.build({ kind: 'sequence', size: 1 }, key(1));
  expect(await model.predict([[[5], [6]], [[-1], [-2], [-3]], []])).toEqual([[0], [-1], [0]]);
  await model.dispose();
});

test('targets are as many as the steps that it hands on', async () => {
  const model = sequential([averagePool1d({ poolSize: 2 }), dense({ units: 1 })], { engine });
  const x = [
    [[1], [2], [3], [4], [5]],
    [[1], [2]],
  ];
  const y = [[[1], [2]], [[3]]];
  await model.fit({ x, y }, told);
  expect((await model.evaluate({ x, y })).loss).toBeGreaterThan(0);
  const padded = { x: x.map((steps) => [...steps, [9]]), y, lengths: [5, 2] };
  expect(await model.evaluate(padded)).toEqual(await model.evaluate({ x, y }));
  await expectRefusal(
    () => model.fit({ x, y: [[[1], [2], [3], [4], [5]], [[3]]] }, told),
    ShapeError,
    '2 targets, one a step',
    '5 came',
  );
  await expectRefusal(
    () =>
      model.fit(
        {
          x,
          y: [
            [[1], [2]],
            [[3], [4]],
          ],
        },
        told,
      ),
    ShapeError,
    '1 targets, one a step',
    'sample 1',
  );
  await model.dispose();
});

test('a window needs the whole sequence: nothing goes on from chunk to chunk', async () => {
  const model = sequential([conv1d({ filters: 1, kernelSize: 2 })], { engine });
  await model.build({ kind: 'sequence', size: 1 }, key(1));
  await expectRefusal(
    () => model.predict([[[1]]], { returnState: true }),
    ModelError,
    'conv1d, layer 0, needs the whole',
  );
  await model.dispose();
});

test('what they do not take is refused', async () => {
  const fine = { filters: 2, kernelSize: 2 };
  for (const [options, part] of [
    [{ ...fine, filters: 0 }, 'filters'],
    [{ ...fine, kernelSize: 1.5 }, 'kernelSize'],
    [{ ...fine, strides: 0 }, 'strides'],
    [{ ...fine, dilation: -1 }, 'dilation'],
    [{ ...fine, padding: 'full' }, 'padding'],
    [{ ...fine, activation: 'gelu' }, 'activation'],
    [{ ...fine, dilationRate: 2 }, 'dilationRate'],
    [undefined, 'options'],
  ] as const)
    await expectRefusal(() => conv1d(options as never), OptionError, 'conv1d: ', part);
  await expectRefusal(() => maxPool1d({ padding: 'causal' as never }), OptionError, 'maxPool1d: ', 'padding');
  await expectRefusal(() => averagePool1d({ poolSize: 0 }), OptionError, 'averagePool1d: ', 'poolSize');
  for (const layer of [conv1d(fine), maxPool1d()]) {
    await expectRefusal(() => layer.outputs({ x: vector(3) }), ModelError, 'set returnSequences: true');
    await expectRefusal(() => layer.outputs({ x: tokens(3) }), ModelError, 'put an embedding() before it');
    await expectRefusal(() => layer.outputs({ x: sequence(2, 3) }), ModelError, 'rows of numbers');
  }
});
