import { createEngine, dense, EngineError, key, type Ops, sequential } from 'keepgate';
import { expect, test, vi } from 'vitest';
import { type EngineLease, leaseEngine } from '../../../src/engines/shared.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: { instantiate(): Promise<unknown> } };

async function releaseAll(leases: readonly EngineLease[]): Promise<void> {
  for (const lease of leases) await lease.release();
}

test('all who ask for a name share one engine, however early, until the last one releases it', async () => {
  const [first, second] = await Promise.all([leaseEngine('reference'), leaseEngine('reference')]);
  const third = await leaseEngine('reference');
  expect(second.ops).toBe(first.ops);
  expect(third.ops).toBe(first.ops);
  await second.release();
  await first.release();
  expect(third.ops.usable).toBe(true);
  const x = third.ops.upload([1, 2], [2]);
  expect([...(await third.ops.read(x))]).toEqual([1, 2]);
  await third.release();
  expect(third.ops.usable).toBe(false);

  const fourth = await leaseEngine('reference');
  expect(fourth.ops).not.toBe(first.ops);
  expect(fourth.ops.usable).toBe(true);
  await fourth.release();
});

test('two names have two engines', async () => {
  const leases = await Promise.all([leaseEngine('reference'), leaseEngine('simd'), leaseEngine('gpu')]);
  expect(leases.map(({ ops }) => ops.name)).toEqual(['reference', 'simd', 'gpu']);
  await releaseAll(leases);
});

test('auto shares the engine that it stands for, and substitutes with who asks for auto alone', async () => {
  const leases = await Promise.all([leaseEngine(), leaseEngine('simd'), leaseEngine('auto')]);
  expect(new Set(leases.map(({ ops }) => ops)).size).toBe(1);
  expect(leases[0]?.ops.name).toBe('simd');
  await releaseAll(leases);

  const refuses = vi.spyOn(wasm, 'instantiate').mockRejectedValue(new Error('no SIMD here'));
  try {
    const [auto, again, named] = await Promise.all([leaseEngine(), leaseEngine('auto'), leaseEngine('reference')]);
    const later = await leaseEngine();
    expect([again.ops, later.ops]).toEqual([auto.ops, auto.ops]);
    expect([auto.ops.name, named.ops.name]).toEqual(['reference', 'reference']);
    expect([auto.ops.warnings?.length, named.ops.warnings]).toEqual([1, []]);
    await releaseAll([auto, again, named, later]);
    expect([auto.ops.usable, named.ops.usable]).toEqual([false, false]);
  } finally {
    refuses.mockRestore();
  }
});

test('the last release waits for the end of the engine, and a second one does nothing more', async () => {
  const [lease, other] = [await leaseEngine('reference'), await leaseEngine('reference')];
  let ended = 0;
  vi.spyOn(lease.ops, 'dispose').mockImplementation(async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    ended += 1;
  });
  await lease.release();
  await lease.release();
  expect(ended).toBe(0);
  await Promise.all([other.release(), other.release().then(() => expect(ended).toBe(1))]);
  await lease.release();
  expect(ended).toBe(1);
});

test('who asks while an engine ends gets another one', async () => {
  const lease = await leaseEngine('gpu');
  const ending = lease.release();
  const next = await leaseEngine('gpu');
  await ending;
  expect(next.ops).not.toBe(lease.ops);
  expect([lease.ops.usable, next.ops.usable]).toEqual([false, true]);
  await next.release();
});

test('a creation that failed is not remembered', async () => {
  const refuses = vi.spyOn(wasm, 'instantiate').mockRejectedValue(new Error('no SIMD here'));
  try {
    const attempts = await Promise.allSettled([leaseEngine('simd'), leaseEngine('simd')]);
    expect(refuses).toHaveBeenCalledTimes(1);
    for (const attempt of attempts) {
      expect(attempt).toMatchObject({ status: 'rejected', reason: expect.any(EngineError) });
    }
  } finally {
    refuses.mockRestore();
  }
  const lease = await leaseEngine('simd');
  expect(lease.ops.name).toBe('simd');
  await lease.release();
});

test('an engine that cannot be used any more is not handed to newcomers, and ends with its last user', async () => {
  const old = await leaseEngine('gpu');
  const usable = vi.spyOn(old.ops, 'usable', 'get').mockReturnValue(false);
  const dispose = vi.spyOn(old.ops, 'dispose');
  const [fresh, shared] = await Promise.all([leaseEngine('gpu'), leaseEngine('gpu')]);
  expect(fresh.ops).not.toBe(old.ops);
  expect(shared.ops).toBe(fresh.ops);
  expect(dispose).not.toHaveBeenCalled();
  await old.release();
  expect(dispose).toHaveBeenCalledTimes(1);
  usable.mockRestore();

  const later = await leaseEngine('gpu');
  expect(later.ops).toBe(fresh.ops);
  await releaseAll([fresh, shared]);
  expect(later.ops.usable).toBe(true);
  await later.release();
  expect(later.ops.usable).toBe(false);
});

test('an engine that the caller made, or has in the making, stays the caller’s', async () => {
  const engine = await createEngine('reference');
  const leases = [await leaseEngine(engine), await leaseEngine(Promise.resolve(engine))];
  for (const { ops } of leases) expect(ops).toBe(engine);
  const named = await leaseEngine('reference');
  expect(named.ops).not.toBe(engine);
  await releaseAll([...leases, named]);
  expect(engine.usable).toBe(true);

  const failed: Promise<Ops> = Promise.reject(new EngineError('engine: no such thing'));
  await expectRefusal(() => leaseEngine(failed), EngineError, 'no such thing');
});

test('an unknown name is refused', async () => {
  for (const name of ['quantum', 'toString'] as unknown as 'auto'[]) {
    await expectRefusal(() => leaseEngine(name), EngineError, 'one of auto, reference, simd, gpu', `"${name}" came`);
  }
});

test('what is no engine is refused', async () => {
  const odd = [null, 5, [], {}, { upload() {}, read() {} }, Promise.resolve(null), () => {}] as unknown as Ops[];
  for (const option of odd) {
    const parts = ['an engine that createEngine() gives, was expected', "leave it out for 'auto'"];
    await expectRefusal(() => leaseEngine(option), EngineError, ...parts);
    const model = sequential([dense({ units: 1 })], { engine: option });
    await expectRefusal(() => model.build({ kind: 'vector', size: 1 }, key(1)), EngineError, ...parts);
  }
});
