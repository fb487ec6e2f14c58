import { type BehaviourLaw, difference, NOISE, prepared } from '../behaviour-law.ts';
import { run } from '../probes/run-subject.ts';

/** One seed, one set of masks. */
export const seedReproduces: BehaviourLaw = {
  name: 'seed-reproduces',
  needsSeed: false,
  async check(subject, setting) {
    const { x, seed } = await prepared(subject, setting);
    const first = await run(subject, x, { training: true, seed });
    await run(subject, x, { training: true, seed: seed + 1 });
    return difference(first, await run(subject, x, { training: true, seed }), NOISE);
  },
};
