import { key } from '../../../random/key.ts';
import type { PropertyResult } from '../../report.ts';
import type { Subject } from '../../subject.ts';
import { type BehaviourLaw, difference, NOISE, prepared, type Setting } from '../behaviour-law.ts';
import { randomInputs, run } from '../probes/run-subject.ts';
import type { Outputs } from './output-fits.ts';

const NAME = 'padding-changes-nothing';

/** How many steps of padding are added. */
const MORE = 2;

/**
 * What stands past a sample's length changes nothing before, nor does how much of it there is. Where masks are drawn one
 * after another for all steps of the padded batch, they depend on how many there are, and rightly so: in training the
 * amount is held against a layer only where its masks are the same for another number of steps.
 */
export const paddingChangesNothing: BehaviourLaw = {
  name: NAME,
  needsSeed: true,
  async check(subject, setting) {
    const { x, seed } = await prepared(subject, setting);
    const lengths = x.map((rows, b) => Math.max(1, rows.length - (b % 3)));
    const garbage = randomInputs(key(setting.seed + 1), setting.batch, setting.time + MORE, subject.inputSize);
    const filled = (time: number): number[][][] =>
      x.map((rows, b) => [...rows.slice(0, lengths[b]), ...(garbage[b] as number[][]).slice(lengths[b], time)]);
    for (const training of [false, true]) {
      const valid = async (rows: number[][][]): Promise<Outputs> =>
        (await run(subject, rows, { training, seed, lengths: [...lengths] })).map((y, b) => y.slice(0, lengths[b]));
      const before = await valid(x);
      const when = training ? 'in training' : 'in evaluation';
      const other = difference(before, await valid(filled(setting.time)), NOISE);
      if (other) return `${when}, ${other}`;
      const longer = difference(before, await valid(filled(setting.time + MORE)), NOISE);
      if (longer && !(training && (await masksDependOnTime(subject, setting, lengths)))) return `${when}, ${longer}`;
    }
    return null;
  },
};

/**
 * Whether more steps, with as much padding as before, change what is handed on in training at those before them. Asked
 * for samples that are as long as the batch, and for samples that are not, as a layer may draw in another order for these.
 */
async function masksDependOnTime(subject: Subject, setting: Setting, lengths: readonly number[]): Promise<boolean> {
  const { x, seed } = await prepared(subject, setting);
  const more = randomInputs(key(setting.seed + 2), setting.batch, MORE, subject.inputSize);
  const longer = x.map((rows, b) => {
    const valid = lengths[b] as number;
    return [...rows.slice(0, valid), ...(more[b] as number[][]), ...rows.slice(valid)];
  });
  const full = x.map((rows, b) => [...rows, ...(more[b] as number[][])]);
  const training = async (rows: number[][][], valid: readonly number[]): Promise<Outputs> =>
    (await run(subject, rows, { training: true, seed, lengths: [...valid] })).map((y, b) => y.slice(0, lengths[b]));
  const all = x.map((rows) => rows.length);
  const [asLong, notAsLong] = [
    difference(await training(x, all), await training(full, plus(all)), NOISE),
    difference(await training(x, lengths), await training(longer, plus(lengths)), NOISE),
  ];
  return asLong !== null || notAsLong !== null;
}

const plus = (lengths: readonly number[]): number[] => lengths.map((length) => length + MORE);

/** Failed where only calls with padding contradict the claims. @param contradiction the first */
export function paddedAlone(contradiction: string): PropertyResult {
  const says =
    'in training, masks as claimed explain calls without padding, and not what comes before the padding of others';
  return { name: NAME, passed: false, detail: `${says}: ${contradiction}` };
}
