import type { Recurrent } from '../../layers/recurrent/recurrent.ts';
import { mean } from '../../masks/plan.ts';
import { fold } from '../../random/key.ts';
import { expectSameBits, type Results } from '../white-box/compare.ts';
import { type Law, STACKS } from '../white-box/law.ts';
import { generate, mapValues } from '../white-box/tensors.ts';
import { drawPlans, results, type Trial } from '../white-box/trial.ts';

export const evaluationChangesNoWeight: Law = {
  name: 'evaluation-changes-no-weight',
  says: 'evaluations between the steps of a training change no bit of the weights',
  applies: () => true,
  stacks: STACKS,
  runs: 3,
  async check(trial) {
    const before = trial.layer.getWeights();
    const plain = await train(trial);
    trial.layer.setWeights(before);
    expectSameBits(await train(trial, evaluate), plain);
  },
};

/** Three steps of gradient descent, each with masks of its own. */
async function train(trial: Trial, between: (trial: Trial) => Promise<unknown> = async () => {}): Promise<Results> {
  for (let step = 0; step < 3; step++) {
    const plans = drawPlans({ ...trial, key: fold(trial.key, step) });
    descend(trial.layer, await results(trial.layer, plans, trial.inputs));
    await between(trial);
  }
  return trial.layer.getWeights();
}

/** Gradients are clipped: those of gates without a bound may take the weights as far as NaN in a step. */
function descend(layer: Recurrent, grads: Results): void {
  const clipped = (name: string, index: readonly number[]): number =>
    Math.max(-1, Math.min(1, grads[`d${name}`]?.at(...index) as number));
  layer.setWeights(
    mapValues(layer.getWeights(), (weight, name) =>
      generate(weight.shape, (index) => weight.at(...index) - 0.01 * clipped(name, index)),
    ),
  );
}

async function evaluate({ layer, scheme, inputs }: Trial): Promise<void> {
  await results(layer, mean(scheme), inputs);
}
