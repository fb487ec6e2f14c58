import { type Layer, type Model, ModelError, type Signature, Tensor, tensor } from 'keepgate';
import { type ExportFormat, exportModel, importModel, readTensors } from 'keepgate/interop';
import { afterAll, describe, expect, test } from 'vitest';
import { LAYERS } from '../../../src/layers/restore.ts';
import { furthestOfValid, isPlainInput, LAYER_ROWS, samplesFor } from '../../helpers/layer-rows.ts';
import { drawWeights } from '../../helpers/keras/window-models.ts';
import { furthest } from '../../helpers/keras/written-models.ts';
import { runOnnx } from '../../helpers/onnx-runtime.ts';

test('every type of layer has a row', () => {
  const named = Object.keys(LAYER_ROWS).map((name) => name.split(/[ ,]/)[0]);
  expect(new Set(named)).toEqual(new Set(LAYERS.map(({ type }) => type)));
});

const WHOLE: readonly ExportFormat[] = ['keras', 'tfjs', 'onnx'];
/** What each writer takes, so that nothing is refused that was written before. */
const written: Record<string, string[]> = { keras: [], tfjs: [], onnx: [], pt: [], 'weights.h5': [], safetensors: [] };

describe.each(Object.entries(LAYER_ROWS))('%s', (name, [input, layers]) => {
  /** What was written, and what was told; null where it was refused, as it should be. */
  async function filesOf(model: Model, format: ExportFormat, notes: string[]) {
    try {
      const files = await exportModel(model, format, { onNote: (note) => notes.push(note) });
      written[format]?.push(name);
      return files;
    } catch (error) {
      expect(error).toBeInstanceOf(ModelError);
      const types = model.layers.map(({ config }) => innermost(config).type);
      expect((error as Error).message).toMatch(new RegExp(`layer \\d+ \\("?(${types.join('|')})"?\\)`));
      return null;
    }
  }

  test.each(WHOLE)('%s has the same function, or is refused by the name of a layer', async (format) => {
    const model = await drawWeights({ layers: layers(), input });
    const files = await filesOf(model, format, []);
    if (files && isPlainInput(input) && format === 'onnx') {
      const x = samplesFor(input);
      const y = await runGraph(files['model.onnx'] as Uint8Array, model, input, x);
      expect(furthestOfValid(y.toJSON(), await model.predict(x as number[][][]))).toBeLessThan(2e-6);
    }
    if (files && isPlainInput(input)) {
      const again = (await importModel(files, { engine: 'reference' })) as Model;
      const x = samplesFor(input) as number[][][];
      expect(furthest(await again.predict(x), await model.predict(x))).toBeLessThan(2e-6);
      const frozenIn = ({ layers: some }: Model): unknown[] => some.map(({ config }) => config.type === 'frozen');
      if (name.startsWith('frozen')) expect(frozenIn(again)).toEqual(frozenIn(model));
      await again.dispose();
    }
    await model.dispose();
  });

  test.each(['pt', 'safetensors'] as const)('%s has all weights by name, or is refused', async (format) => {
    const model = await drawWeights({ layers: layers(), input });
    const files = await filesOf(model, format, []);
    if (files) {
      const { tensors } = await readTensors(files[`model.${format}`] as Uint8Array);
      for (const [path, value] of Object.entries(await model.getWeights())) {
        expect(tensors[path]?.shape, path).toEqual(value.shape);
        expect(furthest(Array.from(tensors[path]?.toFlat() ?? []), Array.from(value.toFlat())), path).toBe(0);
      }
    }
    await model.dispose();
  });

  test('weights.h5 has those of the .keras file, and says what it leaves out', async () => {
    const model = await drawWeights({ layers: layers(), input });
    const notes: string[] = [];
    const alone = await filesOf(model, 'weights.h5', notes);
    const whole = await filesOf(model, 'keras', []);
    if (alone) {
      const { tensors } = await readTensors(alone['model.weights.h5'] as Uint8Array);
      if (whole) expect((await readTensors(whole['model.keras'] as Uint8Array)).tensors).toEqual(tensors);
      else expect(notes.join()).toContain('predictions of these weights are others elsewhere');
    }
    await model.dispose();
  });
});

function innermost(config: Layer['config']): Layer['config'] {
  return config.type === 'frozen' ? innermost(config.layer as Layer['config']) : config;
}

/** The inputs of a graph. Lengths go in where ids have padding, which stands at the end. */
function runGraph(
  file: Uint8Array,
  { layers }: Model,
  { dtype }: Signature,
  samples: readonly unknown[],
): Promise<Tensor> {
  if (dtype === 'numbers') return runOnnx(file, { x: narrow(tensor(samples as number[][])) });
  const rows = samples as number[][];
  const ids = BigInt64Array.from(rows.flat(), BigInt);
  const padding = layers[0]?.config.padding;
  const lengths = Int32Array.from(rows, (row) => row.filter((id) => id !== padding).length);
  const shape = [rows.length, rows[0]?.length ?? 0];
  return runOnnx(file, padding === undefined ? { ids } : { ids, lengths }, shape);
}

function narrow(value: Tensor): Tensor {
  return new Tensor(Float32Array.from(value.toFlat()), value.shape);
}

/** Layers that a format has not. Who takes one of them out of a list writes it. */
const NOWHERE = [
  'allSteps',
  'lastStates',
  'residual',
  'residual, left out at times',
  'highway',
  'concatenate',
  'heads',
  'inputs',
  'inputs, two',
  'encoderDecoder',
  'timeDistributed, images',
  'timeDistributed, frozen',
  'attention',
  'sampledSoftmax',
  'adaptiveSoftmax',
  'lstm, normalised',
  'gru, normalised',
  'bidirectional, normalised',
];
const KERAS = [
  ...NOWHERE,
  'lstm, hard gates of old',
  'embedding, padding of another id',
  'pooling, the last of both directions',
  'pooling behind padding',
  'conv1d behind padding',
  'reverse in front of both directions',
  'reverse at the end',
];
const NO_PYTORCH = NOWHERE.filter((name) => name !== 'allSteps' && name !== 'lastStates');
const REFUSED: Readonly<Record<ExportFormat, readonly string[]>> = {
  safetensors: [],
  pt: [
    ...NO_PYTORCH,
    'lstm, hard gates',
    'lstm, hard gates of old',
    'gru, reset before',
    'bidirectional, all steps',
    'frozen, twice',
    'conv1d',
    'conv1d, causal',
    'conv1d behind padding',
    'conv2d',
    'maxPool2d',
    'reshape',
    'flatten',
    'timeDistributed',
  ],
  'weights.h5': KERAS,
  keras: [...KERAS, 'lstm, zones'],
  tfjs: [
    ...KERAS.filter((name) => name !== 'lstm, hard gates of old'),
    'lstm, zones',
    'lstm, hard gates',
    'dense, hard',
    'gru',
    'conv1d, causal',
  ],
  onnx: [
    ...NOWHERE,
    'conv1d',
    'conv1d, causal',
    'conv1d behind padding',
    'maxPool1d',
    'averagePool1d',
    'conv2d',
    'maxPool2d',
    'reshape',
    'flatten',
    'reverse',
    'reverse in front of both directions',
    'reverse at the end',
    'repeatVector',
    'timeDistributed',
  ],
};

afterAll(() => {
  for (const [format, refused] of Object.entries(REFUSED)) {
    const left = Object.keys(LAYER_ROWS).filter((name) => !written[format]?.includes(name));
    expect(new Set(left), format).toEqual(new Set(refused));
  }
});
