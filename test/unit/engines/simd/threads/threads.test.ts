import type { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import {
  adam,
  dense,
  EngineError,
  type Factors,
  type Handle,
  kernel,
  key,
  lstm,
  type Ops,
  sequential,
  softmaxCrossEntropy,
  variational,
} from 'keepgate';
import { afterAll, describe, expect, test } from 'vitest';
import { Calls } from '../../../../../src/engines/simd/calls.ts';
import { createSimdEngine, type SimdEngine } from '../../../../../src/engines/simd/engine.ts';
import { createWasmMemory, Memory } from '../../../../../src/engines/simd/memory.ts';
import { instantiate } from '../../../../../src/engines/simd/module.ts';
import { type Limits, Team } from '../../../../../src/engines/simd/threads/thread-team.ts';
import { findThreading, type Threading } from '../../../../../src/platform/workers.ts';
import { expectRefusal } from '../../../../helpers/refusals.ts';
import { runScript } from '../../../../helpers/run-script.ts';

const numbers = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(seed + i * 1.7));

/** Bits that look random, and are the same for the same seed. */
const bits = (count: number, seed: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, i) => (Math.sin(seed + i * 12.9898) * 43758.5453) & 1);

/** The threads that Node starts from now on, until it is told to stop. */
function watchWorkers(): { readonly workers: Worker[]; readonly ready: Set<Worker>; stop(): void } {
  const workers: Worker[] = [];
  const ready = new Set<Worker>();
  const add = (worker: Worker): void => {
    workers.push(worker);
    worker.on('message', () => ready.add(worker));
  };
  process.on('worker', add);
  return { workers, ready, stop: () => process.off('worker', add) };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('one, two and three threads give the same bits, and products in 256 bit do', async () => {
  // Parts as they are in earnest, and as small as they can be. On Node 20 'auto' is what the others are.
  const engines = await Promise.all([
    createSimdEngine({ threads: 1 }),
    ...[2, 3].flatMap((threads) => [
      createSimdEngine({ threads }),
      createSimdEngine({ threads }, { leastPart: 1, bandRows: 1 }),
    ]),
    createSimdEngine({ threads: 1, wide: 'auto' }),
    createSimdEngine({ threads: 2, wide: 'auto' }, { leastPart: 1, bandRows: 1 }),
  ]);
  afterAll(() => Promise.all(engines.map((engine) => engine.dispose())));

  /** What each engine makes of it, several times, so that other threads come early and late. */
  async function expectSame(compute: (ops: Ops) => Record<string, Handle>): Promise<void> {
    const run = async (ops: SimdEngine): Promise<Record<string, Float64Array>> => {
      const scope = ops.openScope();
      const results = Object.entries(scope.run(() => compute(ops)));
      const read = await Promise.all(results.map(async ([name, handle]) => [name, await ops.read(handle)] as const));
      scope.dispose();
      return Object.fromEntries(read);
    };
    const wanted = await run(engines[0] as SimdEngine);
    for (const engine of engines.slice(1)) {
      for (let round = 0; round < 3; round++) expect(await run(engine)).toEqual(wanted);
    }
  }

  test('products with factors, biases and what is added; sums over rows; kernels with lengths', async () => {
    const step = kernel({
      name: 'step',
      inputs: { a: ['p', 'q'], b: ['r'] },
      factors: { mask: 1 },
      outputs: { y: ['y1', 'y2'] },
      body: ({ mul, add, blend, tanh, sigmoid }, v) => ({
        y1: blend(v.live, tanh(add(v.p, mul(v.q, v.mask))), v.r),
        y2: mul(v.live, sigmoid(v.q)),
      }),
    });
    const size = fc.integer({ min: 1, max: 70 });
    const [steps, count] = [fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 40 })];
    await fc.assert(
      fc.asyncProperty(steps, count, size, size, fc.boolean(), async (time, batch, h, n, untied) => {
        const gates = 3;
        const rows = time * batch;
        await expectSame((ops) => {
          const strides = { gate: untied ? rows * n : 0, time: batch * n, row: n, unit: 1 };
          const factors = ops.uploadFactors({
            input: { values: bits(gates * rows * n, 1), scale: 1.5, strides },
            mask: { values: bits(2 * batch, 2), scale: 0.7, strides: { gate: batch, time: 0, row: 1, unit: 0 } },
          });
          const use = { factor: { factors, name: 'input', gates, batch } };
          const x = ops.upload(numbers(rows * n, 3), [time, batch, n]);
          const w = ops.upload(numbers(gates * h * n, 4), [gates * h, n]);
          const dy = ops.upload(numbers(rows * gates * h, 5), [time, batch, gates * h]);
          const bias = ops.upload(numbers(gates * h, 6), [gates * h]);
          const lengths = ops.uploadIndices(
            Array.from({ length: batch }, (_, i) => (i * 5) % (time + 1)),
            [batch],
          );
          return {
            y: ops.project(x, w, { ...use, bias, plus: dy }),
            plain: ops.project(x, w),
            dx: ops.projectInputGrad(dy, w, { ...use, plus: x }),
            plainDx: ops.projectInputGrad(dy, w),
            dw: ops.projectWeightGrad(dy, x, use),
            plainDw: ops.projectWeightGrad(dy, x),
            sums: ops.sumRows(dy),
            step: ops.run(step, {
              inputs: {
                a: ops.upload(numbers(rows * 2 * h, 7), [time, batch, 2 * h]),
                b: ops.upload(numbers(h, 8), [h]),
              },
              factors: factors as Factors,
              lengths,
              t: 0,
            }).y,
          };
        });
      }),
      { numRuns: 25 },
    );
  });

  test('a training, from its masks to its weights', async () => {
    const trained = await Promise.all(
      engines.map(async (engine) => {
        const model = sequential(
          [lstm({ units: 40, dropout: variational({ input: 0.3, recurrent: 0.2 }) }), dense({ units: 2 })],
          { engine },
        );
        const x = Array.from({ length: 48 }, (_, i) =>
          Array.from({ length: 4 + (i % 9) }, (__, t) => [...numbers(20, i * 31 + t)]),
        );
        const y = x.map((_, i) => i % 2);
        const loss = softmaxCrossEntropy();
        const { epochs } = await model.fit({ x, y }, { key: key(5), epochs: 3, batchSize: 24, loss });
        return { epochs, scores: await model.predict(x) };
      }),
    );
    for (const other of trained.slice(1)) expect(other).toEqual(trained[0]);
  });
});

