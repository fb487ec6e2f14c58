import {
  dense,
  earlyStopping,
  EngineError,
  embedding,
  key,
  lstm,
  type Ops,
  sequential,
  softmaxCrossEntropy,
  type Tensor,
} from 'keepgate';
import { expect, test } from 'vitest';
import { createReferenceEngine } from '../../../src/engines/reference/engine.ts';

/** An engine whose device can be lost: what was on it cannot be read any more, what comes later never gets there. */
function losableEngine(): { readonly engine: Ops; lose(): void } {
  const real = createReferenceEngine();
  const alive = new WeakSet<object>();
  let lost = false;
  const engine = new Proxy(real, {
    get(target, property) {
      const value = Reflect.get(target, property, target) as unknown;
      if (property === 'upload') {
        return (...args: Parameters<Ops['upload']>) => {
          const handle = real.upload(...args);
          if (lost) alive.add(handle);
          return handle;
        };
      }
      if (property === 'read') {
        return async (handle: Parameters<Ops['read']>[0]) => {
          if (lost && !alive.has(handle)) throw new EngineError('test: the device is lost');
          return real.read(handle);
        };
      }
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return {
    engine,
    lose: () => {
      lost = true;
    },
  };
}

test.each([
  ['the last whole epoch', 2, []],
  // Losses fall, so the first is the largest.
  ['the epoch that was kept', 1, [earlyStopping({ monitor: 'training.loss', mode: 'max', patience: 9 })]],
] as const)('a lost device leaves the weights of %s', async (_, epochs, kept) => {
  const { engine, lose } = losableEngine();
  const layers = [embedding({ vocabulary: 5, units: 3 }), lstm({ units: 4 }), dense({ units: 2 })];
  const model = sequential(layers, { engine });
  const x = Array.from({ length: 12 }, (_, i) => [1 + (i % 2), 3, 4]);
  const y = x.map(([first]) => (first as number) - 1);
  let atEpoch: Record<string, Tensor> = {};
  const training = model.fit(
    { x, y },
    {
      key: key(5),
      epochs: 4,
      batchSize: 4,
      loss: softmaxCrossEntropy(),
      callbacks: [
        ...kept,
        {
          onEpoch: async ({ epoch }) => {
            if (epoch === epochs) atEpoch = await model.getWeights();
          },
          onStep: ({ step }) => {
            if (step === 8) lose();
          },
        },
      ],
    },
  );
  await expect(training).rejects.toThrow(new EngineError('test: the device is lost'));
  const left = await model.getWeights();
  expect(Object.keys(left)).toHaveLength(7);
  expect(left).toEqual(atEpoch);
  // Three steps an epoch, and the second was the last whole one.
  expect(model.updates).toBe(3 * epochs);
  await expect(model.toFiles()).resolves.toHaveProperty('model.json');
});

test('another fault of the engine leaves the weights as they are', async () => {
  const real = createReferenceEngine();
  const model = sequential([lstm({ units: 2 }), dense({ units: 2 })], { engine: real });
  const stop = { onStep: ({ step }: { step: number }) => fault(step) };
  const fault = (step: number): void => {
    if (step === 3) throw new EngineError('test: refused');
  };
  const options = { key: key(5), epochs: 1, batchSize: 1, loss: softmaxCrossEntropy(), callbacks: [stop] };
  await model.build({ kind: 'sequence', size: 1 }, key(2));
  const before = await model.getWeights();
  await expect(model.fit({ x: [[[1]], [[2]], [[3]], [[4]]], y: [0, 1, 0, 1] }, options)).rejects.toThrow('refused');
  expect(await model.getWeights()).not.toEqual(before);
  expect(real.liveBuffers).toBe(Object.keys(before).length);
});
