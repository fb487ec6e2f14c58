import type { Handle, Ops } from '../engines/ops.ts';
import { DivergedError } from '../errors.ts';
import type { Gradients } from './step.ts';

/** @throws DivergedError when a number of the step is not finite */
export function expectFiniteStep(step: number, { loss, penalty, norm }: Gradients): void {
  if (!Number.isFinite(loss)) throw diverged(step, `a loss of ${loss}`);
  if (!Number.isFinite(penalty)) throw diverged(step, `a penalty of ${penalty}`);
  if (!Number.isFinite(norm)) throw diverged(step, `a gradient of norm ${norm}`);
}

/** @throws DivergedError when a number of the weights is not finite */
export async function expectFiniteWeights(ops: Ops, step: number, weights: readonly Handle[]): Promise<void> {
  const scope = ops.openScope();
  const reading = ops.read(scope.run(() => ops.concat(weights.map((weight) => ops.sum(weight)))));
  const sums = await reading.finally(() => scope.dispose());
  if (!sums.every(Number.isFinite)) throw diverged(step, 'weights that are not finite');
}

export function diverged(step: number, what: string): DivergedError {
  return new DivergedError(
    `fit: a finite loss was expected, but step ${step} gave ${what}; the last good weights are kept: lower the learning rate or set clipNorm`,
    step,
  );
}
