import type { Tensor } from '../../tensor/tensor.ts';
import { expectSameBits } from '../white-box/compare.ts';
import { type Law, ONE_DIRECTION } from '../white-box/law.ts';
import { join, range, take } from '../white-box/tensors.ts';
import { drawPlans, forward, type Trial } from '../white-box/trial.ts';

export const loopEqualsLayer: Law = {
  name: 'loop-equals-layer',
  says: 'a loop over single steps gives what the layer gives, bit for bit',
  applies: () => true,
  stacks: ONE_DIRECTION,
  runs: 6,
  async check(trial) {
    expectSameBits(await stepByStep(trial), await forward(trial.layer, drawPlans(trial), trial.inputs));
  },
};

/** A loop written around a layer: one timestep at a time, carrying the state. */
async function stepByStep({ layer, scheme, key, batch, time, inputs }: Trial): Promise<Record<string, Tensor>> {
  let { state } = inputs;
  const ys: Tensor[] = [];
  for (const step of range(0, time)) {
    const plan = layer.sample(scheme, key, { batch, time: 1, first: { step } });
    const lengths = inputs.lengths?.map((length) => (step < length ? 1 : 0)) ?? null;
    const { y, ...after } = await forward(layer, plan, { ...inputs, x: take(inputs.x, 1, [step]), state, lengths });
    ys.push(y as Tensor);
    state = after;
  }
  return { y: ys.reduce((before, y) => join(1, before, y)), ...state };
}
