import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { EngineError, type EngineOption, key, type Recurrent, type RecurrentRun, recurrent } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { createReferenceEngine, type ReferenceEngine } from '../../../../src/engines/reference/engine.ts';
import { leaseEngine } from '../../../../src/engines/shared.ts';
import { generate } from '../../../helpers/tensors.ts';

const SIZES = { cell: 'gru', inputSize: 2, hiddenSize: 3 } as const;
const WEIGHTS = 4;
const x = generate([2, 4, 2], ([b = 0, t = 0, i = 0]) => b - t + i);
const dy = generate([2, 4, 3], () => 0.5);

function layerOn(engine: EngineOption, seed = 0): Recurrent {
  return recurrent({ ...SIZES, engine, key: key(seed) });
}

/** An engine that counts the numbers that are uploaded to it. */
function counting(): { readonly engine: ReferenceEngine; uploaded(): number } {
  const engine = createReferenceEngine();
  const upload = engine.upload.bind(engine);
  let count = 0;
  engine.upload = (values, shape) => {
    count += values.length;
    return upload(values, shape);
  };
  return {
    engine,
    uploaded: () => {
      const found = count;
      count = 0;
      return found;
    },
  };
}

describe('the weights of a layer', () => {
  test('are uploaded once, and again when they were set', async () => {
    const { engine, uploaded } = counting();
    const layer = layerOn(engine);
    const numbers = 9 * 2 + 9 * 3 + 9 + 9;
    const run = async (): Promise<number> => {
      (await layer.forward(x)).dispose();
      return uploaded();
    };
    expect(await run()).toBe(16 + numbers);
    expect(await run()).toBe(16);
    layer.setWeights(layer.getWeights());
    expect(await run()).toBe(16 + numbers);
    expect(await run()).toBe(16);
    expect(engine.liveBuffers).toBe(WEIGHTS);
    await layer.dispose();
    expect(engine.liveBuffers).toBe(0);
  });

  test('stay those of a run that is not disposed of, and new runs have the new ones', async () => {
    const engine = createReferenceEngine();
    const [layer, other] = [layerOn(engine, 1), layerOn(engine, 2)];
    const [run, next] = [await layer.forward(x), await other.forward(x)];
    const [grads, nextGrads] = [await run.backward({ y: dy }), await next.backward({ y: dy })];
    layer.setWeights(other.getWeights());
    const after = await layer.forward(x);
    expect(after.y).toEqual(next.y);
    expect(after.y).not.toEqual(run.y);
    expect(await run.backward({ y: dy })).toEqual(grads);
    expect(await after.backward({ y: dy })).toEqual(nextGrads);
    for (const one of [run, next, after]) one.dispose();
    expect(engine.liveBuffers).toBe(2 * WEIGHTS);
    await Promise.all([layer.dispose(), other.dispose()]);
    expect(engine.liveBuffers).toBe(0);
  });

  test('are uploaded once by runs that begin together', async () => {
    const { engine, uploaded } = counting();
    const layer = layerOn(Promise.resolve(engine));
    const runs = await Promise.all([layer.forward(x), layer.forward(x), layer.forward(x)]);
    expect(uploaded()).toBe(3 * 16 + 63);
    for (const run of runs) run.dispose();
    await layer.dispose();
    expect(engine.liveBuffers).toBe(0);
  });
});

describe('weights that are set while a run waits for its engine', () => {
  test('are those of the next run, and the run has the ones of its call', async () => {
    const { engine, uploaded } = counting();
    const [layer, first, second] = [layerOn(Promise.resolve(engine), 1), layerOn(engine, 1), layerOn(engine, 2)];
    const [old, changed] = [await first.forward(x), await second.forward(x)];
    uploaded();
    const beginning = layer.forward(x);
    layer.setWeights(second.getWeights());
    const [run, next] = [await beginning, await layer.forward(x)];
    expect(run.y).toEqual(old.y);
    expect(next.y).toEqual(changed.y);
    expect(await run.backward({ y: dy })).toEqual(await old.backward({ y: dy }));
    for (const one of [old, changed, run, next]) one.dispose();
    // What it ran with was its alone, and is gone with it.
    expect(engine.liveBuffers).toBe(3 * WEIGHTS);
    await Promise.all([layer.dispose(), first.dispose(), second.dispose()]);
    expect(engine.liveBuffers).toBe(0);
  });
});

