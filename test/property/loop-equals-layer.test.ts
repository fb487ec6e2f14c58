import type { Tensor } from 'keepgate';
import { describe } from 'vitest';
import { forEveryScheme, ONE_DIRECTION } from '../helpers/laws.ts';
import { expectSameBits } from '../helpers/numeric.ts';
import { join, range, take } from '../helpers/tensors.ts';
import { drawPlans, type Trial } from '../helpers/trials.ts';

/** A loop of one's own around a layer: one step at a time, carrying the state. */
async function stepByStep({ layer, scheme, key, batch, time, inputs }: Trial): Promise<Record<string, Tensor>> {
  let { state } = inputs;
  const ys: Tensor[] = [];
  for (const step of range(0, time)) {
    const plan = layer.sample(scheme, key, { batch, time: 1, first: { step } });
    const lengths = inputs.lengths?.map((length) => (step < length ? 1 : 0));
    const run = await layer.forward(take(inputs.x, 1, [step]), { plan, state, ...(lengths && { lengths }) });
    run.dispose();
    ys.push(run.y);
    state = run.state;
  }
  return { y: ys.reduce((before, y) => join(1, before, y)), ...state };
}

describe('a loop over single steps gives what the layer gives, bit for bit', () => {
  forEveryScheme(
    async (trial) => {
      const { state, lengths, x } = trial.inputs;
      const run = await trial.layer.forward(x, { plan: drawPlans(trial), state, ...(lengths && { lengths }) });
      run.dispose();
      expectSameBits(await stepByStep(trial), { y: run.y, ...run.state });
    },
    { stacks: ONE_DIRECTION },
  );
});
