import { batchify, DataError, OptionError } from 'keepgate';
import { expect, test } from 'vitest';
import { expectRefusal } from '../../helpers/refusals.ts';
import { range } from '../../helpers/tensors.ts';

test.each([
  [2, 1],
  [12, 3],
  [13, 3],
  [14, 3],
  [101, 10],
])('%d tokens in %d rows: each has the one that follows it', (count, rows) => {
  const { x, y } = batchify(
    range(0, count).map((i) => 7 * i),
    { rows },
  );
  const length = Math.floor((count - 1) / rows);
  expect(x.map((row) => row.length)).toEqual(new Array(rows).fill(length));
  expect(x.flatMap((row) => [...row])).toEqual(range(0, rows * length).map((i) => 7 * i));
  expect(y.flatMap((row) => [...row])).toEqual(range(1, rows * length + 1).map((i) => 7 * i));
  expect(batchify(Int32Array.from(range(0, count)), { rows }).x[0]?.[0]).toBe(0);
});

test('what is no stream of tokens is refused', async () => {
  await expectRefusal(() => batchify([1, 2], { rows: 2 }), DataError, 'at least 3 token ids', '2 came');
  await expectRefusal(() => batchify([1, 2.5, 3], { rows: 1 }), DataError, '2.5 came at place 1');
  await expectRefusal(() => batchify([1, -1], { rows: 1 }), DataError, '-1 came at place 1');
  await expectRefusal(() => batchify('abc' as never, { rows: 1 }), DataError, 'token ids');
  await expectRefusal(() => batchify([1, 2, 3], { rows: 0 }), OptionError, 'rows');
  await expectRefusal(() => batchify([1, 2, 3], {} as never), OptionError, 'rows');
});
