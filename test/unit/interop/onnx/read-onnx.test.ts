import { DataError, ModelError, recurrent, Tensor } from 'keepgate';
import { type ImportedLayer, importLayers, readTensors } from 'keepgate/interop';
import { describe, expect, test } from 'vitest';
import {
  fileOf,
  fileWithNode,
  GOLDEN_ONNX,
  goldenOnnx,
  sharedBytes,
  sharedOnnx,
  sharedTensor,
} from '../../../helpers/golden-onnx.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

/** Numbers of which no two are alike. */
function numbers(shape: readonly number[], seed: number): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return new Tensor(
    Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + seed)),
    shape,
  );
}

function weightOf(layer: ImportedLayer | undefined, name: string): Tensor | undefined {
  return (layer?.weights as Readonly<Record<string, Tensor>> | undefined)?.[name];
}

async function outputOf(layer: ImportedLayer | undefined, x: Tensor): Promise<Tensor> {
  if (layer?.kind !== 'recurrent') throw new Error('a recurrent layer was expected');
  const made = layer.toRecurrent({ engine: 'reference' });
  const run = await made.forward(x);
  run.dispose();
  await made.dispose();
  return run.y;
}

function expectNear(came: ArrayLike<number>, wanted: ArrayLike<number>): void {
  expect(came.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    const value = wanted[i] as number;
    expect(Math.abs((came[i] as number) - value)).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)));
  }
}

describe('what PyTorch exports', () => {
  test.each(GOLDEN_ONNX.filter(({ file }) => !/^(words|last)/.test(file)))(
    '$file gives what PyTorch gave',
    async ({ file, x, y, weights }) => {
      const [layer, ...others] = await importLayers(goldenOnnx(file));
      expect(others).toEqual([]);
      expectNear((await outputOf(layer, new Tensor(Float64Array.from(x.flat(2)), [2, 5, 4]))).toFlat(), y.flat(2));
      for (const [name, { shape, data }] of Object.entries(weights)) {
        const found = layer?.weights[name.replace(/^rnn\./, '') as 'weight'];
        expect(found?.shape).toEqual(shape);
        expect(Array.from(found?.toFlat() ?? [])).toEqual(data);
      }
    },
  );

  test('an embedding and a dense layer beside it have the names of their modules', async () => {
    const { weights } = GOLDEN_ONNX.find(({ file }) => file === 'words.onnx') as (typeof GOLDEN_ONNX)[number];
    const layers = await importLayers(goldenOnnx('words.onnx'));
    expect(layers.map(({ name, kind }) => [name, kind])).toEqual([
      ['embed', 'embedding'],
      ['rnn', 'recurrent'],
      ['fc', 'dense'],
    ]);
    for (const name of ['embed.weight', 'fc.weight', 'fc.bias']) {
      const [module, weight] = name.split('.') as [string, 'weight'];
      const found = layers.find((layer) => layer.name === module)?.weights[weight];
      expect(Array.from(found?.toFlat() ?? [])).toEqual(weights[name]?.data);
    }
  });

  test('the notes say who wrote it, and the config what is computed', async () => {
    const { format, notes, config } = await readTensors(goldenOnnx('gru.onnx'));
    expect(format).toBe('onnx');
    expect(notes[0]).toMatch(/^written by "pytorch" "1\.13\.\d", opset 14, IR 7$/);
    expect(JSON.stringify(config)).toContain('"op":"GRU"');
  });
});

