import { key } from '../../../random/key.ts';
import { type BehaviourLaw, difference, NOISE, prepared } from '../behaviour-law.ts';
import { randomInputs, run } from '../probes/run-subject.ts';

/** Calls leave nothing behind: training not in evaluation, nor for another batch size; evaluation not in training. */
export const callsLeaveNoTrace: BehaviourLaw = {
  name: 'calls-leave-no-trace',
  needsSeed: false,
  async check(subject, setting) {
    const { x, seed } = await prepared(subject, setting);
    const before = await run(subject, x, { training: false, seed });
    await run(subject, x, { training: true, seed });
    const more = [...x, ...randomInputs(key(setting.seed + 1), 2, setting.time, subject.inputSize)];
    await run(subject, more, { training: true, seed: seed + 1 });
    const found = difference(before, await run(subject, x, { training: false, seed }), NOISE);
    if (found) return found;

    const first = await run(subject, x, { training: true, seed });
    // Where a seed does not give the same masks again, that is what seed-reproduces finds.
    if (difference(first, await run(subject, x, { training: true, seed }), NOISE)) return null;
    await run(subject, x, { training: false, seed });
    const again = difference(first, await run(subject, x, { training: true, seed }), NOISE);
    return again && `in training after an evaluation, ${again}`;
  },
};
