import { key } from '../../../random/key.ts';
import { type BehaviourLaw, difference, NOISE, prepared } from '../behaviour-law.ts';
import { randomInputs, run } from '../probes/run-subject.ts';
import type { Outputs } from './output-fits.ts';

/** What stands past a sample's length, and how much of it, changes nothing before. */
export const paddingChangesNothing: BehaviourLaw = {
  name: 'padding-changes-nothing',
  needsSeed: true,
  async check(subject, setting) {
    const { x, seed } = await prepared(subject, setting);
    const lengths = x.map((rows, b) => Math.max(1, rows.length - (b % 3)));
    const garbage = randomInputs(key(setting.seed + 1), setting.batch, setting.time + 2, subject.inputSize);
    const padded = x.map((rows, b) => {
      const valid = rows.slice(0, lengths[b]);
      return [...valid, ...(garbage[b] as number[][]).slice(valid.length)];
    });
    for (const training of [false, true]) {
      const short = await run(subject, x, { training, seed, lengths });
      const long = await run(subject, padded, { training, seed, lengths });
      const valid = (y: Outputs): Outputs => y.map((rows, b) => rows.slice(0, lengths[b]));
      const found = difference(valid(short), valid(long), NOISE);
      if (found) return `${training ? 'in training' : 'in evaluation'}, ${found}`;
    }
    return null;
  },
};
