import { cellConfigOf } from '../../../cells/cells.ts';
import { recurrent } from '../../../layers/recurrent/recurrent.ts';
import { mean } from '../../../masks/plan.ts';
import { type BehaviourLaw, difference, prepared } from '../behaviour-law.ts';
import { run } from '../probes/run-subject.ts';

/** Ours is float64, and theirs may be float32: over a few steps that is far below this, and a wrong mean far above. */
const TOLERANCE = 1e-4;

/** Evaluation is keepgate's cell under the mean of what is claimed. */
export const evaluationIsTheMean: BehaviourLaw = {
  name: 'evaluation-is-the-mean',
  needsSeed: false,
  async check(subject, setting) {
    const { x, seed, weights } = await prepared(subject, setting);
    const y = await run(subject, x, { training: false, seed });
    const { cell, inputSize, hiddenSize, claims } = subject;
    const layer = recurrent({ cell, inputSize, hiddenSize, engine: 'reference', ...cellConfigOf(subject) });
    layer.setWeights({ ...weights });
    const ours = await layer.forward(x, { plan: mean(claims) });
    ours.dispose();
    return difference(y, ours.y.toArray<number[][][]>(), TOLERANCE);
  },
};
