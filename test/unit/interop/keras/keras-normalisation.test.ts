import { fc } from '@fast-check/vitest';
import { type Model, ModelError, tensor } from 'keepgate';
import { exportModel, importLayers, importModel } from 'keepgate/interop';
import { describe, expect, test } from 'vitest';
import { furthest, makeModel, samples, writtenCase } from '../../../helpers/keras/written-models.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

test.each(['keras', 'tfjs'] as const)(
  'a model that was written for %s is made again, normalisation and all',
  async (format) => {
    const has = writtenCase.filter(({ cell }) => format === 'keras' || cell !== 'gru');
    await fc.assert(
      fc.asyncProperty(has, async (given) => {
        const model = await makeModel(given);
        const again = (await importModel(await exportModel(model, format), { engine: 'reference' })) as Model;
        expect(furthest(await again.predict(samples(given)), await model.predict(samples(given)))).toBeLessThan(1e-6);
        const norms = (made: Model): unknown[] =>
          made.layers.map(({ config }) => config).filter(({ type }) => /Norm/.test(type));
        expect(norms(again)).toEqual(norms(model));
        await Promise.all([model.dispose(), again.dispose()]);
      }),
      { numRuns: 20 },
    );
  },
);

describe('a layer of Keras', () => {
  const vars = [tensor([2, 3]), tensor([0.5, -1]), tensor([1, 2]), tensor([4, 9])];
  const x = [[3, 8]];

  /** What becomes of a layer with its weights behind an input. */
  function fileOf(className: string, config: object, weights = vars, shape: (number | null)[] = [null, 2]) {
    const layer = { class_name: className, config: Object.assign({ name: 'norm', batch_input_shape: shape }, config) };
    const group = className === 'BatchNormalization' ? 'batch_normalization' : 'layer_normalization';
    const tensors = Object.fromEntries(weights.map((value, i) => [`layers/${group}/vars/${i}`, value]));
    const model = { class_name: 'Sequential', config: { layers: [layer] } };
    return { format: 'keras', tensors, refused: {}, notes: [], config: { model } } as const;
  }

  async function outputOf(file: ReturnType<typeof fileOf>): Promise<number[]> {
    const model = (await importModel(file, { engine: 'reference' })) as Model;
    const [row = []] = await model.predict<number[][]>(x);
    await model.dispose();
    return row;
  }

  // gamma (x - mean) / sqrt(variance + epsilon) + beta
  test.each([
    ['BatchNormalization', { epsilon: 0.25 }, vars, [(2 * 2) / Math.sqrt(4.25) + 0.5, (3 * 6) / Math.sqrt(9.25) - 1]],
    [
      'BatchNormalization',
      { epsilon: 0.25, axis: [1] },
      vars,
      [(2 * 2) / Math.sqrt(4.25) + 0.5, (3 * 6) / Math.sqrt(9.25) - 1],
    ],
    [
      'BatchNormalization',
      { scale: false, epsilon: 0.25 },
      vars.slice(1),
      [2 / Math.sqrt(4.25) + 0.5, 6 / Math.sqrt(9.25) - 1],
    ],
    [
      'BatchNormalization',
      { center: false },
      [vars[0], vars[2], vars[3]],
      [4 / Math.sqrt(4.001), 18 / Math.sqrt(9.001)],
    ],
    [
      'LayerNormalization',
      { epsilon: 0.25 },
      vars.slice(0, 2),
      [(-2.5 * 2) / Math.sqrt(6.5) + 0.5, 7.5 / Math.sqrt(6.5) - 1],
    ],
    [
      'LayerNormalization',
      { scale: false, center: true },
      vars.slice(1, 2),
      [-2.5 / Math.sqrt(6.251) + 0.5, 2.5 / Math.sqrt(6.251) - 1],
    ],
  ])('%s of %j', async (className, config, weights, wanted) => {
    const came = await outputOf(fileOf(className, config, weights as typeof vars));
    for (const [i, value] of wanted.entries()) expect(came[i]).toBeCloseTo(value, 12);
  });

  test('its momentum is the complement of ours, and a note tells of the variance', async () => {
    const notes: string[] = [];
    const model = (await importModel(fileOf('BatchNormalization', { momentum: 0.99 }), {
      onNote: (note) => notes.push(note),
    })) as Model;
    expect(model.layers[0]?.config.momentum).toBe(0.01);
    expect(notes.join()).toContain('norm: its running variance');
    const files = await exportModel(model, 'tfjs');
    expect(new TextDecoder().decode(files['model.json'])).toContain('"momentum":0.99,');
    await model.dispose();
  });

  test.each([
    ['an axis that is not the last', fileOf('BatchNormalization', { axis: 1 }, vars, [null, null, 2]), 'the last axis'],
    ['two axes', fileOf('LayerNormalization', { axis: [1, 2] }, vars.slice(0, 2)), 'the last axis'],
    [
      'the root of a mean of squares',
      fileOf('LayerNormalization', { rms_scaling: true }, vars.slice(0, 2)),
      'rms_scaling',
    ],
    ['renormalisation', fileOf('BatchNormalization', { renorm: true }), 'renorm'],
    ['weights of two sizes', fileOf('BatchNormalization', {}, [...vars.slice(0, 3), tensor([1])]), 'shape [1]'],
    ['a weight too few', fileOf('BatchNormalization', {}, vars.slice(0, 3)), '3 weights'],
    ['no weights at all', fileOf('LayerNormalization', { scale: false, center: false }, []), 'a scale or a center'],
    ['a momentum that is none', fileOf('BatchNormalization', { momentum: 1 }), 'momentum'],
    ['a setting that nobody knows', fileOf('BatchNormalization', { other: 3 }), 'other: 3'],
  ])('with %s is refused by its name', async (_, file, message) => {
    await expectRefusal(() => importModel(file), ModelError, 'layer "norm"', message);
  });

  test('is left out of layers, as its weights are those of none of their kinds', async () => {
    await expectRefusal(
      () => importLayers(fileOf('BatchNormalization', {})),
      Error,
      'layers/batch_normalization/vars/0',
    );
  });
});