describe('a node', () => {
  const [I, H] = [2, 3];
  const lstm = { W: numbers([1, 4 * H, I], 1), R: numbers([1, 4 * H, H], 2), B: numbers([1, 8 * H], 3) };
  const gru = { W: numbers([2, 3 * H, I], 1), R: numbers([2, 3 * H, H], 2), B: numbers([2, 6 * H], 3) };

  test('the gates of an LSTM stand in the order i, o, f, c', async () => {
    const [layer] = await importLayers(fileWithNode({ op: 'LSTM', inputs: ['x', 'W', 'R', 'B'], weights: lstm }));
    // Gate by gate: 0, 2, 3, 1 of the file.
    const rows = lstm.W.toArray<number[][][]>()[0] as number[][];
    const wanted = [0, 2, 3, 1].flatMap((gate) => rows.slice(gate * H, (gate + 1) * H));
    expect(weightOf(layer, 'weight_ih_l0')?.toArray()).toEqual(wanted);
    const biases = lstm.B.toArray<number[][]>()[0] as number[];
    const second = [0, 2, 3, 1].flatMap((gate) => biases.slice((4 + gate) * H, (5 + gate) * H));
    expect(weightOf(layer, 'bias_hh_l0')?.toArray()).toEqual(second);
  });

  test.each([0, 1])('linear_before_reset %i says where the reset gate of a GRU acts', async (linear_before_reset) => {
    const attributes = { direction: 'bidirectional', linear_before_reset, hidden_size: H };
    const [layer] = await importLayers(
      fileWithNode({ op: 'GRU', inputs: ['x', 'W', 'R', 'B'], attributes, weights: gru }),
    );
    expect(layer?.facts).toEqual({
      cell: 'gru',
      resetAfter: linear_before_reset === 1,
      activation: 'tanh',
      recurrentActivation: 'sigmoid',
      inputSize: I,
      hiddenSize: H,
      layers: 1,
      bidirectional: true,
      bias: true,
    });
  });

  test.each([
    ['pytorch', 0, true, true],
    ['pytorch', 1, true, false],
    // Without biases it is the same.
    ['pytorch', 0, false, false],
    ['tf2onnx', 0, true, false],
  ])(
    'a GRU of %s with linear_before_reset %i, biases: %s, is doubted: %s',
    async (producer, before, bias, isDoubted) => {
      const [layer] = await importLayers(
        fileWithNode({
          op: 'GRU',
          inputs: ['x', 'W', 'R', ...(bias ? ['B'] : [])],
          attributes: { direction: 'bidirectional', linear_before_reset: before, hidden_size: H },
          weights: gru,
          producer,
        }),
      );
      const doubt = expect.stringMatching(
        /^linear_before_reset is 0, and a GRU of PyTorch is of 1: .* its numbers are others/,
      );
      expect(layer?.notes).toEqual(isDoubted ? [doubt] : []);
    },
  );

  test.each([
    [['HardSigmoid', 'relu', 'Relu'], 'hardSigmoid0.2', 'relu'],
    [['SIGMOID', 'tanh', 'Tanh'], 'sigmoid', 'tanh'],
  ])('activations %j, of whatever case', async (activations, recurrentActivation, activation) => {
    const [layer] = await importLayers(
      fileWithNode({ op: 'LSTM', inputs: ['x', 'W', 'R'], attributes: { activations }, weights: lstm }),
    );
    expect(layer?.facts).toMatchObject({ activation, recurrentActivation, bias: false });
    expect(Object.keys(layer?.weights ?? {})).toEqual(['weight_ih_l0', 'weight_hh_l0']);
  });

  test.each([
    ['clip', { clip: { float: 3 } }, [], 'a clip of 3'],
    ['input_forget', { input_forget: 1 }, [], 'input_forget'],
    ['peepholes', {}, ['', '', '', 'P'], 'peepholes'],
    ['reverse alone', { direction: 'reverse' }, [], '"reverse"'],
    ['another activation', { activations: ['Sigmoid', 'Softsign', 'Tanh'] }, [], 'Softsign'],
    ['activations that differ', { activations: ['Sigmoid', 'Tanh', 'Relu'] }, [], 'Relu'],
    ['another number of units', { hidden_size: 5 }, [], 'weights of 3'],
    ['a state that is not 0', {}, ['', 'P'], 'other constants'],
  ])('%s is refused by the name of the layer', async (_, attributes, more, came) => {
    const weights = { ...lstm, P: numbers([1, 3 * H], 4) };
    const inputs = ['x', 'W', 'R', 'B', ...more];
    const file = fileWithNode({ op: 'LSTM', inputs, attributes: attributes as Record<string, number>, weights });
    await expectRefusal(() => importLayers(file), ModelError, 'layer "lstm_1"', came);
  });

  test.each([
    ['W as an input', 'x', { R: lstm.R, B: lstm.B }, 'an input'],
    ['W of another shape', 'W', { ...lstm, W: numbers([1, 4 * H], 1) }, 'shape [1,12]'],
    ['W that is turned around', 'W', { ...lstm, W: numbers([1, I, 4 * H], 1) }, 'hidden size'],
  ])('%s is refused', async (_, w, weights, came) => {
    const file = fileWithNode({ op: 'LSTM', inputs: ['x', w, 'R', 'B'], weights });
    await expectRefusal(() => importLayers(file, {}), ModelError, came === 'hidden size' ? 'expected' : came);
  });

  test('lengths that are constant and not those of x are refused, and those of an input told', async () => {
    const constant = fileOf((graph) => {
      for (const [name, value] of Object.entries(lstm)) graph.weight(name, value);
      graph.input('x', 1, [5, 2, I]);
      graph.rename(graph.node('LSTM', ['x', 'W', 'R', 'B', graph.wholes(5, 3)]), 'y');
      graph.output('y', 1, null);
    });
    await expectRefusal(() => importLayers(constant), ModelError, 'sequence_lens', '[5, 3]');
    const given = fileOf((graph) => {
      for (const [name, value] of Object.entries(lstm)) graph.weight(name, value);
      graph.input('x', 1, [5, 2, I]);
      graph.rename(graph.node('LSTM', ['x', 'W', 'R', 'B', graph.input('lengths', 6, [2])]), 'y');
      graph.output('y', 1, null);
    });
    const [layer] = await importLayers(given);
    expect(layer?.notes).toEqual(['its lengths (sequence_lens) come with x: pass them as lengths']);
  });

  test('layers that feed each other, and something else as well, are one each', async () => {
    const stack = (alsoUsed: boolean): Uint8Array =>
      fileOf((graph) => {
        graph.weight('W', numbers([1, H, H], 1));
        graph.weight('R', numbers([1, H, H], 2));
        graph.input('x', 1, null);
        const below = graph.node('Squeeze', [graph.node('RNN', ['x', 'W', 'R'])], { axes: [1] });
        const above = graph.node('Squeeze', [graph.node('RNN', [below, 'W', 'R'])], { axes: [1] });
        graph.rename(alsoUsed ? graph.node('Add', [below, above]) : above, 'y');
        graph.output('y', 1, null);
      });
    expect((await importLayers(stack(false))).map(({ facts }) => (facts as { layers: number }).layers)).toEqual([2]);
    expect((await importLayers(stack(true))).map(({ facts }) => (facts as { layers: number }).layers)).toEqual([1, 1]);
  });
});

