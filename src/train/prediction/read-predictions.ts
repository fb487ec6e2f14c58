import type { Ops } from '../../engines/ops.ts';
import { activationOf } from '../../layers/dense/activation.ts';
import type { Batch } from '../../layers/layer.ts';
import { rowSize, type Signature } from '../../layers/signature.ts';
import type { Nested } from '../../tensor/tensor.ts';
import type { Loss } from '../losses/loss.ts';

/** One prediction a sample: a list of numbers, or over time a list of them. */
export async function readPredictions(
  ops: Ops,
  output: Signature,
  { values, batch, validSteps }: Batch,
  link: Loss['link'],
): Promise<Nested[]> {
  const scope = ops.openScope();
  const reading = ops.read(scope.run(() => activationOf('predict', link).apply(ops, values)));
  const numbers = await reading.finally(() => scope.dispose());
  const size = rowSize('predict', output);
  const row = (index: number): number[] => [...numbers.subarray(index * size, (index + 1) * size)];
  return Array.from(validSteps, (steps, b) =>
    output.over === 'batch' ? row(b) : Array.from({ length: steps }, (_, t) => row(t * batch + b)),
  );
}
