import { adam, adamW, createEngine, type Optimizer, OptionError, sgd } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { learningRateAt } from '../../../../src/train/schedules/learning-rate-schedule.ts';

const ops = await createEngine('reference');
const start = [0.5, -1.25, 2];
const gradients = [
  [0.3, -0.2, 0.7],
  [-0.1, 0.4, 0.05],
  [0.6, 0.6, -0.9],
];

/** The weights after a step with each of the gradients, each multiplied by its scale. */
async function run(optimizer: Optimizer, scales: readonly number[] = [1, 1, 1]): Promise<number[]> {
  let weight = ops.upload(start, [3]);
  let slots = Object.fromEntries(optimizer.slots.map((name) => [name, ops.zeros([3])]));
  for (const [i, grad] of gradients.entries()) {
    const learningRate = learningRateAt(optimizer.learningRate, { update: i, epoch: 0 });
    const at = { step: i + 1, scale: scales[i] as number, learningRate, decays: true };
    ({ weight, slots } = { ...optimizer.update(ops, weight, ops.upload(grad, [3]), slots, at) } as {
      weight: typeof weight;
      slots: typeof slots;
    });
  }
  return [...(await ops.read(weight))];
}

/** The papers' algorithms, one weight at a time. */
function byHand(step: (w: number, g: number, memory: number[], t: number) => number): number[] {
  return start.map((initial, unit) => {
    const memory = [0, 0];
    return gradients.reduce((w, grad, i) => step(w, grad[unit] as number, memory, i + 1), initial);
  });
}

function adamStep(rate: number, decay: number) {
  return (w: number, g: number, memory: number[], t: number): number => {
    memory[0] = 0.8 * (memory[0] as number) + 0.2 * g;
    memory[1] = 0.95 * (memory[1] as number) + 0.05 * g * g;
    const [m, v] = [memory[0] / (1 - 0.8 ** t), memory[1] / (1 - 0.95 ** t)];
    return w - rate * decay * w - (rate * m) / (Math.sqrt(v) + 1e-6);
  };
}

function expectNear(actual: readonly number[], expected: readonly number[]): void {
  for (const [i, value] of actual.entries()) expect(value).toBeCloseTo(expected[i] as number, 13);
}

describe('optimizers', () => {
  test('sgd with momentum', async () => {
    const expected = byHand((w, g, memory) => {
      memory[0] = 0.7 * (memory[0] as number) + g;
      return w - 0.1 * memory[0];
    });
    expectNear(await run(sgd({ learningRate: 0.1, momentum: 0.7 })), expected);
  });

  test('adam (Kingma and Ba 2015, algorithm 1)', async () => {
    const options = { learningRate: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-6 };
    expectNear(await run(adam(options)), byHand(adamStep(0.02, 0)));
  });

  test('adamW (Loshchilov and Hutter 2019, algorithm 2)', async () => {
    const options = { learningRate: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.3 };
    expectNear(await run(adamW(options)), byHand(adamStep(0.02, 0.3)));
  });

  test('the scale is as if the gradient were smaller', async () => {
    const scaled = await run(sgd({ learningRate: 0.1 }), [0.5, 1, 0.25]);
    expectNear(
      scaled,
      start.map(
        (w, i) =>
          w -
          0.1 *
            (0.5 * (gradients[0]?.[i] as number) +
              (gradients[1]?.[i] as number) +
              0.25 * (gradients[2]?.[i] as number)),
      ),
    );
  });

  test('options out of range are told', () => {
    expect(() => adam({ learningRate: -0.1 })).toThrow(
      new OptionError('adam: a finite number from 0 was expected as learningRate, but -0.1 came'),
    );
    expect(() => adam({ beta1: 1 })).toThrow(OptionError);
    expect(() => sgd({ momentum: Number.NaN })).toThrow(OptionError);
  });
});