describe('a layer that was disposed of', () => {
  test('can be used again, with the weights that it had', async () => {
    const engine = createReferenceEngine();
    const layer = layerOn(engine, 3);
    const first = await layer.forward(x);
    await layer.dispose();
    await layer.dispose();
    const again = await layer.forward(x);
    expect(again.y).toEqual(first.y);
    first.dispose();
    again.dispose();
    await layer.dispose();
    expect(engine.liveBuffers).toBe(0);
  });

  test('leaves its runs as they are', async () => {
    const engine = createReferenceEngine();
    const layer = layerOn(engine);
    const run = await layer.forward(x);
    const grads = await run.backward({ y: dy });
    await layer.dispose();
    expect(await run.backward({ y: dy })).toEqual(grads);
    run.dispose();
    run.dispose();
    expect(engine.liveBuffers).toBe(0);
    await expect(run.backward({ y: dy })).rejects.toThrow(EngineError);
  });

  test('while a run begins keeps nothing of it', async () => {
    const engine = createReferenceEngine();
    const layer = layerOn(engine);
    const beginning = layer.forward(x);
    const disposing = layer.dispose();
    const run = await beginning;
    await disposing;
    run.dispose();
    expect(engine.liveBuffers).toBe(0);
  });

  test('does not end an engine that the caller made', async () => {
    const engine = createReferenceEngine();
    const layer = layerOn(engine);
    (await layer.forward(x)).dispose();
    await layer.dispose();
    expect(engine.usable).toBe(true);
  });
});

test('an engine that cannot be had is asked for again by the next run', async () => {
  const engine = createReferenceEngine();
  let asked = 0;
  // Awaited each time that the engine is asked for.
  const option = {
    // biome-ignore lint/suspicious/noThenProperty: it stands for a promise that changes its mind
    then(resolve: (ops: ReferenceEngine) => void, reject: (error: Error) => void): void {
      asked += 1;
      if (asked === 1) reject(new EngineError('test: no engine yet'));
      else resolve(engine);
    },
  };
  const layer = layerOn(option as never);
  await expect(layer.forward(x)).rejects.toThrow('no engine yet');
  await layer.dispose();
  for (let run = 0; run < 3; run++) (await layer.forward(x)).dispose();
  expect(asked).toBe(2);
  await layer.dispose();
});

describe('an engine by name', () => {
  const referenceNow = async (): Promise<ReferenceEngine> => {
    const lease = await leaseEngine('reference');
    await lease.release();
    return lease.ops as ReferenceEngine;
  };

  test('is shared by layers, and let go of by the last layer or run', async () => {
    const [layer, other] = [layerOn('reference'), layerOn('reference')];
    const run = await layer.forward(x);
    const shared = await referenceNow();
    (await other.forward(x)).dispose();
    expect(await referenceNow()).toBe(shared);
    expect(shared.liveBuffers).toBeGreaterThan(2 * WEIGHTS);
    await layer.dispose();
    await other.dispose();
    expect(await referenceNow()).toBe(shared);
    run.dispose();
    expect(shared.liveBuffers).toBe(0);
    expect(await referenceNow()).not.toBe(shared);
  });

  test('is not held by a run that has no room for its weights', async () => {
    const lease = await leaseEngine('reference');
    const shared = lease.ops as ReferenceEngine;
    const { upload } = shared;
    shared.upload = () => {
      throw new EngineError('test: no room');
    };
    const layer = layerOn('reference');
    await expect(layer.forward(x)).rejects.toThrow('no room');
    shared.upload = upload;
    expect(shared.liveBuffers).toBe(0);
    await layer.dispose();
    await lease.release();
    expect(await referenceNow()).not.toBe(shared);
  });
});

test('layers and runs that nobody disposes of free what they hold once they are garbage', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const engine = createReferenceEngine();
  const until = async (buffers: number): Promise<void> => {
    for (let turn = 0; turn < 100 && engine.liveBuffers !== buffers; turn++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(engine.liveBuffers).toBe(buffers);
  };

  let backward: RecurrentRun['backward'] | null = await (async () => {
    const run = await layerOn(engine).forward(x);
    return run.backward;
  })();
  // The layer and the run's object are garbage, and the function still works.
  const held = engine.liveBuffers;
  for (let turn = 0; turn < 5; turn++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(engine.liveBuffers).toBe(held);
  await backward({ y: dy });
  expect(engine.liveBuffers).toBe(held);
  backward = null;
  await until(0);

  const kept = layerOn(engine);
  await (async () => {
    await kept.forward(x);
  })();
  await until(WEIGHTS);
  await kept.dispose();
  expect(engine.liveBuffers).toBe(0);
});
