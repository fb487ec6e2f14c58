import { DataError } from 'keepgate';
import { readTensors } from 'keepgate/interop';
import { describe, expect, test } from 'vitest';
import { unpickle } from '../../../../src/interop/pytorch/pickle/unpickler.ts';
import { golden } from '../../../helpers/golden-pytorch.ts';
import {
  bytesOfPickle,
  DICT,
  GLOBAL,
  STORAGE,
  TENSOR,
  TEXT,
  TUPLE,
  torchFile,
  WHOLE,
} from '../../../helpers/pickles.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const W = TEXT('w');
const weights = (tensor: string): string => DICT(W, tensor);

describe('nothing of a pickle is run', () => {
  test.each([
    'os.system',
    'posix.system',
    'nt.system',
    'subprocess.Popen',
    'builtins.eval',
    '__builtin__.exec',
    'sys.exit',
    'os.path.join',
  ])('%s is refused by its name', async (path) => {
    const call = `${GLOBAL(path)}${TUPLE(TEXT('touch x'))}R`;
    await expectRefusal(
      () => readTensors(torchFile(DICT(W, call))),
      DataError,
      JSON.stringify(path),
      'nothing of it was executed',
    );
  });

  test('by names on the stack as well', async () => {
    const call = `${TEXT('os')}${TEXT('system')}\x93${TUPLE(TEXT('x'))}R`;
    await expectRefusal(() => readTensors(torchFile(call)), DataError, '"os.system"');
  });

  test('another class is an object without behaviour, and told', async () => {
    const call = `${GLOBAL('my.project.Vocabulary')}${TUPLE(TEXT('x'))}R`;
    const { tensors, notes } = await readTensors(torchFile(DICT(TEXT('v'), call, W, TENSOR(STORAGE(4), 1, [2], [2]))));
    expect([...(tensors.w?.toFlat() ?? [])]).toEqual([2, 4]);
    expect(notes).toEqual(['objects of "my.project.Vocabulary" are left aside: no code of a file is run']);
  });

  test.each<[string, string]>([
    ['INST', `(${TEXT('x')}ios\nsystem\n`],
    ['OBJ', `(${GLOBAL('collections.OrderedDict')}o`],
    ['PERSID', 'P0\n'],
    ['EXT1', '\x82\x01'],
    ['NEXT_BUFFER', '\x97'],
    ['STRING', "S'x'\n"],
    ['DUP', 'N2'],
  ])('the opcode %s is refused', async (_, pickle) => {
    await expectRefusal(() => readTensors(torchFile(pickle)), DataError, 'an opcode of');
  });

  test.each<[string, string, string]>([
    ['an item for a list', `]${W}NNs`, 'a dict to put an item into'],
    ['an item for a tensor', `${TENSOR(STORAGE(4), 0, [1], [1])}${W}Ns`, 'a dict to put an item into'],
    ['keys without a value', `}(${W}u`, 'keys with a value each'],
    ['an entry for a dict', '}Na', 'a list to append to'],
    ['an entry for a tuple', ')Na', 'a list to append to'],
    ['a state for a number', 'K\x01}b', 'an object to restore'],
    ['a call of a text', `${W})R`, 'a class or a function'],
    ['arguments that are no tuple', `${GLOBAL('collections.OrderedDict')}]R`, 'a tuple of arguments'],
    ['pairs of three', `${GLOBAL('collections.OrderedDict')}${TUPLE(`](${TUPLE('N', 'N', 'N')}e`)}R`, 'pairs of key'],
    ['an empty stack', 'R', 'a value to work on'],
    ['a mark that is missing', 't', 'a mark'],
    ['a place that is empty', 'h\x05', 'a value that was remembered'],
    ['a text that is no UTF-8', 'X\x01\0\0\0\xff', 'texts in UTF-8'],
    ['a length beyond the file', 'X\xff\xff\xff\x7f', 'truncated'],
    ['a length of 64 bits', '\x8d\xff\xff\xff\xff\xff\xff\xff\xff', 'lengths inside'],
    ['a number of a megabyte', '\x8b\x00\x00\x10\x00', 'at most 1024 bytes'],
    ['a class that is a number', 'K\x01K\x02\x93', 'names of a class'],
    ['a storage that is a number', 'K\x01Q', 'the place of a storage'],
  ])('%s', async (_, pickle, says) => {
    await expectRefusal(() => readTensors(torchFile(pickle)), DataError, says);
  });

  test('keys that Python and JavaScript mean something by are keys', async () => {
    const inner = DICT(TEXT('__proto__'), TENSOR(STORAGE(4), 0, [1], [1]), TEXT('constructor'), 'K\x07');
    const { tensors, config } = await readTensors(
      torchFile(DICT(TEXT('state_dict'), inner, TEXT('__proto__'), DICT(TEXT('x'), 'K\x01'))),
    );
    expect(Object.keys(tensors)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>).x).toBe(undefined);
    expect(Object.keys(config ?? {})).toEqual(['state_dict', '__proto__']);
  });
});

