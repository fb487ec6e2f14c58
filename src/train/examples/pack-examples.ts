import { beyondFloat32 } from '../../engines/operand-checks.ts';
import type { Ops } from '../../engines/ops.ts';
import { DataError } from '../../errors.ts';
import type { Signatures } from '../../layers/signature.ts';
import { isNumbers } from '../../tensor/typed-arrays.ts';
import { isRows } from '../../text/padding.ts';
import type { CheckedExamples } from './examples.ts';
import type { Sample } from './samples.ts';

/**
 * Examples as a run keeps them: lists of numbers become typed arrays of the engine's format, once and not at each epoch.
 * Typed arrays and token ids stay as they came.
 * @param first the number of the first of them, for the message
 * @throws DataError for a number that would become infinite on the engine
 */
export function packExamples(
  { dtype }: Pick<Ops, 'dtype'>,
  inputs: Signatures,
  { x, y, ...others }: CheckedExamples,
  first = 0,
): CheckedExamples {
  if (dtype === 'float32') {
    for (const samples of Object.values(x))
      for (const [i, { values }] of samples.entries()) expectHeld('input', first + i, firstBeyond(values));
    for (const targets of Object.values(y))
      for (const [i, values] of targets.entries()) expectHeld('target', first + i, beyondFloat32(values));
  }
  const packed = Object.entries(x).map(([name, samples]) => {
    const isOfIds = inputs[name]?.vocabulary !== undefined;
    return [name, isOfIds ? samples : samples.map((sample) => packSample(dtype, sample))] as const;
  });
  return { ...others, x: Object.fromEntries(packed), y };
}

function packSample(dtype: Ops['dtype'], sample: Sample): Sample {
  const { values } = sample;
  if (isNumbers(values)) return sample;
  const rows = isRows(values) ? values : [values];
  const count = rows.reduce((sum, row) => sum + row.length, 0);
  const packed = dtype === 'float32' ? new Float32Array(count) : new Float64Array(count);
  let at = 0;
  for (const row of rows) {
    packed.set(row, at);
    at += row.length;
  }
  return { ...sample, values: packed };
}

function expectHeld(what: string, i: number, beyond: number | undefined): void {
  if (beyond === undefined) return;
  throw new DataError(
    `examples: numbers that float32 holds were expected, but the ${what} of sample ${i} has ${beyond}; scale the data, or take the engine 'reference'`,
  );
}

/** Of numbers, or of rows of them. */
function firstBeyond(values: Sample['values']): number | undefined {
  if (!isRows(values)) return beyondFloat32(values);
  for (const row of values) {
    const beyond = beyondFloat32(row);
    if (beyond !== undefined) return beyond;
  }
  return undefined;
}
