import type { PropertyResult } from '../../report.ts';
import type { Subject } from '../../subject.ts';

/** A subject threw, or its outputs have another form: a finding about it, not a fault of the verifier. */
export class SubjectFailure extends Error {}

/** Outputs that were checked: [B][T][H]. */
export type Outputs = readonly (readonly (readonly number[])[])[];

/** @throws SubjectFailure unless y is [B][T][H] of finite numbers, for x [B][T][I] */
export function expectOutputs(y: unknown, x: number[][][], { hiddenSize }: Pick<Subject, 'hiddenSize'>): Outputs {
  const fits =
    Array.isArray(y) &&
    y.length === x.length &&
    y.every(
      (rows, b) =>
        Array.isArray(rows) &&
        rows.length === (x[b] as number[][]).length &&
        rows.every((row) => Object(row).length === hiddenSize && Array.from(row).every(Number.isFinite)),
    );
  if (!fits) {
    const wanted = [x.length, x[0]?.length, hiddenSize].join(', ');
    throw new SubjectFailure(`y [B][T][H] of finite numbers, [${wanted}], was expected, but something else came`);
  }
  return y;
}

/** The property is reported only where it fails. */
export function outputFits({ message }: SubjectFailure): PropertyResult {
  return { name: 'output-fits', passed: false, detail: message };
}
