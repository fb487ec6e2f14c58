import fc from 'fast-check';
import { messageOf } from '../../errors.ts';
import { fold, key } from '../../random/key.ts';
import type { PropertyResult } from '../report.ts';
import type { Subject, SubjectWeights } from '../subject.ts';
import { notJudged, tryExamples } from '../try-examples.ts';
import { randomInputs, randomWeights, setWeights } from './probes/run-subject.ts';
import type { Outputs } from './properties/output-fits.ts';
import type { PropertyName } from './property-names.ts';
import { showNumber } from './show-number.ts';

/** A law about the outputs of a subject on random weights and inputs, whatever it drops. */
export interface BehaviourLaw {
  readonly name: PropertyName;
  /** Whether it compares calls of one seed, so that it has nothing to say where a seed does not give its masks again. */
  readonly needsSeed: boolean;
  /** Says why it does not hold, or null. @throws SubjectFailure when the subject cannot be run */
  check(subject: Subject, setting: Setting): Promise<string | null>;
}

/** What one run of a law is made from: small, so that a counterexample can be read. */
export interface Setting {
  readonly batch: number;
  readonly time: number;
  readonly seed: number;
}

const settings: fc.Arbitrary<Setting> = fc.record({
  batch: fc.integer({ min: 1, max: 4 }),
  time: fc.integer({ min: 1, max: 5 }),
  seed: fc.integer({ min: 0, max: 1_000_000 }),
});

/** Try a law on random settings; where it fails, the smallest one is in the result. */
export async function checkLaw(
  { name, check }: BehaviourLaw,
  subject: Subject,
  seed: number,
  runs: number,
): Promise<PropertyResult> {
  const found = await tryExamples(settings, { seed, runs }, async (setting) => {
    const says = await check(subject, setting);
    if (says) throw new Error(says);
  });
  if (found.kind === 'held') return { name, passed: true, detail: `held in ${found.runs} runs` };
  if (found.kind === 'interrupted') return { name, passed: false, detail: notJudged(found.says) };
  const counterexample = `${JSON.stringify(found.example)} (${found.again})`;
  return { name, passed: false, detail: messageOf(found.error), counterexample };
}

/** A subject with random weights set, and what to run it on. */
export async function prepared(
  subject: Subject,
  { batch, time, seed }: Setting,
): Promise<{ readonly x: number[][][]; readonly seed: number; readonly weights: SubjectWeights }> {
  const source = key(seed);
  const weights = randomWeights(subject, source);
  await setWeights(subject, weights);
  return { x: randomInputs(fold(source, 'x'), batch, time, subject.inputSize), seed, weights };
}

/** Two runs of the same numbers may differ by so much, as on a GPU: a mask changes far more. */
export const NOISE = 1e-6;

/** Where two outputs first differ by more, in words. */
export function difference(a: Outputs, b: Outputs, tolerance: number): string | null {
  for (const [sample, rows] of a.entries()) {
    for (const [t, row] of rows.entries()) {
      for (const [unit, value] of row.entries()) {
        const other = b[sample]?.[t]?.[unit] as number;
        if (Math.abs(value - other) <= tolerance) continue;
        const apart = Math.abs(value - other).toExponential(0);
        return `y[${sample}][${t}][${unit}] was ${showNumber(value)} and ${showNumber(other)}, ${apart} apart`;
      }
    }
  }
  return null;
}