describe('files of others', () => {
  const files = sharedOnnx();

  test.runIf(files.length > 0)('outputs of PyTorch 0.3, whose weights are reordered by nodes', async () => {
    for (const name of ['lstm', 'rnn']) {
      const folder = `onnx_pytorch03/test_operator_${name}`;
      const [layer] = await importLayers(sharedBytes(`${folder}/model.onnx`));
      expect(layer?.facts).toMatchObject({ layers: 2 });
      const x = sharedTensor(`${folder}/test_data_set_0/input_0.pb`);
      const y = sharedTensor(`${folder}/test_data_set_0/output_0.pb`);
      expectNear((await outputOf(layer, x.swapFirstAxes())).swapFirstAxes().toFlat(), y.toFlat());
    }
  });

  test.runIf(files.length > 0)("the cases of ONNX' own tests", async () => {
    const tried: string[] = [];
    for (const file of files.filter((name) => name.includes('onnx_node'))) {
      const folder = file.replace('model.onnx', 'test_data_set_0/');
      const read = await readTensors(sharedBytes(file));
      const [node] = (read.config as { graph: { nodes: { op: string; attributes: object; outputs: string[] }[] } })
        .graph.nodes;
      if (!node || file.includes('peepholes')) continue;
      const names = ['W', 'R', 'B'];
      const weights = Object.fromEntries(
        names.flatMap((name, i) => {
          try {
            return [[name, sharedTensor(`${folder}input_${i + 1}.pb`)]];
          } catch {
            return [];
          }
        }),
      );
      const attributes = { ...node.attributes };
      const [layer] = await importLayers(
        fileWithNode({ op: node.op, inputs: ['x', ...Object.keys(weights)], attributes, weights }),
      );
      const isBatchFirst = 'layout' in attributes;
      const x = sharedTensor(`${folder}input_0.pb`);
      const y = await outputOf(layer, isBatchFirst ? x : x.swapFirstAxes());
      // Y_h, the last step: [D,B,H], or [B,D,H].
      const last = sharedTensor(`${folder}output_${node.outputs[0] === '' ? 0 : 1}.pb`);
      expectNear(
        y.toArray<number[][][]>().flatMap((steps) => steps.at(-1) as number[]),
        last.toFlat(),
      );
      tried.push(file);
    }
    expect(tried).toHaveLength(11);
  });

  test.runIf(files.length > 0)('an LSTM inside of If, with weights that are reordered there', async () => {
    const layers = await importLayers(sharedBytes('silero/silero_vad_16k_op15.onnx'));
    expect(layers.map(({ kind }) => kind)).toEqual(['recurrent', 'recurrent']);
    const { tensors } = await readTensors(sharedBytes('silero/silero_vad_16k_op15.onnx'));
    for (const layer of layers) {
      const [found, wanted] = [weightOf(layer, 'weight_ih_l0'), tensors['model.decoder.rnn.weight_ih']];
      expect(found?.toFlat().every((value, i) => value === wanted?.data[i])).toBe(true);
    }
  });
});

