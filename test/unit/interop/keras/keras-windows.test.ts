import { fc } from '@fast-check/vitest';
import { type Model, ModelError, normal, key, Tensor, tensor } from 'keepgate';
import { exportModel, importModel } from 'keepgate/interop';
import { describe, expect, test } from 'vitest';
import { drawWeights, windowsCase } from '../../../helpers/keras/window-models.ts';
import { furthest } from '../../../helpers/keras/written-models.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

type Entry = readonly [className: string, config: object, weights?: readonly Tensor[]];

/** A file of Keras 3 with layers one behind the other. @param shape of the input, the batch in front */
function fileOf(shape: readonly (number | null)[], ...entries: readonly Entry[]) {
  const tensors: Record<string, Tensor> = {};
  const counts = new Map<string, number>();
  const layers = entries.map(([className, config, weights = []], i) => {
    const base = className.replace(/(.)([A-Z][a-z]+)/g, '$1_$2').toLowerCase();
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    const group = count === 0 ? base : `${base}_${count}`;
    const inside = className === 'TimeDistributed' ? '/layer' : '';
    for (const [k, value] of weights.entries()) tensors[`layers/${group}${inside}/vars/${k}`] = value;
    const first = i === 0 ? { batch_input_shape: shape } : {};
    return { class_name: className, config: { name: `the ${group}`, ...first, ...config } };
  });
  const model = { class_name: 'Sequential', config: { layers } };
  return { format: 'keras', tensors, refused: {}, notes: [], config: { model, kerasVersion: '3.0.0' } } as const;
}

async function predicted(file: ReturnType<typeof fileOf>, x: unknown): Promise<unknown> {
  const model = (await importModel(file, { engine: 'reference' })) as Model;
  const y = await model.predict(x as number[][][]);
  await model.dispose();
  return y;
}

/** Numbers of which no two are alike. */
function numbers(seed: number, ...shape: number[]): Tensor {
  return new Tensor(
    normal(
      key(seed),
      shape.reduce((a, b) => a * b),
    ).slice(),
    shape,
  );
}

const nested = (value: Tensor): number[][][] => value.toJSON() as number[][][];

