import { DataError, OptionError } from 'keepgate';
import { readTensors } from 'keepgate/interop';
import { describe, expect, test } from 'vitest';
import {
  GOLDEN_FILES,
  GOLDEN_TENSORS,
  golden,
  HAS_SHARED,
  shared,
  sharedFiles,
} from '../../../helpers/golden-pytorch.ts';
import { DICT, STORAGE, TENSOR, TEXT, torchFile } from '../../../helpers/pickles.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

describe('what PyTorch wrote is read as PyTorch reads it', () => {
  test.each(Object.entries(GOLDEN_TENSORS))('%s', async (file, expected) => {
    const { format, tensors, refused } = await readTensors(golden(file));
    expect([format, refused]).toEqual(['pytorch', {}]);
    expect(Object.keys(tensors).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, { shape, data }] of Object.entries(expected)) {
      expect([name, tensors[name]?.shape]).toEqual([name, shape]);
      expect([name, [...(tensors[name]?.toFlat() ?? [])]]).toEqual([name, data]);
    }
  });

  test('each dtype as the typed array that holds it', async () => {
    const { tensors } = await readTensors(golden('odd.pt'));
    const kinds = Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data.constructor.name]));
    expect(kinds).toMatchObject({ float16: 'Float32Array', bfloat16: 'Float32Array', float64: 'Float64Array' });
    expect(kinds).toMatchObject({ int64: 'Float64Array', int32: 'Int32Array', int16: 'Int16Array', int8: 'Int8Array' });
    expect(kinds).toMatchObject({ uint8: 'Uint8Array', bool: 'Uint8Array', complex64: 'Float32Array' });
  });

  test('tensors of one storage share their memory', async () => {
    const { tensors } = await readTensors(golden('odd.pt'));
    expect(tensors.view?.data.buffer).toBe(tensors.again?.data.buffer);
    expect(tensors.transposed?.strides).toEqual([1, 6]);
  });
});

describe('checkpoints', () => {
  test('the state dict is found, and what stands beside it', async () => {
    const { config, notes } = await readTensors(golden('checkpoint.pth'));
    expect(config).toMatchObject({ epoch: 3, optimizer: { param_groups: [{ lr: 0.003 }] } });
    expect(notes).toEqual([
      'the tensors are those in "state_dict"',
      'objects of "argparse.Namespace" are left aside: no code of a file is run',
    ]);
  });

  test('another place is read where it is asked for', async () => {
    const { tensors } = await readTensors(golden('checkpoint.pth'), { at: 'optimizer.state.0' });
    expect(Object.keys(tensors)).toEqual(['step', 'exp_avg', 'exp_avg_sq']);
    await expectRefusal(() => readTensors(golden('checkpoint.pth'), { at: 'ema' }), OptionError, '"state_dict"');
  });

  test('several are told, and those of no usual place have their way as their name', async () => {
    const one = TENSOR(STORAGE(4), 0, [2], [1]);
    const both = DICT(
      TEXT('ema'),
      DICT(TEXT('w'), one),
      TEXT('model'),
      DICT(TEXT('w'), TENSOR(STORAGE(4), 2, [2], [1])),
    );
    const found = await readTensors(torchFile(both));
    expect([...(found.tensors.w?.data ?? [])]).toEqual([3, 4]);
    expect(found.notes).toEqual(['the tensors are those in "model"; there are others in "ema": see { at }']);
    const nested = await readTensors(torchFile(DICT(TEXT('encoder'), DICT(TEXT('w'), one))));
    expect(Object.keys(nested.tensors)).toEqual(['encoder.w']);
  });

  test('a whole module has the tensors of its state dict, and the attributes of its modules', async () => {
    const { config } = await readTensors(golden('whole.pt'));
    expect(config).toMatchObject({
      modules: {
        embed: { type: 'torch.nn.modules.sparse.Embedding', padding_idx: 0 },
        rnn: { type: 'torch.nn.modules.rnn.LSTM', mode: 'LSTM', dropout: 0.25, batch_first: true },
      },
    });
    const script = await readTensors(golden('script.pt'));
    expect(Object.keys(script.tensors)).toEqual(['weight_ih_l0', 'weight_hh_l0', 'bias_ih_l0', 'bias_hh_l0']);
    expect(script.config).toMatchObject({ modules: { '': { type: 'torch.nn.modules.rnn.LSTM' } } });
  });
});

describe('what cannot be had is told by its name', () => {
  test('quantised weights', async () => {
    const { tensors, refused, notes } = await readTensors(golden('quantised.pt'));
    expect(tensors).toEqual({});
    expect(refused).toEqual({ '0._all_weight_values.0.param': expect.stringContaining('before quantising') });
    expect(notes[0]).toContain('"0._all_weight_values.0.param" is left out');
  });

  test('numbers that are not finite are there, and told', async () => {
    const data = new Uint8Array(Float32Array.of(1, Number.NaN, 3, 4).buffer);
    const { tensors, notes } = await readTensors(
      torchFile(DICT(TEXT('w'), TENSOR(STORAGE(4), 0, [4], [1])), { 'data/0': data }),
    );
    expect([...(tensors.w?.data ?? [])]).toEqual([1, Number.NaN, 3, 4]);
    expect(notes).toEqual(['"w" has numbers that are not finite']);
  });

  test.each(['int64', 'bool'])('an entry of %s that no number is', async (kind) => {
    const bits = { int64: BigInt64Array.of(2n ** 60n + 1n), bool: Uint8Array.of(7) }[kind] as
      | BigInt64Array
      | Uint8Array;
    const type = { int64: 'torch.LongStorage', bool: 'torch.BoolStorage' }[kind];
    const file = torchFile(DICT(TEXT('w'), TENSOR(STORAGE(1, type), 0, [1], [1])), {
      'data/0': new Uint8Array(bits.buffer),
    });
    expect(Object.keys((await readTensors(file)).refused)).toEqual(['w']);
  });
});

describe.runIf(HAS_SHARED)('files of other programs (skipped where ../shared has no data)', () => {
  const isBroken = (file: string): boolean => /\.tar$|broken/.test(file);

  test.each(sharedFiles())('%s is read, or refused by a reason', async (file) => {
    if (isBroken(file)) await expectRefusal(() => readTensors(shared(file)), DataError, 'was expected');
    else {
      const { tensors, refused } = await readTensors(shared(file));
      expect(Object.keys(tensors).length + Object.keys(refused).length).toBeGreaterThan(0);
    }
  });
});

describe('the beginning of a file is no file', () => {
  const files = [
    ...GOLDEN_FILES.map((file) => [file, golden(file)] as const),
    ...sharedFiles().map((file) => [file, shared(file)] as const),
  ];

  test.each(files)('%s', async (_, bytes) => {
    // Every one of the first bytes and of the last, and some between.
    const step = Math.max(1, Math.floor(bytes.length / 60));
    const near = (end: number): boolean => end < 40 || end > bytes.length - 30 || end % step === 0;
    for (let end = 0; end < bytes.length; end++) {
      if (near(end)) await expectRefusal(() => readTensors(bytes.slice(0, end)), DataError, 'was expected');
    }
  });
});