test('a weight in another file comes by the name of that file, and never by a path', async () => {
  const files = externalFiles('weights.bin');
  const { tensors, refused } = await readTensors(files);
  expect(Array.from(tensors.w?.toFlat() ?? [])).toEqual([1, 2]);
  expect(refused).toEqual({});
  const alone = await readTensors(files['model.onnx'] as Uint8Array);
  expect(alone.refused.w).toContain('"weights.bin"');
  const { 'model.onnx': path, ...rest } = externalFiles('../weights.bin');
  const outside = await readTensors({
    'model.onnx': path as Uint8Array,
    'weights.bin': rest['../weights.bin'] as Uint8Array,
  });
  expect(outside.refused.w).toContain('did not come');
  await expectRefusal(
    () => readTensors({ ...files, 'weights.bin': new Uint8Array(4) }),
    DataError,
    'inside of "weights.bin"',
  );
});

function externalFiles(location: string): Record<string, Uint8Array> {
  const text = (value: string): number[] => [value.length, ...new TextEncoder().encode(value)];
  const entry = (key: string, value: string): number[] => {
    const bytes = [0x0a, ...text(key), 0x12, ...text(value)];
    return [0x6a, bytes.length, ...bytes];
  };
  const tensor = [
    0x08,
    2,
    0x10,
    1,
    0x42,
    ...text('w'),
    ...entry('location', location),
    ...entry('length', '8'),
    0x70,
    1,
  ];
  const graph = [0x2a, tensor.length, ...tensor];
  const bytes = Uint8Array.from([0x08, 7, 0x3a, graph.length, ...graph]);
  return { 'model.onnx': bytes, [location]: new Uint8Array(Float32Array.of(1, 2).buffer) };
}

test('a layer goes on from the facts of a file', async () => {
  const [layer] = await importLayers(goldenOnnx('lstm.onnx'));
  if (layer?.kind !== 'recurrent') throw new Error('a recurrent layer was expected');
  expect(layer.toRecurrent().config).toEqual(
    recurrent({ cell: 'lstm', inputSize: 4, hiddenSize: 3, layers: 2, bidirectional: true }).config,
  );
});
