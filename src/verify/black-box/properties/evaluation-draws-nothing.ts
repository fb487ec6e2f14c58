import { type BehaviourLaw, difference, NOISE, prepared } from '../behaviour-law.ts';
import { run } from '../probes/run-subject.ts';

/** Evaluation with other seeds gives the same numbers. */
export const evaluationDrawsNothing: BehaviourLaw = {
  name: 'evaluation-draws-nothing',
  needsSeed: false,
  async check(subject, setting) {
    const { x, seed } = await prepared(subject, setting);
    const first = await run(subject, x, { training: false, seed });
    const second = await run(subject, x, { training: false, seed: seed + 1 });
    return difference(first, second, NOISE);
  },
};