/** Large enough to be shared. */
const big = (ops: Ops): Handle =>
  ops.project(ops.upload(numbers(64 * 200, 1), [64, 200]), ops.upload(numbers(300 * 200, 2), [300, 200]));

/** A team over a memory, without an engine around it. */
async function teamOf(threads: number, threading: Threading, limits: Partial<Limits> = {}) {
  const wasmMemory = createWasmMemory({ shared: true });
  const module = await instantiate(wasmMemory, () => {});
  const team = new Team(threads, threading, module, wasmMemory, limits);
  const memory = new Memory(wasmMemory, team, module.build.layout.controlBytes);
  return { memory, team, calls: new Calls(memory, module, team) };
}

describe('other threads', () => {
  test('start when there is work for them, and end with the engine', async () => {
    const { workers, stop } = watchWorkers();
    const engine = await createSimdEngine({ threads: 3 });
    engine.release([engine.project(engine.zeros([2, 3]), engine.zeros([4, 3]))]);
    expect(workers).toHaveLength(0);
    engine.release([big(engine)]);
    expect(engine.usable).toBe(true);
    await until(() => workers.length === 2);
    let ended = 0;
    for (const worker of workers) worker.on('exit', () => ended++);
    await engine.dispose();
    stop();
    expect(ended).toBe(2);
    expect(engine.usable).toBe(false);
    await expectRefusal(() => big(engine), EngineError, 'was disposed of', 'create another one');
  });

  test('let the process end by itself, at work or asleep', async () => {
    const { status, stderr } = await runScript('test/unit/engines/simd/threads/undisposed.ts', []);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('one that dies ends a training with a clear error and the last good weights', async () => {
    const { ready, stop } = watchWorkers();
    const engine = await createSimdEngine({ threads: 2 }, { leastPart: 1 });
    const model = sequential([lstm({ units: 16 }), dense({ units: 2 })], { engine });
    const x = Array.from({ length: 8 }, (_, i) => Array.from({ length: 6 }, (__, t) => [...numbers(5, i * 7 + t)]));
    let steps = 0;
    const training = model.fit(
      { x, y: x.map((_, i) => i % 2) },
      {
        key: key(1),
        epochs: 10_000,
        batchSize: 4,
        loss: softmaxCrossEntropy(),
        optimizer: adam(),
        callbacks: [
          {
            async onStep() {
              steps += 1;
              if (steps !== 20) return;
              await until(() => ready.size === 1);
              for (const worker of ready) await worker.terminate();
            },
          },
        ],
      },
    );
    await expectRefusal(() => training, EngineError, '2 threads were expected', 'one was lost', 'ended with status');
    stop();
    expect(steps).toBeGreaterThanOrEqual(20);
    expect(steps).toBeLessThan(25);
    expect(engine.usable).toBe(false);
    const weights = Object.values(await model.getWeights());
    expect(weights.length).toBe(6);
    for (const weight of weights) expect(weight.toFlat().every(Number.isFinite)).toBe(true);
    await engine.dispose();
  });

  test('one that takes a part and never comes back is given up', async () => {
    const threading = findThreading();
    // It takes a part as threads do, and does nothing.
    const thief = `
      const { workerData: { memory } } = require('node:worker_threads');
      const ticket = new BigInt64Array(memory.buffer, 64, 1);
      for (;;) {
        const seen = Atomics.load(ticket, 0);
        if ((seen & 0xffffn) < ((seen >> 16n) & 0xffffn)) Atomics.compareExchange(ticket, 0, seen, seen - 0x10000n);
      }`;
    const spawn = (_: string, data: object) => (threading as NonNullable<typeof threading>).spawn(thief, data);
    const { team, calls } = await teamOf(2, { spawn, cores: 2, maySleep: true }, { leastPart: 1, patience: 30 });
    const share = (): void => {
      for (let i = 0; i < 1e6; i++) calls.sumRows(8192, 65536, 100, 64);
    };
    await expectRefusal(share, EngineError, 'did not finish its part in 30 ms', 'create another engine');
    await expectRefusal(share, EngineError, 'did not finish its part');
    await team.dispose();
  });

  /** A thread that takes one part and dies, or counts it as done 50 ms after `letGo`, and says so in a word of memory. */
  async function withSlow(end: 'comes late' | 'dies') {
    const [TICKET, DONE, GO, LATE] = [64, 128, 8184, 8188];
    const slow = `
      const { parentPort, workerData: { memory } } = require('node:worker_threads');
      parentPort.postMessage('ready');
      const ticket = new BigInt64Array(memory.buffer, ${TICKET}, 1);
      const words = new Int32Array(memory.buffer);
      for (;;) {
        const seen = Atomics.load(ticket, 0);
        if ((seen & 0xffffn) >= ((seen >> 16n) & 0xffffn)) continue;
        if (Atomics.compareExchange(ticket, 0, seen, seen - 0x10000n) === seen) break;
      }
      if (${end === 'dies'}) process.exit(3);
      Atomics.wait(words, ${GO / 4}, 0);
      Atomics.wait(words, ${LATE / 4}, 0, 50);
      Atomics.store(words, ${LATE / 4}, 1);
      Atomics.add(words, ${DONE / 4}, 1);`;
    const threading = findThreading() as Threading;
    const spawn = (_: string, data: object) => threading.spawn(slow, data);
    const { memory, team, calls } = await teamOf(2, { spawn, cores: 2, maySleep: true }, { leastPart: 1 });
    const ticket = new BigInt64Array(memory.memory.buffer, TICKET, 1);
    return {
      memory,
      team,
      calls,
      share: (): void => calls.sumRows(8192, 65536, 100, 64),
      wasTaken: (): boolean => ((Atomics.load(ticket, 0) >> 16n) & 0xffffn) < 4n,
      letGo(): void {
        Atomics.store(memory.callIntegers, GO / 4, 1);
        Atomics.notify(memory.callIntegers, GO / 4);
      },
      isLate: (): boolean => Atomics.load(memory.callIntegers, LATE / 4) === 1,
    };
  }

  test.each([
    ['is read', ({ memory }) => memory.settledNumbers()[0]],
    ['is read as integers', ({ memory }) => memory.settledIntegers()[0]],
    ['is read as bytes', ({ memory }) => memory.settledBytes()[0]],
    ['is used by what is not shared', ({ calls }) => calls.settledExports().clear(8192, 4)],
    ['is used by the next operation', ({ share }) => share()],
    ['is left', ({ team }) => team.dispose()],
  ] as readonly (readonly [string, (at: Awaited<ReturnType<typeof withSlow>>) => unknown])[])(
    'are waited for when memory %s, and not before',
    async (_, touch) => {
      const at = await withSlow('comes late');
      at.share();
      while (!at.wasTaken());
      expect(at.isLate()).toBe(false);
      at.letGo();
      touch(at);
      expect(at.isLate()).toBe(true);
      await at.team.dispose();
    },
  );

  test('one that dies with a part is not waited for; what was there can be read', async () => {
    const { memory, team, share, wasTaken } = await withSlow('dies');
    let gone = false;
    process.once('worker', (worker) => worker.once('exit', () => (gone = true)));
    share();
    await until(() => gone);
    expect(wasTaken()).toBe(true);
    await expectRefusal(
      () => memory.settledNumbers(),
      EngineError,
      'ended with status 3',
      'all but the last result is intact',
    );
    expect(memory.settledNumbers()[8192 / 4]).toBeTypeOf('number');
    await expectRefusal(share, EngineError, 'ended with status 3');
    await team.dispose();
  });

  test('take parts by themselves', async () => {
    const { memory, team, calls } = await teamOf(2, findThreading() as Threading, { leastPart: 1 });
    const [to, x, rows, n] = [8192, 65536, 10, 64];
    memory.settledNumbers().fill(1.5, x / 4, x / 4 + rows * n);
    calls.sumRows(to, x, rows, n);
    // The same call once more, whose four parts nobody takes on this thread.
    memory.settledNumbers().fill(0, to / 4, to / 4 + n);
    const [SEQUENCE, DONE] = [68 / 4, 128 / 4];
    Atomics.store(memory.settledIntegers(), DONE, 0);
    const ticket = new BigInt64Array(memory.memory.buffer, 64, 1);
    const sequence = BigInt((memory.settledIntegers()[SEQUENCE] as number) + 1);
    Atomics.store(ticket, 0, (sequence << 32n) | (4n << 16n));
    Atomics.notify(memory.settledIntegers(), SEQUENCE);
    await until(() => Atomics.load(memory.settledIntegers(), DONE) === 4);
    expect([...memory.settledNumbers().subarray(to / 4, to / 4 + n)]).toEqual(Array(n).fill(15));
    await team.dispose();
  });

  test.each([
    [
      'is refused',
      () => {
        throw new Error('no workers here');
      },
    ],
    [
      'never comes',
      () => ({ listen: ({ lost }: { lost(why: string): void }) => lost('no workers here'), terminate() {} }),
    ],
  ] as const)('one that %s, as where a policy allows none, leaves the work to the others', async (_, spawn) => {
    const { memory, team, calls } = await teamOf(3, { spawn, cores: 3, maySleep: true });
    const [to, x, rows, n] = [8192, 65536, 100, 320];
    memory.settledNumbers().fill(0.5, x / 4, x / 4 + rows * n);
    calls.sumRows(to, x, rows, n);
    expect([...memory.settledNumbers().subarray(to / 4, to / 4 + n)]).toEqual(Array(n).fill(50));
    expect(team.threads).toBe(1);
    await team.dispose();
  });
});
