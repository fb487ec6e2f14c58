import { key } from '../../../random/key.ts';
import { type BehaviourLaw, difference, NOISE, prepared } from '../behaviour-law.ts';
import { randomInputs, run } from '../probes/run-subject.ts';

/**
 * One sample's outputs do not depend on what is in another, nor, in evaluation, on how long that is. In training masks may:
 * where they are drawn one after another for valid steps alone, those of a sample come later when another is longer.
 * That they are masks all the same is seen where they are read, from samples of other lengths as well.
 */
export const samplesAreIndependent: BehaviourLaw = {
  name: 'samples-are-independent',
  needsSeed: true,
  async check(subject, setting) {
    const { x, seed } = await prepared(subject, { ...setting, batch: setting.batch + 1 });
    const other = x.with(-1, randomInputs(key(setting.seed + 1), 1, setting.time, subject.inputSize)[0] as number[][]);
    const lengths = x.map(() => setting.time);
    for (const [training, steps] of [
      [false, setting.time],
      [false, 1],
      [true, setting.time],
    ] as const) {
      const first = await run(subject, x, { training, seed, lengths: [...lengths] });
      const second = await run(subject, other, { training, seed, lengths: lengths.with(-1, steps) });
      const found = difference(first.slice(0, -1), second.slice(0, -1), NOISE);
      if (found) return training ? found : `in evaluation, ${found}`;
    }
    return null;
  },
};
