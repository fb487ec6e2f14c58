import type { Ops } from '../../engines/ops.ts';
import { activationOf } from '../../layers/dense/activation.ts';
import type { Batch } from '../../layers/layer.ts';
import { rowSize, type Signature, type Signatures } from '../../layers/signature.ts';
import type { Nested } from '../../tensor/tensor.ts';
import type { ModelState } from '../carried-state.ts';
import { isUnnamed } from '../examples/by-name.ts';
import type { Loss } from '../losses/loss.ts';
import { linkOf } from '../losses/loss-by-head.ts';

/** What `predict` gives: one prediction a sample, and where a model has several outputs such by name. */
export type Predicted = Nested[] | Readonly<Record<string, Nested[]>>;

/** What `predict` gives with `returnState: true`. */
export interface PredictionsAndState<P extends Predicted = Nested[]> {
  /** One prediction a sample, as without. */
  readonly y: P;
  /** What the layers carry after the last valid step of each sample. */
  readonly state: ModelState;
}

/** The predictions of each output, by its name. */
export async function readByHead(
  ops: Ops,
  signatures: Signatures,
  outputs: Readonly<Record<string, Batch>>,
  loss: Loss | null,
): Promise<Record<string, Nested[]>> {
  const reading = Object.entries(signatures).map(async ([name, output]) => {
    return [name, await readPredictions(ops, output, outputs[name] as Batch, linkOf(loss, name))] as const;
  });
  return Object.fromEntries(await Promise.all(reading));
}

/** Predictions as they are handed out: without the name where there is one output. */
export function unnamed<V>(byOutput: Readonly<Record<string, V>>): V | Readonly<Record<string, V>> {
  return isUnnamed(Object.keys(byOutput)) ? (byOutput.y as V) : byOutput;
}

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
