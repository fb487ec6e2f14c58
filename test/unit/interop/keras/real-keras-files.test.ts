import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dense, type Model, recurrent, sequential, Tensor } from 'keepgate';
import { type ImportedLayer, type ImportedRecurrent, importLayers, importModel, readTensors } from 'keepgate/interop';
import { describe, expect, test } from 'vitest';
import { laneWeights } from '../../../../src/interop/keras/config/gate-layout.ts';
import { readHdf5 } from '../../../../src/interop/keras/hdf5/read-hdf5.ts';
import { largestError, refusalOf } from '../../../helpers/golden-keras.ts';
import { ROOT } from '../../../helpers/run-script.ts';

// Files that Keras itself wrote, with what it predicted; left out where they are not.
const FOLDER = join(ROOT, '../shared/data/interop');
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(join(FOLDER, name)));

type Sequence = number[][];

/** All steps of a layer over one sample, the last of them alone, or those of a reversed one. */
async function stepsOf(layer: ReturnType<typeof recurrent>, x: Sequence): Promise<Sequence> {
  const run = await layer.forward([x]);
  const [y] = run.y.toArray() as Sequence[];
  run.dispose();
  return y as Sequence;
}

describe.skipIf(!existsSync(FOLDER))('files of Keras', () => {
  test.each(['k315_seq.keras', 'k315_seq_legacy.h5'])('%s gives what Keras 3.15 and 3.16 gave', async (name) => {
    const file = await readTensors(bytesOf(`made/${name}`));
    // A layer that goes backwards by itself is refused; here its input is turned round by hand.
    expect(await refusalOf(() => importLayers(file))).toMatch(/layer "g_before": a layer that goes forward/);
    expect(await refusalOf(() => importModel(file))).toMatch(/layer "g_before": go_backwards without a mask/);
    // From 3.16 on there is no mask where it goes backwards.
    const whole316 = (await importModel(file, { masking: 'keras-3.16', engine: 'reference' })) as Model;
    const rows = [
      [3, 4, 5, 0, 0],
      [1, 2, 3, 4, 5],
    ];
    const of316 = [
      [0.2852604985, 0.7147395015],
      [0.2877856791, 0.7122143209],
    ];
    expect(largestError(await whole316.predict(rows), of316)).toBeLessThan(1e-6);
    await whole316.dispose();
    const only = ['tokens', 'both', 'g_after', 'plain', 'head'];
    const [tokens, both, after, plain, head] = await importLayers(file, { only });
    const layers = [both, after, plain].map((layer) =>
      (layer as ImportedRecurrent).toRecurrent({ engine: 'reference' }),
    );
    const [lstm, gru, rnn] = layers as [
      ReturnType<typeof recurrent>,
      ReturnType<typeof recurrent>,
      ReturnType<typeof recurrent>,
    ];
    const path = name.endsWith('.keras') ? 'layers/gru_1/cell/vars/' : 'model_weights/g_before/seq/g_before/gru_cell/';
    const parts = name.endsWith('.keras') ? ['0', '1', '2'] : ['kernel', 'recurrent_kernel', 'bias'];
    const before = recurrent({ cell: 'gru', inputSize: 5, hiddenSize: 4, resetAfter: false, engine: 'reference' });
    const form = { cell: 'gru', units: 4, resetAfter: false, bias: true } as const;
    before.setWeights(
      laneWeights(
        form,
        parts.map((part) => file.tensors[path + part]),
      ).weights,
    );
    const table = tokens?.weights.weight?.toArray() as Sequence;
    const ends = async (h: number[]): Promise<unknown> => {
      const model = sequential([dense({ units: 2, activation: 'softmax' })], { engine: 'reference' });
      const { weight, bias } = (head as ImportedLayer).weights as Record<string, Tensor>;
      await model.setWeights(
        { '0.weight': weight as Tensor, '0.bias': bias as Tensor },
        { input: { kind: 'vector', size: 3 } },
      );
      const [y] = (await model.predict([h])) as number[][];
      await model.dispose();
      return y;
    };
    const zeros = (count: number, width: number): Sequence =>
      Array.from({ length: count }, () => new Array(width).fill(0));
    const expected: number[] = JSON.parse('[0.3061320185661316, 0.28778567910194397, 0.28526049852371216]');
    // [3, 4, 5, 0, 0] and [1, 2, 3, 4, 5]; g_before hands its steps on in the order in which it made them, its mask in the order of time.
    const short = await stepsOf(
      lstm,
      [3, 4, 5].map((id) => table[id] as number[]),
    );
    const masked = (await stepsOf(before, (await stepsOf(gru, short)).toReversed())) as Sequence;
    const steps = await stepsOf(rnn, [...zeros(2, 4), masked[0] as number[]]);
    expect(
      largestError([await ends(steps.at(-1) as number[])], [[expected[0], 1 - (expected[0] as number)]]),
    ).toBeLessThan(1e-6);
    const full = await stepsOf(
      gru,
      await stepsOf(
        lstm,
        [1, 2, 3, 4, 5].map((id) => table[id] as number[]),
      ),
    );
    const whole = await stepsOf(rnn, await stepsOf(before, full.toReversed()));
    expect(
      largestError([await ends(whole.at(-1) as number[])], [[expected[1], 1 - (expected[1] as number)]]),
    ).toBeLessThan(1e-6);
    // From 3.16 on the mask ends behind the first layer, whose masked steps are zeros.
    const unmasked = await stepsOf(gru, [...short, ...zeros(2, 6)]);
    const late = await stepsOf(rnn, await stepsOf(before, unmasked.toReversed()));
    expect(
      largestError([await ends(late.at(-1) as number[])], [[expected[2], 1 - (expected[2] as number)]]),
    ).toBeLessThan(1e-6);
    await Promise.all([lstm, gru, rnn, before].map((layer) => layer.dispose()));
  });

  test('weights alone, all layers of Keras 2.2.5, and bfloat16', async () => {
    const unnamed = await importLayers(bytesOf('made/k315_seq.weights.h5'));
    expect(unnamed.filter(({ kind }) => kind === 'recurrent')).toHaveLength(4);
    const old = await importLayers(bytesOf('fdeep_lstm.h5'));
    expect(old).toHaveLength(15);
    expect(
      old.filter(({ kind, facts }) => kind === 'recurrent' && 'bidirectional' in facts && facts.bidirectional),
    ).toHaveLength(6);
    expect(await refusalOf(() => importModel(bytesOf('fdeep_lstm.h5')))).toMatch(
      /layer "input_2": one input of the model/,
    );
    expect((await readTensors(bytesOf('made/bf.h5'))).tensors['0']?.toArray()).toEqual([1.5, -2, 0.00299072265625]);
    for (const name of ['v108.h5', 'latest.h5']) {
      const { tensors, refused } = await readHdf5(bytesOf(`made/${name}`));
      // Their model_config is long, and no JSON.
      expect(await refusalOf(() => readTensors(bytesOf(`made/${name}`)))).toMatch(/JSON was expected in model_config/);
      expect(tensors['optimizer/vars/30']?.toArray()).toEqual([
        [30, 31, 32],
        [33, 34, 35],
      ]);
      expect(Object.keys(refused)).toEqual(name === 'latest.h5' ? ['gz'] : []);
    }
  });

  /** [file, case, settings]: the notebooks of keras-js say them. */
  const CASES = [
    ['LSTM', 0, {}],
    ['LSTM', 1, { activation: 'sigmoid', recurrent_activation: 'sigmoid' }],
    ['LSTM', 2, { return_sequences: true }],
    ['LSTM', 3, { backwards: true }],
    ['LSTM', 4, { return_sequences: true, backwards: true }],
    ['GRU', 0, {}],
    ['GRU', 1, { activation: 'sigmoid', recurrent_activation: 'sigmoid' }],
    ['GRU', 2, { return_sequences: true }],
    ['GRU', 3, { backwards: true }],
    ['SimpleRNN', 0, {}],
    ['SimpleRNN', 1, { activation: 'sigmoid' }],
    ['SimpleRNN', 2, { return_sequences: true }],
  ] as const;

  test.each(CASES)('%s %i of keras-js, most of them with hard_sigmoid', async (className, i, settings) => {
    const { backwards = false, ...told } = settings as { backwards?: boolean };
    const all = JSON.parse(readFileSync(join(FOLDER, `kerasjs/${className}.json`), 'utf8'));
    const { input, weights, expected } = all[`recurrent.${className}.${i}`];
    const tensors = weights.map(
      ({ data, shape }: { data: number[]; shape: number[] }) => new Tensor(Float64Array.from(data), shape),
    );
    const [, width] = weights[1].shape;
    const units = weights[1].shape[0];
    expect(width % units).toBe(0);
    const gates = className === 'SimpleRNN' ? {} : { recurrent_activation: 'hard_sigmoid' };
    const config = {
      name: 'layer',
      units,
      activation: 'tanh',
      ...gates,
      ...told,
      batch_input_shape: [null, ...input.shape],
    };
    const model = (await importModel(
      {
        format: 'keras',
        tensors: Object.fromEntries(tensors.map((tensor: Tensor, k: number) => [`w${k}`, tensor])),
        refused: {},
        notes: [],
        config: {
          model: { class_name: 'Sequential', config: [{ class_name: className, config }] },
          kerasVersion: '2.0.8',
          weights: { layer: tensors.map((_: Tensor, k: number) => `w${k}`) },
        },
      },
      { engine: 'reference' },
    )) as Model;
    const [time, size] = input.shape;
    const steps = Array.from({ length: time }, (_, t) => input.data.slice(t * size, (t + 1) * size));
    const [y] = (await model.predict([backwards ? steps.toReversed() : steps])) as unknown[];
    // Six places after the point were written.
    expect(largestError(y, expected.data)).toBeLessThan(3e-6);
    await model.dispose();
  });

  test.each([
    'made/k315_seq.keras',
    'made/k315_seq.weights.h5',
    'made/k315_seq_legacy.h5',
    'made/latest.h5',
    'made/v108.h5',
    'made/bf.h5',
    'fdeep_lstm.h5',
  ])('a prefix of %s ends with a typed error', async (name) => {
    const bytes = bytesOf(name);
    for (let end = 0; end < bytes.length; end += Math.max(1, Math.floor(bytes.length / 100))) {
      await refusalOf(() => readTensors(bytes.subarray(0, end)));
    }
  });
});
