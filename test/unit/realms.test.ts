import { createContext, runInContext } from 'node:vm';
import { expect, test, vi } from 'vitest';
import { errorCode, messageOf } from '../../src/errors.ts';
import { typedArrayName } from '../../src/realms.ts';

const realm = createContext({});

test('a typed array is told by what it is, in any realm', () => {
  expect(typedArrayName(Float32Array.of(1))).toBe('Float32Array');
  expect(typedArrayName(runInContext('new BigInt64Array(2)', realm))).toBe('BigInt64Array');
  for (const other of [null, undefined, [1], {}, new DataView(new ArrayBuffer(1)), 'Float32Array']) {
    expect(typedArrayName(other)).toBeUndefined();
  }
  expect(typedArrayName({ [Symbol.toStringTag]: 'Float32Array' })).toBeUndefined();
});

test('an error of another realm has its message and its code', () => {
  const error: unknown = runInContext("Object.assign(new Error('gone'), { code: 'ENOENT' })", realm);
  expect(error).not.toBeInstanceOf(Error);
  expect([messageOf(error), errorCode(error)]).toEqual(['gone', 'ENOENT']);
  expect([messageOf('gone'), errorCode('gone')]).toEqual(['"gone"', undefined]);
  expect([messageOf(null), errorCode(null)]).toEqual(['null', undefined]);
});

test('what another copy of the package made is told from all else', async () => {
  const here = await import('../../src/index.ts');
  vi.resetModules();
  const there = await import('../../src/index.ts');
  expect(there.Tensor).not.toBe(here.Tensor);
  expect(there.tensor([1])).toBeInstanceOf(here.Tensor);
  expect(there.none()).toBeInstanceOf(here.Plan);
  expect(new there.RateError('')).toBeInstanceOf(here.RateError);
  expect(new there.RateError('')).toBeInstanceOf(here.KeepgateError);
  expect(new there.RateError('')).not.toBeInstanceOf(here.ShapeError);
  expect({}).not.toBeInstanceOf(here.Tensor);
  expect(null).not.toBeInstanceOf(here.Tensor);
  class Mine extends here.KeepgateError {}
  expect(new Mine('')).toBeInstanceOf(Mine);
  expect(new there.RateError('')).not.toBeInstanceOf(Mine);
});
