import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../../../../src/engines/reference/engine.ts';
import { adamW, sgd } from '../../../../src/train/optimizers.ts';
import { at, builds, type Module, numbers } from './module.ts';

const n = fc.integer({ min: 1, max: 40 });
const seed = fc.integer();

function expectClose(found: Float32Array, wanted: Float64Array): void {
  found.forEach((value, i) => {
    expect(Math.abs(value - at(wanted, i))).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(at(wanted, i))));
  });
}

/** One update by the reference engine, from the same numbers. */
async function update(
  optimizer: ReturnType<typeof sgd>,
  weight: Float32Array,
  grad: Float32Array,
  slots: Readonly<Record<string, Float32Array>>,
  at: { readonly step: number; readonly scale: number },
): Promise<Record<string, Float64Array>> {
  const ops = createReferenceEngine();
  const upload = (x: Float32Array) => ops.upload(x, [x.length]);
  const before = Object.fromEntries(Object.entries(slots).map(([name, x]) => [name, upload(x)]));
  const after = optimizer.update(ops, upload(weight), upload(grad), before, at);
  const results = Object.entries({ weight: after.weight, ...after.slots });
  return Object.fromEntries(await Promise.all(results.map(async ([name, x]) => [name, await ops.read(x)] as const)));
}

describe.each(builds)('$name', ({ module }: { module: Module }) => {
  test('sgd is the update of train/optimizers', async () => {
    await fc.assert(
      fc.asyncProperty(n, seed, fc.constantFrom(0, 0.9), async (count, from, momentum) => {
        const [w, grad, v] = [numbers(count, from), numbers(count, from + 1), numbers(count, from + 2)];
        const wanted = await update(
          sgd({ learningRate: 0.1, momentum }),
          w,
          grad,
          { velocity: v },
          { step: 3, scale: 0.7 },
        );
        module.call('sgd', [w, grad, v, count, 0.1, momentum, 0.7], [w, v]);
        expectClose(w, wanted.weight as Float64Array);
        expectClose(v, wanted.velocity as Float64Array);
      }),
      { numRuns: 40 },
    );
  });

  test('adam is the update of train/optimizers, with decay and without', async () => {
    await fc.assert(
      fc.asyncProperty(
        n,
        seed,
        fc.integer({ min: 1, max: 1000 }),
        fc.constantFrom(0, 0.1),
        async (count, from, step, decay) => {
          const [w, grad, mean] = [numbers(count, from), numbers(count, from + 1), numbers(count, from + 2)];
          const square = numbers(count, from + 3).map(Math.abs);
          const [learningRate, beta1, beta2, epsilon, scale] = [0.01, 0.9, 0.999, 1e-8, 0.7];
          const optimizer = adamW({ learningRate, beta1, beta2, epsilon, weightDecay: decay });
          const wanted = await update(optimizer, w, grad, { mean, square }, { step, scale });
          const scalars = [
            ...[beta1, 1 - beta1, beta2, 1 - beta2, epsilon, scale],
            ...[learningRate / (1 - beta1 ** step), 1 - beta2 ** step, 1 - learningRate * decay],
          ];
          module.call('adam', [w, grad, mean, square, count, ...scalars], [w, mean, square]);
          expectClose(w, wanted.weight as Float64Array);
          expectClose(mean, wanted.mean as Float64Array);
          expectClose(square, wanted.square as Float64Array);
        },
      ),
      { numRuns: 40 },
    );
  });
});
