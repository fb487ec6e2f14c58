import type { Configured } from '../../define.ts';
import { kernel } from '../../engines/kernel.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { OptionError, show } from '../../errors.ts';
import { partsOf } from '../../checks.ts';
import { isMoved, type WeightSpec } from '../../layers/weight-spec.ts';
import type { Epoch } from '../history.ts';

/**
 * Weights that are averaged while training goes on from the plain ones. Evaluation has the averaged ones, and so has the finished
 * model. Made by `ntAsgd` or `swa`.
 */
export interface Averaging extends Configured {
  /** When weights are taken into the average: after each update, or at the end of each epoch. */
  readonly by: 'update' | 'epoch';
  /** What it looks at in epochs that are over, such as 'validation.loss': before training it is seen that there is such a score. */
  readonly monitor?: string;
  /** Whether weights are averaged after these epochs. It follows from them, so that it need not be kept. */
  hasBegun(history: readonly Epoch[]): boolean;
}

/** @throws OptionError unless it is one */
export function expectAveraging(who: string, averaging: unknown): asserts averaging is Averaging {
  const { by, hasBegun, config } = partsOf<Averaging>(who, averaging, 'by', 'hasBegun', 'config');
  if ((by === 'update' || by === 'epoch') && typeof hasBegun === 'function' && typeof config?.type === 'string') return;
  throw new OptionError(
    `${who}: ntAsgd() or swa() was expected as averaging, but ${show(averaging)} came; call one of them`,
  );
}

/** The mean of weights so far. */
export interface MeanWeights {
  /** By path. */
  readonly weights: Readonly<Record<string, Handle>>;
  /** How many were taken. */
  readonly count: number;
}

/** What there is of weights before others are taken. */
interface Standing {
  readonly weights: Readonly<Record<string, Handle>>;
  readonly mean: MeanWeights | null;
}

/**
 * The mean after an update. It begins with the weights that there were when averaging began.
 * @param next the weights after the update
 */
export function meanAfterUpdate(
  ops: Ops,
  averaging: Averaging | null,
  history: readonly Epoch[],
  { weights, mean }: Standing,
  next: MeanWeights['weights'],
  specs: Readonly<Record<string, WeightSpec>>,
): MeanWeights | null {
  if (averaging?.by !== 'update' || !(mean || averaging.hasBegun(history))) return mean;
  return meanWith(ops, mean ?? { weights, count: 1 }, next, specs);
}

/** The mean at the end of an epoch. @param history the epochs before it */
export function meanAfterEpoch(
  ops: Ops,
  averaging: Averaging | null,
  history: readonly Epoch[],
  { weights, mean }: Standing,
  specs: Readonly<Record<string, WeightSpec>>,
): MeanWeights | null {
  if (averaging?.by !== 'epoch' || !averaging.hasBegun(history)) return mean;
  return mean ? meanWith(ops, mean, weights, specs) : { weights, count: 1 };
}

/** m + (w - m) / count, count with the weights that are taken. What no gradient moves is that of now. */
function meanWith(
  ops: Ops,
  { weights, count }: MeanWeights,
  taken: MeanWeights['weights'],
  specs: Readonly<Record<string, WeightSpec>>,
): MeanWeights {
  const scalars = { share: 1 / (count + 1) };
  const means = Object.entries(taken).map(([path, weight]) => {
    const spec = specs[path];
    if (spec && !isMoved(spec)) return [path, weight] as const;
    const inputs = { mean: weights[path] as Handle, weight };
    return [path, ops.run(meanKernel, { inputs, scalars }).mean] as const;
  });
  return { weights: Object.fromEntries(means), count: count + 1 };
}

const meanKernel = kernel({
  name: 'meanWeights',
  inputs: { mean: ['m'], weight: ['w'] },
  scalars: ['share'],
  outputs: { mean: ['next'] },
  body: ({ add, sub, mul }, v) => ({ next: add(v.m, mul(v.share, sub(v.w, v.m))) }),
});
