import { EngineError } from 'keepgate';
import { expect, test } from 'vitest';
import { threadCount } from '../../../../../src/engines/simd/threads/thread-count.ts';
import { expectRefusal } from '../../../../helpers/refusals.ts';

test('as many threads as are asked for, and otherwise one a core, up to 4', () => {
  expect(threadCount(7, 2)).toBe(7);
  expect(threadCount(undefined, 2)).toBe(2);
  expect(threadCount(undefined, 16)).toBe(4);
});

test('one where threads cannot share memory', () => {
  expect(threadCount(7, null)).toBe(1);
  expect(threadCount(undefined, null)).toBe(1);
});

test.each([0, 65, 1.5, Number.NaN])('%s threads are refused', async (asked) => {
  await expectRefusal(() => threadCount(asked, 2), EngineError, '1 to 64 threads were expected', `${asked} came`);
  await expectRefusal(() => threadCount(asked, null), EngineError, '1 to 64 threads were expected');
});
