import { permutation } from '../../random/draws.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { expectClose, expectSameBits, only, type Results } from '../white-box/compare.ts';
import { type Law, STACKS } from '../white-box/law.ts';
import { changeMasks } from '../white-box/plan-masks.ts';
import { mapValues, take } from '../white-box/tensors.ts';
import { drawPlans, type Inputs, results } from '../white-box/trial.ts';

export const batchPermutation: Law = {
  name: 'batch-permutation',
  says: 'permuting the samples permutes their results bit for bit, and the gradients of weights to rounding',
  applies: () => true,
  stacks: STACKS,
  runs: 6,
  async check(trial) {
    const order = permutation(trial.key, trial.batch);
    const plans = drawPlans(trial);
    const permuted = plans.map((plan) =>
      changeMasks(plan, ({ mask, ofSamples, rowAxis }) => ({ mask: ofSamples ? take(mask, rowAxis, order) : mask })),
    );
    const { carries } = trial.cell;
    const wanted = permuteResults(await results(trial.layer, plans, trial.inputs), order, carries);
    const found = await results(trial.layer, permuted, permuteInputs(trial.inputs, order));

    const ofSamples = (name: string): boolean => ['y', 'dx'].includes(name) || isState(name, carries);
    expectSameBits(only(found, ofSamples), only(wanted, ofSamples));
    expectClose(found, wanted, 1e-12);
  },
};

type Order = readonly number[];

function permuteInputs({ x, state, lengths, dy, dstate }: Inputs, order: Order): Inputs {
  return {
    x: take(x, 0, order),
    dy: take(dy, 0, order),
    lengths: lengths && order.map((sample) => lengths[sample] as number),
    state: mapValues(state, (part) => permutePart(part, order)),
    dstate: mapValues(dstate, (part) => permutePart(part, order)),
  };
}

/** A part of a state is [B,H] or [lanes,B,H]. */
function permutePart(part: Tensor, order: Order): Tensor {
  return take(part, part.shape.length - 2, order);
}

/** y, dx and the states have rows of their own for each sample; the gradients of weights add them up. */
function permuteResults(all: Results, order: Order, carries: readonly string[]): Results {
  return mapValues(all, (value, name): Tensor => {
    if (name === 'y' || name === 'dx') return take(value, 0, order);
    return isState(name, carries) ? permutePart(value, order) : value;
  });
}

function isState(name: string, carries: readonly string[]): boolean {
  return carries.some((part) => name === part || name === `d${part}`);
}
