import { expectFunction, expectNumber, expectObject, type OptionNames, optionsOf, partsOf } from '../../checks.ts';
import { type Configured, type Definition, define, type Maker } from '../../define.ts';
import { expectHandle, expectOps } from '../../engines/operand-checks.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { OptionError, show } from '../../errors.ts';
import { expectLearningRate, type LearningRate, writeLearningRate } from '../schedules/learning-rate-schedule.ts';

/** A pure update of one weight: new values, and whatever the optimizer remembers for that weight. */
export interface Optimizer extends Configured {
  /** Training asks it before each update, and hands the number in. */
  readonly learningRate: LearningRate;
  /** What it remembers: tensors shaped like the weight, zero at first. */
  readonly slots: readonly string[];
  /** One update. What comes in is left as it is; the weight, the gradient and the slots have one shape. */
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
  /** What the schedule, if it is one, gives for this update. */
  readonly learningRate: number;
  /** The number of this update since the slots were zero, from 1. */
  readonly step: number;
  /** Multiplies the gradient first: 1, or less when it is clipped. */
  readonly scale: number;
  /** False for what weight decay is not to pull towards 0, such as the logit of a learned dropout rate. */
  readonly decays: boolean;
}

const UPDATE: OptionNames<UpdateContext> = { learningRate: true, step: true, scale: true, decays: true };

/** @throws OptionError unless an optimizer has what all have */
function expectParts(type: string, { learningRate, slots, update }: Omit<Optimizer, 'config'>): void {
  expectLearningRate(type, learningRate);
  if (!Array.isArray(slots) || !slots.every((slot) => typeof slot === 'string')) {
    throw new OptionError(`${type}: a list of names was expected as slots of the optimizer, but ${show(slots)} came`);
  }
  expectFunction(type, 'update', update);
}

/** @throws OptionError unless it is an optimizer */
export function expectOptimizer(who: string, optimizer: unknown): asserts optimizer is Optimizer {
  const names = ['update', 'slots', 'learningRate', 'config'] as const;
  const { update, slots, learningRate, config } = partsOf<Optimizer>(who, optimizer, ...names);
  const fits =
    typeof update === 'function' &&
    Array.isArray(slots) &&
    slots.every((slot) => typeof slot === 'string') &&
    typeof config?.type === 'string';
  if (!fits) {
    throw new OptionError(`${who}: an optimizer was expected, but ${show(optimizer)} came; pass adam() or another`);
  }
  expectLearningRate(who, learningRate as LearningRate);
}

/**
 * A new optimizer: the function that makes it, by whose type a saved run finds it again.
 * @example
 * ```ts
 * import { defineOptimizer, kernel, type LearningRate } from 'keepgate';
 *
 * const step = kernel({
 *   name: 'plainStep',
 *   inputs: { weight: ['w'], grad: ['g'] },
 *   scalars: ['learningRate', 'scale'],
 *   outputs: { weight: ['next'] },
 *   body: ({ sub, mul }, v) => ({ next: sub(v.w, mul(v.learningRate, mul(v.scale, v.g))) }),
 * });
 * const plain = defineOptimizer({
 *   type: 'plain',
 *   make: ({ learningRate }: { readonly learningRate: LearningRate }) => ({
 *     config: {},
 *     learningRate,
 *     slots: [],
 *     update(ops, weight, grad, slots, at) {
 *       const scalars = { learningRate: at.learningRate, scale: at.scale };
 *       return { weight: ops.run(step, { inputs: { weight, grad }, scalars }).weight, slots };
 *     },
 *   }),
 * });
 * console.log(plain({ learningRate: 0.1 }).config); // prints: { type: 'plain', learningRate: 0.1 }
 * ```
 */
export function defineOptimizer<A extends readonly unknown[]>(
  definition: Definition<A, Optimizer>,
): Maker<A, Optimizer> {
  return define(definition, (made) => {
    const { type } = definition;
    expectParts(type, made);
    return {
      ...made,
      config: { learningRate: writeLearningRate(made.learningRate), ...made.config },
      update(ops, weight, grad, slots, at) {
        expectOps(type, ops);
        expectHandle(type, 'weight', weight);
        expectHandle(type, 'grad', grad);
        expectObject(`${type}: slots`, slots);
        for (const slot of made.slots) expectHandle(type, `the slot ${slot}`, slots[slot]);
        const context = optionsOf(`${type}: update`, at, UPDATE);
        for (const name of ['learningRate', 'step', 'scale'] as const) expectNumber(type, name, context[name]);
        return made.update(ops, weight, grad, slots, context);
      },
    };
  });
}
