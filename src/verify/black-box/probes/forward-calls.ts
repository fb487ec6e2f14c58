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
  const shapes = shapesFor(claims, runs);
  const calls: Call[] = [];
  for (const name of PROBES) {
    for (const { numbers, ...shape } of shapes) {
      for (const number of numbers) {
        calls.push(await makeCall(subject, { probe: name, number, ...shape, seed: seed + calls.length }));
      }
    }
  }
  return calls;
}

/** Steps of a probe: enough for a memory to show. */
export const TIME = 4;

/** Calls of one size, and the numbers of their probes. */
interface Shape {
  readonly numbers: readonly number[];
  readonly batch: number;
  readonly time: number;
  readonly padded?: boolean;
}

/**
 * As many samples in a call, and calls of one size, as it takes to judge each sample and each call by itself: with the
 * default of runs, at rates from 0.2 or so.
 */
function shapesFor(claims: readonly Claim[], runs: number): Shape[] {
  const some = Math.ceil(runs / 4);
  // A mask that the batch shares gives few entries a call, so that many calls are made.
  const perBatch = claims.some(isSharedByBatch);
  const perSample = claims.length === 0 || !claims.every(isSharedByBatch);
  const [batch, untied] = [2 * runs, claims.some(({ tied }) => !tied)];
  return [
    ...(perBatch ? [{ numbers: upTo(12 * runs), batch: 2, time: TIME }] : []),
    ...(perSample ? [{ numbers: upTo(perBatch ? some : runs), batch, time: TIME }] : []),
    ...(perSample ? [{ numbers: upTo(1.5 * runs).map(distinctValuesNumber), batch, time: 2 }] : []),
    ...(perSample && untied ? [{ numbers: upTo(MANY_GATES).map(manyGatesNumber), batch, time: 2 }] : []),
    // A sample alone, long ones, and padded ones: some layers treat these differently.
    { numbers: upTo(2 * runs), batch: 1, time: TIME },
    { numbers: upTo(some), batch: 2, time: 5 * TIME },
    { numbers: upTo(some), batch: 4, time: TIME, padded: true },
  ];
}

/** So many numbers have each two gates of an LSTM next to each other, whichever unit reads. */
const MANY_GATES = 12;

function upTo(count: number): number[] {
  return Array.from({ length: Math.ceil(count) }, (_, n) => n);
}

/** A probe, the size of the call, and its seed. */
export interface CallOptions extends Omit<Shape, 'numbers'> {
  readonly probe: ProbeName;
  readonly number: number;
  readonly seed: number;
}

/** One call in training, with the weights of a probe. What is past the length of a padded sample is not looked at. */
export async function makeCall(
  subject: Subject,
  { probe: name, number, batch, time, seed, padded = false }: CallOptions,
): Promise<Call> {
  const made = probe(name, subject, number, batch, time);
  await setWeights(subject, weightsOf(made, subject.inputSize));
  const valid = made.x.map((_, b) => (padded ? 1 + ((b + number) % time) : time));
  // Lengths that are all T say nothing, and every other call says it.
  const lengths = padded || seed % 2 === 0 ? { lengths: [...valid] } : {};
  const y = await run(subject, made.x, { training: true, seed, ...lengths });
  return { probe: made, seed, time, padded, y: y.map((rows, b) => rows.slice(0, valid[b])) };
}
