import type { Tensor } from 'keepgate';
import { describe, expect } from 'vitest';
import { forEveryScheme } from '../helpers/laws.ts';
import { expectSameBits, type Results } from '../helpers/numeric.ts';
import { join, randomTensor, range, take } from '../helpers/tensors.ts';
import { drawPlans, type Inputs, results, type Trial } from '../helpers/trials.ts';

const PADDING = 2;

/** The same samples with more steps than they have: garbage in x, and garbage in the gradient by y. */
function padded({ inputs, key, batch, time }: Trial): Inputs {
  const garbage = (name: string, like: Tensor): Tensor =>
    randomTensor(key, name, [batch, PADDING, like.shape[2] as number], 1e3);
  return {
    ...inputs,
    x: join(1, inputs.x, garbage('x', inputs.x)),
    dy: join(1, inputs.dy, garbage('dy', inputs.dy)),
    lengths: inputs.lengths ?? Array.from({ length: batch }, () => time),
  };
}

/** The steps of y and dx; everything else has no time axis. */
function steps(all: Results, from: number, to: number): Results {
  const { y, dx } = all as { y: Tensor; dx: Tensor };
  return { y: take(y, 1, range(from, to)), dx: take(dx, 1, range(from, to)) };
}

/** The numbers past each sample's length. */
function pastTheLength(values: Tensor, lengths: readonly number[]): number[] {
  const time = values.shape[1] as number;
  return lengths.flatMap((length, sample) => [...take(take(values, 0, [sample]), 1, range(length, time)).toFlat()]);
}

describe('padded steps change no result, bit for bit, and get zeros: y and the gradient by x', () => {
  forEveryScheme(async (trial) => {
    const { layer, time, inputs } = trial;
    const longer = padded(trial);
    const wanted = await results(layer, drawPlans(trial), inputs);
    const found = await results(layer, drawPlans({ ...trial, time: time + PADDING }), longer);

    expectSameBits({ ...found, ...steps(found, 0, time) }, wanted);
    for (const values of [found.y, found.dx] as Tensor[]) {
      expect(pastTheLength(values, longer.lengths ?? []).filter((value) => value !== 0)).toEqual([]);
    }
  });
});
