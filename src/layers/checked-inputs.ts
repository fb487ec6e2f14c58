import { expectObject, isPlain, partsOf, readable } from '../checks.ts';
import { expectHandle, expectOps } from '../engines/operand-checks.ts';
import type { Handle, Ops } from '../engines/ops.ts';
import { ModelError, show } from '../errors.ts';
import type { Extents } from '../masks/mask.ts';
import { Plan } from '../masks/plan.ts';
import type { SchemeLike } from '../masks/scheme.ts';
import { typedArrayName } from '../realms.ts';
import { sizeOf } from '../tensor/tensor.ts';

/** A `Batch`, by what is checked of it. */
interface AnyBatch {
  readonly values: unknown;
  readonly batch: unknown;
  readonly time: unknown;
  readonly lengths: unknown;
  readonly validSteps: unknown;
}

/**
 * What `run` of a layer is called with: a caller who makes a pass of their own may mistake it for something else.
 * @param names of the layer's inputs, and of its weights as far as they are known
 * @returns the context, whose plans are checked as well
 * @throws ModelError or EngineError unless it is a context, weights, and a batch for each input
 */
export function checkedContext<C extends Context>(
  type: string,
  names: { readonly inputs: readonly string[]; readonly weights: readonly string[] },
  context: C,
  weights: Readonly<Record<string, unknown>>,
  batches: Readonly<Record<string, unknown>>,
): C {
  const { ops, plan, learned } = partsOf<Context>(type, context, 'ops', 'plan', 'learned');
  expectOps(type, ops);
  if (typeof plan !== 'function' || !isPlain(learned)) {
    throw new ModelError(
      `${type}: a context with ops, training, learned and plan() was expected, but ${show(context)} came; see LayerContext`,
    );
  }
  expectObject(`${type}: weights`, weights);
  for (const name of [...names.weights, ...Object.keys(weights)]) expectHandle(type, name, weights[name]);
  expectObject(`${type}: inputs`, batches);
  for (const name of names.inputs) expectBatchOf(`${type}: ${name}`, batches[name] as AnyBatch);
  return {
    ...context,
    learned: readable(type, () => ({ ...learned })),
    plan: (...args: Parameters<Context['plan']>) => checkedPlan(type, plan(...args)),
  };
}

/** A `LayerContext`, by what is checked of it. */
interface Context {
  readonly ops: Ops;
  readonly learned: Readonly<Record<string, number>>;
  plan(scheme: SchemeLike, label: string, extents: Extents): Plan;
}

/** @throws ModelError unless it is a plan */
function checkedPlan(type: string, plan: Plan): Plan {
  if (plan instanceof Plan) return plan;
  throw new ModelError(`${type}: a plan was expected from plan() of the context, but ${show(plan)} came; see none()`);
}

/** @throws ModelError or EngineError unless it is a batch */
export function expectBatchOf(who: string, given: AnyBatch | undefined): void {
  const { values, batch, time, lengths, validSteps } = partsOf<AnyBatch>(
    who,
    given,
    'values',
    'batch',
    'time',
    'lengths',
    'validSteps',
  );
  const isCount = (count: unknown): boolean => Number.isSafeInteger(count) && (count as number) >= 1;
  const fits =
    isCount(batch) &&
    isCount(time) &&
    typedArrayName(validSteps) === 'Int32Array' &&
    (validSteps as Int32Array).length === batch;
  if (!fits) {
    throw new ModelError(
      `${who}: a batch { values, batch, time, lengths, validSteps } was expected, but ${show(given)} came; see Batch`,
    );
  }
  expectHandle(who, 'values', values);
  const rows = (batch as number) * (time as number);
  if (sizeOf((values as Handle).shape) % rows !== 0) {
    throw new ModelError(
      `${who}: values for ${batch} samples at ${time} steps were expected, but shape [${(values as Handle).shape}] came; see Batch`,
    );
  }
  if (lengths !== null) expectHandle(who, 'lengths', lengths);
}
