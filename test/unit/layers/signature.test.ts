import { ModelError } from 'keepgate';
import { describe, expect, test } from 'vitest';
import {
  expectKind,
  isKind,
  type Kind,
  kindOf,
  parseSignature,
  parseSignatures,
  rowSize,
  type Signature,
  type SignatureLike,
  sequence,
  showSignature,
  tokens,
  vector,
  writeSignature,
} from '../../../src/layers/signature.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

const ONE_ID: Signature = { over: 'batch', dtype: 'ids', shape: [], vocabulary: 5 };

const KINDS: readonly (readonly [Kind, Signature, string, SignatureLike])[] = [
  ['tokens', tokens(7), '[B,T]', { kind: 'tokens', vocabulary: 7 }],
  ['sequence', sequence(3), '[B,T,3]', { kind: 'sequence', size: 3 }],
  ['vector', vector(4), '[B,4]', { kind: 'vector', size: 4 }],
  // What earlier versions had no words for is written as it is.
  ['sequence', sequence(8, 8, 2), '[B,T,8,8,2]', sequence(8, 8, 2)],
  ['vector', vector(2, 3), '[B,2,3]', vector(2, 3)],
  ['vector', vector(), '[B]', vector()],
  ['id', ONE_ID, '[B]', ONE_ID],
];

test.each(KINDS)('%s: it is shown, written and read back', (kind, signature, shown, written) => {
  expect(kindOf(signature)).toBe(kind);
  expect(showSignature(signature)).toBe(shown);
  expect(writeSignature(signature)).toEqual(written);
  expect(parseSignature('test', JSON.parse(JSON.stringify(written)))).toEqual(signature);
  expect(parseSignature('test', signature)).toEqual(signature);
});

describe('what is no signature', () => {
  test.each([
    [null],
    ['tokens'],
    [{ kind: 'tokens' }],
    [{ kind: 'tokens', vocabulary: 0 }],
    [{ kind: 'sequence', size: 1.5 }],
    [{ kind: 'image', size: 3 }],
    [{ over: 'batch', dtype: 'numbers' }],
    [{ over: 'space', dtype: 'numbers', shape: [2] }],
    [{ over: 'batch', dtype: 'numbers', shape: [2, -1] }],
    [{ over: 'batch', dtype: 'numbers', shape: [2], vocabulary: 4 }],
    [{ over: 'time', dtype: 'ids', shape: [] }],
    [{ over: 'time', dtype: 'words', shape: [], vocabulary: 4 }],
    [{ over: 'time', dtype: 'numbers', shape: [2], extra: 1 }],
    [{ over: 'time', dtype: 'numbers', shape: 2 }],
    [{ over: 'time', dtype: 'numbers', shape: ['2'] }],
    [{ over: 'time', dtype: 'numbers', shape: [2], size: 2 }],
    [{ over: 'time', dtype: 'numbers', shape: [2], kind: 'sequence' }],
    [{ over: 'time', dtype: 'ids', shape: [], vocabulary: 2.5 }],
    [{ over: 'time', dtype: 'numbers', shape: [2 ** 53] }],
    [{ kind: 'tokens', vocabulary: 3, size: 2 }],
    [{ kind: 'tokens', vocabulary: 3, over: 'time' }],
    [{ kind: 'tokens', vocabulary: '3' }],
    [{ kind: 'sequence', size: 3, vocabulary: 2 }],
    [{ kind: 'sequence', size: 3, shape: [3] }],
    [{ kind: 'vector', size: 3, vocabulary: 2 }],
    [{ kind: 'vector', size: 3, dtype: 'numbers' }],
    [{ kind: 'vector', size: 0 }],
    [{ kind: 'vector' }],
  ])('%j', async (value) => {
    await expectRefusal(
      () => parseSignature('test', value),
      ModelError,
      'test: an input of kind tokens, sequence or vector with its size was expected',
    );
  });
});

test('what outputs of a layer give are signatures by name', async () => {
  const given = { y: { kind: 'vector', size: 2 }, state: sequence(3) };
  expect(parseSignatures('test', given)).toEqual({ y: vector(2), state: sequence(3) });
  expect(parseSignatures('test', {})).toEqual({});
  for (const none of [null, 5, [vector(2)], undefined])
    await expectRefusal(
      () => parseSignatures('test', none as never),
      ModelError,
      'test: outputs by name were expected',
    );
  const wrong = (): unknown => parseSignatures('test', { ...given, z: { kind: 'vector' } });
  await expectRefusal(wrong, ModelError, 'test: an output z of kind tokens, sequence or vector', 'came');
});

test('kinds are known by their names alone', () => {
  expect(['tokens', 'sequence', 'vector', 'id'].map(isKind)).toEqual([true, true, true, true]);
  expect(['toString', 'image', '', 7, null, undefined, ['vector']].some(isKind)).toBe(false);
});

test('ids of an entry with axes are written as they are', () => {
  const ids: Signature = { over: 'time', dtype: 'ids', shape: [2], vocabulary: 4 };
  expect(writeSignature(ids)).toEqual(ids);
  expect(parseSignature('test', ids)).toEqual(ids);
});

test.each<readonly [Signature, readonly Kind[], string]>([
  [
    vector(3),
    ['sequence'],
    'it: a sequence was expected as its input, but a vector came; set returnSequences: true on the recurrent layer before it',
  ],
  [
    tokens(3),
    ['vector', 'sequence'],
    'it: a vector or a sequence was expected as its input, but token ids came; put an embedding() before it',
  ],
  [
    sequence(3),
    ['tokens'],
    'it: token ids was expected as its input, but a sequence came; check the order of the layers',
  ],
  [tokens(3), ['vector'], 'it: a vector was expected as its input, but token ids came; check the order of the layers'],
  [
    ONE_ID,
    ['vector'],
    'it: a vector was expected as its input, but one id a sample came; check the order of the layers',
  ],
])('another kind is refused: %j for %j', (signature, kinds, message) => {
  expect(() => expectKind('it', signature, kinds)).toThrow(new ModelError(message));
  expect(() => expectKind('it', signature, [...kinds, kindOf(signature)])).not.toThrow();
});

test('a row of numbers has one size', async () => {
  expect(rowSize('it', sequence(3))).toBe(3);
  const wanted = 'it: rows of numbers were expected as its input, but entries of shape';
  await expectRefusal(() => rowSize('it', vector(2, 3)), ModelError, `${wanted} [2,3] came`);
  await expectRefusal(() => rowSize('it', vector()), ModelError, `${wanted} [] came`);
});
