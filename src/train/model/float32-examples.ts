import { beyondFloat32 } from '../../engines/operand-checks.ts';
import type { Ops } from '../../engines/ops.ts';
import { DataError } from '../../errors.ts';
import type { CheckedExamples } from '../examples/examples.ts';

/**
 * Before anything is learned from a part of them.
 * @throws DataError for a number that would become infinite on the engine
 */
export function expectHeld({ dtype }: Pick<Ops, 'dtype'>, { x, y }: CheckedExamples): void {
  if (dtype !== 'float32') return;
  const flat = x.map(({ values }) => values);
  for (const [what, samples] of [
    ['input', flat],
    ['target', y],
  ] as const) {
    for (const [i, values] of samples.entries()) {
      const beyond = firstBeyond(values);
      if (beyond === undefined) continue;
      throw new DataError(
        `examples: numbers that float32 holds were expected, but the ${what} of sample ${i} has ${beyond}; scale the data, or take the engine 'reference'`,
      );
    }
  }
}

/** Of numbers, or of rows of them. */
function firstBeyond(values: ArrayLike<number> | readonly ArrayLike<number>[]): number | undefined {
  if (typeof values[0] !== 'object') return beyondFloat32(values as ArrayLike<number>);
  for (const row of values as readonly ArrayLike<number>[]) {
    const beyond = beyondFloat32(row);
    if (beyond !== undefined) return beyond;
  }
  return undefined;
}