describe('windows over steps, as Keras lays them', () => {
  const [STEPS, SIZE, FILTERS, WIDTH] = [7, 2, 3, 3] as const;
  const x = nested(numbers(1, 1, STEPS, SIZE));
  const [kernel, bias] = [numbers(2, WIDTH, SIZE, FILTERS), numbers(3, FILTERS)];

  /** What kernel[k][c][f] makes of window t, of which step 0 stands at t strides - front. */
  function convolved(front: number, strides: number, dilation: number, windows: number): number[][] {
    const [w, b] = [nested(kernel), bias.toJSON() as number[]];
    return Array.from({ length: windows }, (_, t) =>
      b.map((added, f) => {
        let sum = added;
        for (let k = 0; k < WIDTH; k++) {
          for (let c = 0; c < SIZE; c++) {
            sum += (x[0]?.[t * strides + k * dilation - front]?.[c] ?? 0) * (w[k]?.[c]?.[f] as number);
          }
        }
        return Math.max(0, sum);
      }),
    );
  }

  test.each([
    ['valid', 1, 1, 0, 5],
    ['valid', 2, 1, 0, 3],
    ['valid', 1, 2, 0, 3],
    // What is left over of zeros for both ends stands behind.
    ['same', 1, 1, 1, 7],
    ['same', 3, 1, 1, 3],
    ['causal', 1, 2, 4, 7],
    ['causal', 2, 1, 2, 4],
  ] as const)('Conv1D %s, strides %i, dilation %i', async (padding, strides, dilation, front, windows) => {
    const config = { filters: FILTERS, kernel_size: [WIDTH], strides: [strides], dilation_rate: [dilation], padding };
    const file = fileOf(
      [null, null, SIZE],
      ['Conv1D', { ...config, activation: 'relu', groups: 1, data_format: 'channels_last' }, [kernel, bias]],
    );
    expect(furthest(await predicted(file, x), [convolved(front, strides, dilation, windows)])).toBeLessThan(1e-12);
  });

  test('without a bias, and with the activation as a layer of its own', async () => {
    const settings = { filters: FILTERS, kernel_size: WIDTH, use_bias: false };
    const file = fileOf([null, STEPS, SIZE], ['Conv1D', settings, [kernel]], ['Activation', { activation: 'tanh' }]);
    const zeros = fileOf([null, STEPS, SIZE], ['Conv1D', { ...settings, use_bias: true }, [kernel, tensor([0, 0, 0])]]);
    const linear = (await predicted(zeros, x)) as number[][][];
    const wanted = linear.map((steps) => steps.map((row) => row.map(Math.tanh)));
    expect(furthest(await predicted(file, x), wanted)).toBeLessThan(1e-12);
  });

  const column = [[[3], [-1], [4], [1], [-5]]];
  test.each([
    ['MaxPooling1D', {}, [[3], [4]]],
    ['MaxPooling1D', { pool_size: [3], strides: [1] }, [[4], [4], [4]]],
    ['MaxPooling1D', { pool_size: 2, padding: 'same' }, [[3], [4], [-5]]],
    ['AveragePooling1D', { pool_size: [2] }, [[1], [2.5]]],
    // Zeros that are put around are none of a mean.
    ['AveragePooling1D', { pool_size: [3], strides: [2], padding: 'same' }, [[1], [4 / 3], [-2]]],
  ])('%s of %j', async (className, config, wanted) => {
    expect(await predicted(fileOf([null, null, 1], [className, config]), column)).toEqual([
      wanted.map(([value]) => [expect.closeTo(value as number, 12)]),
    ]);
  });

  test('RepeatVector, and Dense at each step', async () => {
    const dense: Entry = [
      'TimeDistributed',
      { layer: { class_name: 'Dense', config: { name: 'inside', units: 1 } } },
      [tensor([[2], [3]]), tensor([1])],
    ];
    const file = fileOf([null, 2], ['RepeatVector', { n: 3 }], dense);
    expect(await predicted(file, [[5, 7]])).toEqual([[[32], [32], [32]]]);
  });
});

test('Conv2D, MaxPooling2D and Flatten, over images', async () => {
  const [image, kernel] = [numbers(5, 1, 4, 5, 2), numbers(6, 2, 2, 2, 3)];
  const file = fileOf(
    [null, 4, 5, 2],
    ['Conv2D', { filters: 3, kernel_size: [2, 2] }, [kernel, tensor([0.5, -1, 2])]],
    ['MaxPooling2D', { pool_size: [2, 2], strides: [1, 1] }],
    ['Flatten', {}],
  );
  const pixel = nested(image)[0] as unknown as number[][][];
  const weight = nested(kernel) as unknown as number[][][][];
  const at = (h: number, w: number, f: number): number => {
    let sum = [0.5, -1, 2][f] as number;
    for (const i of [0, 1]) {
      for (const j of [0, 1]) {
        for (const c of [0, 1]) {
          sum += (pixel[h + i]?.[w + j]?.[c] as number) * (weight[i]?.[j]?.[c]?.[f] as number);
        }
      }
    }
    return sum;
  };
  const wanted: number[] = [];
  for (const h of [0, 1]) {
    for (const w of [0, 1, 2]) {
      for (const f of [0, 1, 2]) {
        wanted.push(Math.max(at(h, w, f), at(h + 1, w, f), at(h, w + 1, f), at(h + 1, w + 1, f)));
      }
    }
  }
  expect(furthest(await predicted(file, [Array.from(image.toFlat())]), [wanted])).toBeLessThan(1e-12);
});

