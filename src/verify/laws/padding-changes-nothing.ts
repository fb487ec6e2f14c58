import type { Tensor } from '../../tensor/tensor.ts';
import { expectSameBits, expectTrue, type Results } from '../white-box/compare.ts';
import { type Law, STACKS } from '../white-box/law.ts';
import { join, randomTensor, range, take } from '../white-box/tensors.ts';
import { drawPlans, type Inputs, results, type Trial } from '../white-box/trial.ts';

const PADDING = 2;

export const paddingChangesNothing: Law = {
  name: 'padding-changes-nothing',
  says: 'padded steps change no result, bit for bit, and get zeros: y and the gradient by x',
  applies: () => true,
  stacks: STACKS,
  runs: 6,
  async check(trial) {
    const { layer, time, inputs } = trial;
    const longer = padded(trial);
    const wanted = await results(layer, drawPlans(trial), inputs);
    const found = await results(layer, drawPlans({ ...trial, time: time + PADDING }), longer);

    expectSameBits({ ...found, ...steps(found, 0, time) }, wanted);
    for (const name of ['y', 'dx']) {
      const stray = pastTheLength(found[name] as Tensor, longer.lengths ?? []).find((value) => value !== 0);
      expectTrue(stray === undefined, `${name} past a sample's length: 0 was expected, but ${stray} came`);
    }
  },
};

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
