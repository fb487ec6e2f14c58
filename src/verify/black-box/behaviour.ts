import fc from 'fast-check';
import { recurrent } from '../../layers/recurrent/recurrent.ts';
import { mean } from '../../masks/plan.ts';
import { uniform } from '../../random/draws.ts';
import { fold, type Key, key } from '../../random/key.ts';
import type { Subject, SubjectCall, SubjectWeights } from '../subject.ts';
import { GATES, kindOf } from './cell-step.ts';

/** What one run of a law is made from: small, so that a counterexample can be read. */
export interface Setting {
  readonly batch: number;
  readonly time: number;
  readonly seed: number;
}

/** A law about what a subject hands on, whatever it drops: it throws, or says why it does not hold. */
export type Law = (subject: Subject, setting: Setting) => Promise<string | null>;

export const settings: fc.Arbitrary<Setting> = fc.record({
  batch: fc.integer({ min: 1, max: 4 }),
  time: fc.integer({ min: 1, max: 5 }),
  seed: fc.integer({ min: 0, max: 1_000_000 }),
});

export type Outputs = readonly (readonly (readonly number[])[])[];

/** Run a subject and check the form of what it hands on. @throws SubjectFailure when it throws or hands on no numbers */
export async function run(
  subject: Pick<Subject, 'forward' | 'hiddenSize'>,
  x: number[][][],
  call: SubjectCall,
): Promise<Outputs> {
  // A copy: a subject may write into what it is given.
  const copy = x.map((rows) => rows.map((row) => [...row]));
  const y = await attempt('forward', () => subject.forward(copy, call));
  const fits =
    Array.isArray(y) &&
    y.length === x.length &&
    y.every(
      (rows, b) =>
        Array.isArray(rows) &&
        rows.length === (x[b] as number[][]).length &&
        rows.every((row) => Object(row).length === subject.hiddenSize && Array.from(row).every(Number.isFinite)),
    );
  if (!fits) {
    const wanted = [x.length, x[0]?.length, subject.hiddenSize].join(', ');
    throw new SubjectFailure(`y [B][T][H] of finite numbers, [${wanted}], was expected, but something else came`);
  }
  return y;
}

/** Give a subject these weights, in both directions if it has two. @throws SubjectFailure when it throws */
export async function setWeights(subject: Subject, weights: SubjectWeights): Promise<void> {
  await attempt('setWeights', () => subject.setWeights(weights, weights));
}

/** How long a subject may take for one call, in ms. */
const PATIENCE = 60_000;