test.each(['keras', 'tfjs'] as const)(
  'models of windows that are written for %s come back with their predictions',
  async (format) => {
    await fc.assert(
      fc.asyncProperty(windowsCase(format === 'keras'), async ({ make, x }) => {
        const model = await drawWeights(make());
        const again = (await importModel(await exportModel(model, format), { engine: 'reference' })) as Model;
        expect(furthest(await again.predict(x), await model.predict(x))).toBeLessThan(1e-6);
        await Promise.all([model.dispose(), again.dispose()]);
      }),
      { numRuns: 30 },
    );
  },
);

const CONV = { filters: 1, kernel_size: 2 };
const WEIGHTS = [numbers(1, 2, 2, 1), numbers(2, 1)];
const SQUARE = [numbers(1, 2, 2, 2, 1), numbers(2, 1)];
const STEPS = [null, null, 2];
const IMAGES = [null, 4, 4, 2];

test.each([
  ['groups', fileOf(STEPS, ['Conv1D', { ...CONV, groups: 2 }, WEIGHTS]), 'groups 1'],
  ['channels in front', fileOf(STEPS, ['Conv1D', { ...CONV, data_format: 'channels_first' }, WEIGHTS]), 'data_format'],
  ['another padding', fileOf(STEPS, ['MaxPooling1D', { padding: 'causal' }]), 'padding of "valid" or "same"'],
  ['a function that is none here', fileOf(STEPS, ['Conv1D', { ...CONV, activation: 'gelu' }, WEIGHTS]), '"gelu"'],
  ['a kernel of another shape', fileOf(STEPS, ['Conv1D', { ...CONV, filters: 2 }, WEIGHTS]), 'shape [2,2,2]'],
  ['no weights', fileOf(STEPS, ['Conv1D', CONV]), '0 weights'],
  ['windows that are no squares', fileOf(IMAGES, ['MaxPooling2D', { pool_size: [2, 1] }]), 'pool_size'],
  ['dilated images', fileOf(IMAGES, ['Conv2D', { ...CONV, dilation_rate: [2, 2] }, SQUARE]), 'dilation_rate 1'],
  ['images of any size', fileOf([null, null, null, 2], ['Conv2D', CONV, SQUARE]), 'images whose sizes'],
  ['a row of all steps', fileOf(STEPS, ['Conv1D', CONV, WEIGHTS], ['Flatten', {}]), 'a row of all steps'],
  ['a setting that nobody knows', fileOf(STEPS, ['MaxPooling1D', { other: 3 }]), 'other: 3'],
  ['windows over depth', fileOf(STEPS, ['SeparableConv1D', CONV, WEIGHTS]), '"SeparableConv1D"'],
  [
    'padding in front of windows',
    fileOf(
      [null, null],
      ['Embedding', { input_dim: 4, output_dim: 2, mask_zero: true }, [numbers(3, 4, 2)]],
      ['MaxPooling1D', {}],
    ),
    'mask_zero before it',
  ],
])('%s: refused by the name of the layer', async (_, file, message) => {
  await expectRefusal(() => importModel(file), ModelError, 'layer "the ', message);
});

test('what no training moved there is frozen here, also windows and normalisation', async () => {
  const still = { trainable: false };
  const file = fileOf(
    STEPS,
    ['Conv1D', { ...CONV, ...still }, WEIGHTS],
    ['BatchNormalization', { ...still, gamma_regularizer: { class_name: 'L2' } }, [1, 2, 3, 4].map((k) => tensor([k]))],
  );
  const notes: string[] = [];
  const model = (await importModel(file, { engine: 'reference', onNote: (note) => notes.push(note) })) as Model;
  expect(model.layers.map(({ config }) => config.type)).toEqual(['frozen', 'frozen']);
  expect(notes.join()).toContain('gamma_regularizer');
  for (const format of ['keras', 'tfjs'] as const) {
    const again = (await importModel(await exportModel(model, format), { engine: 'reference' })) as Model;
    expect(again.layers.map(({ config }) => config)).toEqual(model.layers.map(({ config }) => config));
    await again.dispose();
  }
  await model.dispose();
});
