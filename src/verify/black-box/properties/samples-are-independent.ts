import { key } from '../../../random/key.ts';
import { type BehaviourLaw, difference, NOISE, prepared } from '../behaviour-law.ts';
import { randomInputs, run } from '../probes/run-subject.ts';

/** One sample's outputs do not depend on what is in another, nor on how long that is. */
export const samplesAreIndependent: BehaviourLaw = {
  name: 'samples-are-independent',
  needsSeed: true,
  async check(subject, setting) {
    const { x, seed } = await prepared(subject, { ...setting, batch: setting.batch + 1 });
    const other = x.with(-1, randomInputs(key(setting.seed + 1), 1, setting.time, subject.inputSize)[0] as number[][]);
    const lengths = x.map(() => setting.time);
    const first = await run(subject, x, { training: true, seed, lengths });
    for (const steps of [setting.time, 1]) {
      const second = await run(subject, other, { training: true, seed, lengths: lengths.with(-1, steps) });
      const found = difference(first.slice(0, -1), second.slice(0, -1), NOISE);
      if (found) return found;
    }
    return null;
  },
};