describe('sizes', () => {
  const at = (tensor: string) => (): Promise<unknown> => readTensors(torchFile(weights(tensor)));

  test.each<[string, string, string]>([
    ['beyond the storage', TENSOR(STORAGE(4), 1, [4], [1]), 'inside of its storage'],
    ['by an offset', TENSOR(STORAGE(4), 9, [1], [1]), 'inside of its storage'],
    ['by a stride', TENSOR(STORAGE(4), 0, [2, 2], [4, 1]), 'inside of its storage'],
    ['below zero', TENSOR(STORAGE(4), 0, [-1], [1]), 'whole numbers from 0'],
    ['a stride below zero', TENSOR(STORAGE(4), 3, [2], [-1]), 'whole numbers from 0'],
    ['an offset below zero', TENSOR(STORAGE(4), -1, [1], [1]), 'whole numbers from 0'],
    ['without a stride each', TENSOR(STORAGE(4), 0, [2, 2], [1]), 'a stride for each'],
    ['beyond all numbers', TENSOR(STORAGE(4), 0, [2 ** 30, 2 ** 30, 2 ** 30], [0, 0, 0]), 'a stride for each'],
    ['shown again too often', TENSOR(STORAGE(4), 0, [2 ** 30], [0]), 'shown again'],
    ['a storage of another size', TENSOR(STORAGE(5), 0, [1], [1]), 'of 20 bytes'],
    ['a storage of another dtype', TENSOR(STORAGE(4, 'torch.DoubleStorage'), 0, [1], [1]), 'of 32 bytes'],
    ['a storage that is missing', TENSOR(STORAGE(4, 'torch.FloatStorage', '1'), 0, [1], [1]), 'an entry "file/data/1"'],
    ['a storage elsewhere', TENSOR(STORAGE(4, 'torch.FloatStorage', '../0'), 0, [1], [1]), 'the number of a storage'],
    ['a storage of a number below zero', TENSOR(STORAGE(-4), 0, [1], [1]), 'a count of its numbers'],
    ['a storage of nobody', TENSOR(STORAGE(4, 'os.FloatStorage'), 0, [1], [1]), '"os.FloatStorage"'],
  ])('%s', async (_, tensor, says) => {
    await expectRefusal(at(tensor), DataError, says);
  });

  test('a list in itself, a hundred times over, is looked at no longer than it may', async () => {
    const nested = `]q\x01${Array.from({ length: 60 }, (_, i) => `](h${String.fromCharCode(i + 1)}h${String.fromCharCode(i + 1)}eq${String.fromCharCode(i + 2)}`).join('')}`;
    await expectRefusal(() => readTensors(torchFile(nested)), DataError, 'at most 4194304 values');
    await expectRefusal(() => readTensors(torchFile('](q\x01h\x01e')), DataError, 'expected');
    await expectRefusal(() => readTensors(torchFile(']q\x01h\x01a')), DataError, 'at most 64 dicts in each other');
  });

  test('a pickle makes no more objects than a checkpoint could have', async () => {
    await expectRefusal(() => readTensors(torchFile(']'.repeat(2 ** 18 + 1))), DataError, 'at most 262144 objects');
    await expectRefusal(() => readTensors(torchFile('('.repeat(2 ** 18 + 1))), DataError, 'at most 262144 objects');
  });
});

describe('the file around it', () => {
  test('one pickle, little-endian', async () => {
    const twice = torchFile('}', { '../x': new Uint8Array() });
    await expectRefusal(() => readTensors(twice), DataError, 'names of files');
    const big = torchFile('}', { byteorder: new TextEncoder().encode('big') });
    await expectRefusal(() => readTensors(big), DataError, 'byteorder little');
    const odd = torchFile('}', { byteorder: new TextEncoder().encode('Little') });
    await expectRefusal(() => readTensors(odd), DataError, 'byteorder little');
  });

  test('a legacy file has all that it says, and no more', async () => {
    const file = golden('state_legacy.pt');
    await expectRefusal(() => readTensors(new Uint8Array([...file, 0])), DataError, 'too long');
    await expectRefusal(() => readTensors(bytesOfPickle(WHOLE(5))), DataError, 'torch.save');
  });

  test('another bit in the numbers of an archive is seen', async () => {
    const file = golden('state.pt');
    const at = file.findIndex((_, i) => i > 2000 && file[i] !== 0 && file[i + 1] !== 0);
    const changed = file.slice();
    for (let i = at; i < at + 4000; i += 64) changed[i] = (changed[i] as number) ^ 1;
    await expectRefusal(() => readTensors(changed), DataError, 'zip');
  });

  test('frames and memory of later protocols', () => {
    const { value } = unpickle(bytesOfPickle(`\x95\x03\0\0\0\0\0\0\0\x8c\x01a\x94${'\x8f'}(K\x01K\x02\x90\x94h\x00`));
    expect(value).toBe('a');
  });
});