async function attempt<R>(name: string, work: () => R | Promise<R>): Promise<R> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new SubjectFailure(`${name}() did not answer within ${PATIENCE / 1000} s`)),
      PATIENCE,
    );
  });
  try {
    return await Promise.race([work(), late]);
  } catch (error) {
    if (error instanceof SubjectFailure) throw error;
    throw new SubjectFailure(`${name}() threw: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** A subject throws, or hands on what has not the right form: a finding about it, not a fault of the verifier. */
export class SubjectFailure extends Error {}

/** Evaluation with other seeds gives the same numbers. */
export const evaluationDrawsNothing: Law = async (subject, setting) => {
  const { x, seed } = await prepared(subject, setting);
  const first = await run(subject, x, { training: false, seed });
  const second = await run(subject, x, { training: false, seed: seed + 1 });
  return difference(first, second, NOISE);
};

/** Evaluation is our own cell under the mean of what is claimed. */
export const evaluationIsTheMean: Law = async (subject, setting) => {
  const { x, seed, weights } = await prepared(subject, setting);
  const y = await run(subject, x, { training: false, seed });
  const { cell, resetAfter, inputSize, hiddenSize, claims } = subject;
  const options = cell === 'gru' && resetAfter !== undefined ? { resetAfter } : {};
  const layer = recurrent({ cell, inputSize, hiddenSize, engine: 'reference', ...options });
  layer.setWeights({ ...weights });
  const ours = await layer.forward(x, { plan: mean(claims) });
  ours.dispose();
  return difference(y, ours.y.toArray<number[][][]>(), 1e-4);
};

/** One seed, one set of masks. */
export const seedReproduces: Law = async (subject, setting) => {
  const { x, seed } = await prepared(subject, setting);
  const first = await run(subject, x, { training: true, seed });
  await run(subject, x, { training: true, seed: seed + 1 });
  return difference(first, await run(subject, x, { training: true, seed }), NOISE);
};

/** Calls leave nothing behind: training not in evaluation, nor for another batch size; evaluation not in training. */
export const callsLeaveNoTrace: Law = async (subject, setting) => {
  const { x, seed } = await prepared(subject, setting);
  const before = await run(subject, x, { training: false, seed });
  await run(subject, x, { training: true, seed });
  const more = [...x, ...randomInputs(key(setting.seed + 1), 2, setting.time, subject.inputSize)];
  await run(subject, more, { training: true, seed: seed + 1 });
  const found = difference(before, await run(subject, x, { training: false, seed }), NOISE);
  if (found) return found;

  const first = await run(subject, x, { training: true, seed });
  // Where a seed does not give the same masks again, that is another property's finding.
  if (difference(first, await run(subject, x, { training: true, seed }), NOISE)) return null;
  await run(subject, x, { training: false, seed });
  const again = difference(first, await run(subject, x, { training: true, seed }), NOISE);
  return again && `in training after an evaluation, ${again}`;
};

/** One sample's outputs do not depend on what is in another, nor on how long that is. */
export const samplesAreIndependent: Law = async (subject, setting) => {
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
};

/** What stands past a sample's length, and how much of it, changes nothing before. */
export const paddingChangesNothing: Law = async (subject, setting) => {
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
};

async function prepared(
  subject: Subject,
  { batch, time, seed }: Setting,
): Promise<{ readonly x: number[][][]; readonly seed: number; readonly weights: SubjectWeights }> {
  const source = key(seed);
  const weights = randomWeights(subject, source);
  await setWeights(subject, weights);
  return { x: randomInputs(fold(source, 'x'), batch, time, subject.inputSize), seed, weights };
}

/** Weights between -0.8 and 0.8. */
export function randomWeights(subject: Subject, source: Key): SubjectWeights {
  const { inputSize, hiddenSize } = subject;
  const rows = GATES[kindOf(subject)].length * hiddenSize;
  const matrix = (name: string, width: number): number[][] => {
    const values = uniform(fold(source, name), rows * width, -0.8, 0.8);
    return Array.from({ length: rows }, (_, r) => [...values.slice(r * width, (r + 1) * width)]);
  };
  const vector = (name: string): number[] => matrix(name, 1).map(([value]) => value as number);
  return {
    weight_ih: matrix('weight_ih', inputSize),
    weight_hh: matrix('weight_hh', hiddenSize),
    bias_ih: vector('bias_ih'),
    bias_hh: vector('bias_hh'),
  };
}

/** Inputs between -1 and 1, [B][T][I]. */
export function randomInputs(source: Key, batch: number, time: number, inputSize: number): number[][][] {
  const values = uniform(source, batch * time * inputSize, -1, 1);
  return Array.from({ length: batch }, (_, b) =>
    Array.from({ length: time }, (_, t) => [
      ...values.slice((b * time + t) * inputSize, (b * time + t + 1) * inputSize),
    ]),
  );
}

/** Two runs of the same numbers may differ by so much, as on a GPU: a mask changes far more. */
const NOISE = 1e-6;

/** Where two outputs first differ by more, in words. */
function difference(a: Outputs, b: Outputs, tolerance: number): string | null {
  for (const [sample, rows] of a.entries()) {
    for (const [t, row] of rows.entries()) {
      for (const [unit, value] of row.entries()) {
        const other = b[sample]?.[t]?.[unit] as number;
        if (Math.abs(value - other) <= tolerance) continue;
        const apart = Math.abs(value - other).toExponential(0);
        return `y[${sample}][${t}][${unit}] was ${number(value)} and ${number(other)}, ${apart} apart`;
      }
    }
  }
  return null;
}

export function number(value: number): string {
  return `${Number(value.toPrecision(5))}`;
}
