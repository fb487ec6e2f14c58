import { isSharedByBatch } from '../../../masks/mask.ts';
import type { Subject } from '../../subject.ts';

import type { Claim } from '../claims.ts';
import { distinctValuesNumber, manyGatesNumber, PROBES, type ProbeName, probe, weightsOf } from './layouts.ts';
import type { Call } from './readings.ts';
import { run, setWeights } from './run-subject.ts';

/** Calls of every probe, each with a seed of its own. */
export async function makeCalls(
  subject: Subject,
  claims: readonly Claim[],
  seed: number,
  runs: number,
): Promise<Call[]> {
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
  // A mask that the batch shares gives few entries a call, so that many calls are made. Else many samples tell its rate.
  const perBatch = claims.some(isSharedByBatch);
  const manyGates = claims.some(({ tied }) => !tied) ? [0, 1, 2].map(manyGatesNumber) : [];
  const wide = [distinctValuesNumber(0), distinctValuesNumber(1), ...manyGates];
  const sizes = [
    ...(perBatch
      ? [{ numbers: upTo(12 * runs), batch: 2, time: TIME }]
      : [
          { numbers: upTo(runs), batch: 16, time: TIME },
          { numbers: wide, batch: 12 * runs, time: 2 },
        ]),
    // A sample alone, and a long one: some layers treat these differently.
    { numbers: upTo(2), batch: 1, time: TIME },
    { numbers: upTo(2), batch: 2, time: 5 * TIME },
  ];
  const calls: Call[] = [];
  for (const name of PROBES) {
    for (const { numbers, batch, time } of sizes) {
      for (const number of numbers) {
        calls.push(await makeCall(subject, name, number, batch, time, seed + calls.length));
      }
    }
  }
  return calls;
}

/** Steps of a probe: enough for a memory to show. */
export const TIME = 4;

/** One call in training, with the weights of a probe. */
export async function makeCall(
  subject: Subject,
  name: ProbeName,
  number: number,
  batch: number,
  time: number,
  seed: number,
): Promise<Call> {
  const made = probe(name, subject, number, batch, time);
  await setWeights(subject, weightsOf(made, subject.inputSize));
  // Lengths that are all T say nothing, and every other call says it.
  const lengths = seed % 2 === 0 ? { lengths: made.x.map(() => time) } : {};
  return { probe: made, seed, y: await run(subject, made.x, { training: true, seed, ...lengths }) };
}
