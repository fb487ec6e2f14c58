import { fc } from '@fast-check/vitest';
import {
  averagePool1d,
  conv1d,
  conv2d,
  dense,
  dropout,
  flatten,
  key,
  type Layer,
  maxPool1d,
  maxPool2d,
  type Model,
  normal,
  repeatVector,
  reshape,
  rnn,
  sequential,
  type Signature,
  Tensor,
  timeDistributed,
} from 'keepgate';

/** A model with convolutions and pools, yet to be made. */
export interface WindowsCase {
  readonly make: () => { readonly layers: readonly Layer[]; readonly input: Signature };
  /** Two samples. */
  readonly x: number[][][];
}

const side = fc.integer({ min: 1, max: 3 });
const padding = fc.constantFrom('valid', 'same');
const activation = fc.constantFrom('linear', 'relu', 'tanh', 'softmax');

/** Over steps, or over images. @param causal whether windows may look back alone */
export function windowsCase(causal: boolean): fc.Arbitrary<WindowsCase> {
  return fc.oneof(overSteps(causal), overImages);
}

function overSteps(causal: boolean): fc.Arbitrary<WindowsCase> {
  const pool = fc.record({ poolSize: side, strides: side, padding });
  return fc
    .record({
      size: side,
      filters: side,
      kernelSize: side,
      window: fc.oneof(
        fc.record({ strides: side, dilation: fc.constant(1) }),
        fc.record({ strides: fc.constant(1), dilation: side }),
      ),
      padding: fc.constantFrom('valid', 'same', ...(causal ? ['causal'] : [])),
      activation,
      pools: fc.tuple(fc.boolean(), pool),
      end: fc.constantFrom('steps', 'repeated'),
    })
    .map((given): WindowsCase => {
      const { size, filters, kernelSize, window, pools, end } = given;
      const options = { filters, kernelSize, ...window, padding: given.padding, activation: given.activation };
      const layers = () => [
        conv1d(options as Parameters<typeof conv1d>[0]),
        (pools[0] ? maxPool1d : averagePool1d)(pools[1] as Parameters<typeof maxPool1d>[0]),
        ...(end === 'repeated' ? [rnn({ units: 2 }), repeatVector(3)] : []),
        timeDistributed(dense({ units: 2 })),
      ];
      const input: Signature = { over: 'time', dtype: 'numbers', shape: [size] };
      return { make: () => ({ layers: layers(), input }), x: nested([2, 9, size]) };
    });
}

const overImages: fc.Arbitrary<WindowsCase> = fc
  .record({
    channels: side,
    filters: side,
    kernelSize: side,
    strides: side,
    padding,
    activation,
    pool: fc.record({ poolSize: fc.integer({ min: 1, max: 2 }), strides: side, padding }),
  })
  .map((given): WindowsCase => {
    const { channels, filters, kernelSize, strides, pool } = given;
    const [height, width] = [6, 7];
    const options = { filters, kernelSize, strides, padding: given.padding, activation: given.activation };
    const layers = () => [
      reshape({ shape: [height, width, channels] }),
      conv2d(options as Parameters<typeof conv2d>[0]),
      dropout({ rate: 0.25, spatial: true }),
      maxPool2d(pool as Parameters<typeof maxPool2d>[0]),
      flatten(),
      dense({ units: 2 }),
    ];
    const shape = [height * width * channels];
    return {
      make: () => ({ layers: layers(), input: { over: 'batch', dtype: 'numbers', shape } }),
      x: nested([2, ...shape]),
    };
  });

function nested(shape: readonly number[]): number[][][] {
  return new Tensor(
    normal(
      key(9),
      shape.reduce((a, b) => a * b),
    ).slice(),
    shape,
  ).toJSON() as number[][][];
}

interface Drawn {
  readonly layers: readonly Layer[];
  readonly input: Parameters<Model['build']>[0];
}

/** The model with weights, biases among them, in which no two are alike. */
export async function drawWeights({ layers, input }: Drawn): Promise<Model> {
  const model = sequential(layers, { engine: 'reference' });
  await model.build(input, key(1));
  const weights = Object.entries(await model.getWeights()).map(([name, { shape }], i) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const drawn = normal(key(i + 2), size).map((value) => Math.fround(0.7 * value));
    const values = name.endsWith('running_var') ? drawn.map((value) => Math.fround(0.5 + Math.abs(value))) : drawn;
    return [name, new Tensor(Float64Array.from(values), shape)] as const;
  });
  await model.setWeights(Object.fromEntries(weights), { input });
  return model;
}
