import { type Configured, type Definition, define, type Maker } from '../../define.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { type LearningRate, writeLearningRate } from '../schedules/learning-rate.ts';

/** A pure update of one weight: new values, and whatever the optimizer remembers for that weight. */
export interface Optimizer extends Configured {
  /** Training asks it before each update, and hands the number in. */
  readonly learningRate: LearningRate;
  /** What it remembers: tensors shaped like the weight, zero at first. */
  readonly slots: readonly string[];
  update(
    ops: Ops,
    weight: Handle,
    grad: Handle,
    slots: Readonly<Record<string, Handle>>,
    at: UpdateContext,
  ): { readonly weight: Handle; readonly slots: Readonly<Record<string, Handle>> };
}

/** What an update is told besides the gradient. */
export interface UpdateContext {
  readonly learningRate: number;
  /** The number of this update since the slots were zero, from 1. */
  readonly step: number;
  /** Multiplies the gradient first: 1, or less when it is clipped. */
  readonly scale: number;
  /** False for what weight decay is not to pull towards 0, such as the logit of a learned dropout rate. */
  readonly decays: boolean;
}

/** A new optimizer: the function that makes it, by whose type a saved run finds it again. */
export function defineOptimizer<A extends readonly unknown[]>(
  definition: Definition<A, Optimizer>,
): Maker<A, Optimizer> {
  return define({
    ...definition,
    make(...args: A) {
      const made = definition.make(...args);
      return { ...made, config: { learningRate: writeLearningRate(made.learningRate), ...made.config } };
    },
  });
}
