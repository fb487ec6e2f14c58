import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { DataError, OptionError } from '../../../src/errors.ts';
import { PADDING_ID, UNKNOWN_ID, Vocabulary } from '../../../src/text/vocabulary.ts';

const tokens = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'constructor', '<pad>', '<unk>'));
const lists = fc.array(fc.array(tokens, { maxLength: 7 }), { maxLength: 5 });

test('ids follow the count, and code points where counts are equal', () => {
  const vocabulary = Vocabulary.build([
    ['b', 'c', 'a', 'c'],
    ['😀', '\uffee', 'c', 'b'],
  ]);
  expect(vocabulary.toJSON()).toEqual(['c', 'b', 'a', '\uffee', '😀']);
  expect(vocabulary.encode(['c', '😀', 'absent', 'a'])).toEqual([2, 6, UNKNOWN_ID, 4]);
  expect(vocabulary.size).toBe(7);
});

test('maxSize counts the special ids, and drops the rarest tokens', () => {
  const vocabulary = Vocabulary.build([['b', 'c', 'c', 'a']], { maxSize: 4 });
  expect(vocabulary.toJSON()).toEqual(['c', 'a']);
  expect(vocabulary.size).toBe(4);
});

test('minCount drops rare tokens', () => {
  expect(
    Vocabulary.build(
      [
        ['b', 'c', 'c'],
        ['b', 'c', 'a'],
      ],
      { minCount: 2 },
    ).toJSON(),
  ).toEqual(['c', 'b']);
});

test('names of Object.prototype are tokens like any other', () => {
  const vocabulary = Vocabulary.build([['__proto__', 'constructor', '__proto__']]);
  expect(vocabulary.encode(['constructor', '__proto__', 'toString'])).toEqual([3, 2, UNKNOWN_ID]);
});

test('padding and unknown tokens are decoded to their names', () => {
  expect(Vocabulary.build([['x']]).decode([2, PADDING_ID, UNKNOWN_ID])).toEqual(['x', '<pad>', '<unk>']);
});

test.prop([lists])('known tokens come back from their ids, and all ids are below the size', (data) => {
  const vocabulary = Vocabulary.build(data);
  const all = data.flat();
  const ids = vocabulary.encode(all);
  expect(vocabulary.decode(ids)).toEqual(all);
  expect(new Set(ids)).toEqual(new Set(Array.from({ length: vocabulary.size - 2 }, (_, i) => i + 2)));
});

test.prop([lists])('the order of the texts does not matter', (data) => {
  const reversed = data.map((list) => list.toReversed()).reverse();
  expect(Vocabulary.build(reversed).toJSON()).toEqual(Vocabulary.build(data).toJSON());
});

test.prop([lists])('a vocabulary comes back from its JSON', (data) => {
  const vocabulary = Vocabulary.build(data);
  const back = Vocabulary.fromJSON(JSON.parse(JSON.stringify(vocabulary)));
  expect(back.toJSON()).toEqual(vocabulary.toJSON());
  expect(back.encode(data.flat())).toEqual(vocabulary.encode(data.flat()));
});

test.each([
  [{ maxSize: 2 }, 'vocabulary: a whole number from 3 was expected as maxSize, but 2 came'],
  [{ minCount: 1.5 }, 'vocabulary: a whole number from 1 was expected as minCount, but 1.5 came'],
])('the limits %o are refused', (options, message) => {
  expect(() => Vocabulary.build([['a']], options)).toThrow(new OptionError(message));
});

test.each([
  [{ a: 2 }, 'vocabulary: an array of tokens was expected, but { a: 2 } came; give what toJSON gave'],
  [null, 'vocabulary: an array of tokens was expected, but null came; give what toJSON gave'],
  [['a', 7], 'vocabulary: a string was expected at index 1, but 7 came; give what toJSON gave'],
  [['a', 'b', 'a'], 'vocabulary: distinct tokens were expected, but index 2 repeats "a"; give what toJSON gave'],
])('the JSON %o is refused', (value, message) => {
  expect(() => Vocabulary.fromJSON(value)).toThrow(new DataError(message));
});

test.each([[4], [-1], [2.5]])('the id %d, which is none, is refused', (id) => {
  expect(() => Vocabulary.build([['a', 'b']]).decode([2, id])).toThrow(
    new DataError(`vocabulary: ids from 0 to 3 were expected, but ${id} came; decode with the vocabulary that encoded`),
  );
});
