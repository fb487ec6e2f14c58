import { expectNumber, expectPositive, isPlain, type OptionNames, optionsOf } from '../../checks.ts';
import { kernel } from '../../engines/kernel.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { OptionError } from '../../errors.ts';
import { kindOf, WEIGHT_KINDS, type WeightKind, type WeightSpec } from '../../layers/weight-spec.ts';
import type { Objective } from '../losses/objective.ts';
import type { Optimizer } from './optimizer.ts';

/**
 * A number for all kernels, recurrent weights and embeddings, or one for each kind that is named; biases are left alone
 * unless they are named.
 */
export type ByKind = number | { readonly [K in WeightKind]?: number };

/**
 * What keeps weights small. Each is for all weights, or by kind: `{ l2: { kernel: 1e-4, recurrent: 1e-5 } }`. Weights with
 * `decays: false`, such as the logits of dropout rates, are left alone, and so are those that no gradient moves.
 */
export interface Regularization {
  /** Adds l1 Σ |w| to what is minimised. */
  readonly l1?: ByKind;
  /** Adds l2 Σ w² to what is minimised, as in Keras; `weight_decay` of PyTorch's SGD and Adam is twice this. */
  readonly l2?: ByKind;
  /**
   * Multiplies weights by 1 - learningRate weightDecay before each update, whatever the optimizer is (Loshchilov and Hutter
   * 2019, arXiv:1711.05101). With `adamW`, which has its own, it is refused.
   */
  readonly weightDecay?: ByKind;
  /**
   * Scales the incoming weights of a unit, or the vector of a token, down to this norm where they are longer (Srivastava et
   * al. 2014): each row of a weight, after each update. Keras' MaxNorm. Biases have no rows.
   */
  readonly maxNorm?: number | { readonly [K in Exclude<WeightKind, 'bias'>]?: number };
}

/** The same, checked: for each kind that has any, and without those of no effect. */
export type RegularizationByKind = {
  readonly [N in keyof Regularization]?: { readonly [K in WeightKind]?: number };
};

const NAMES: OptionNames<Regularization> = { l1: true, l2: true, weightDecay: true, maxNorm: true };
const WITH_ROWS = { kernel: true, recurrent: true, embedding: true } as const;
const KINDS = { ...WITH_ROWS, bias: true } as const;

/** Null for what has no effect. @throws OptionError when an option is not what it can be */
export function checkedRegularization(
  who: string,
  given: Regularization,
  optimizer: Optimizer,
): RegularizationByKind | null {
  const options = optionsOf(`${who}: regularization`, given, NAMES);
  const checked: Record<string, Readonly<Record<string, number>>> = {};
  for (const name of Object.keys(NAMES) as (keyof Regularization)[]) {
    const value = options[name];
    if (value === undefined) continue;
    const byKind =
      name === 'maxNorm' ? checkedNorms(`${who}: ${name}`, value) : checkedShares(`${who}: ${name}`, value);
    if (Object.keys(byKind).length > 0) checked[name] = byKind;
  }
  if (checked.weightDecay && Number(optimizer.config.weightDecay) > 0) {
    throw new OptionError(
      `${who}: weight decay in one place was expected, but both ${optimizer.config.type} and regularization have it; pass adam(), or leave one out`,
    );
  }
  return Object.keys(checked).length > 0 ? checked : null;
}

function checkedShares(who: string, value: ByKind): Record<string, number> {
  const entries = byKind(who, value, KINDS);
  for (const [kind, share] of entries) expectNumber(who, kind, share);
  return Object.fromEntries(entries.filter(([, share]) => share > 0));
}

function checkedNorms(who: string, value: ByKind): Record<string, number> {
  const entries = byKind(who, value, WITH_ROWS);
  for (const [kind, norm] of entries) expectPositive(who, kind, norm);
  return Object.fromEntries(entries);
}

function byKind(who: string, value: ByKind, kinds: Readonly<Record<string, true>>): [string, number][] {
  const all = typeof value === 'object' ? value : { kernel: value, recurrent: value, embedding: value };
  const given = optionsOf<Readonly<Record<string, number | undefined>>>(who, all, kinds);
  return Object.entries(given).filter((entry): entry is [string, number] => entry[1] !== undefined);
}

/** Whether it is what {@link checkedRegularization} gives. */
export function isRegularization(value: unknown): boolean {
  const isByKind = (one: unknown): boolean =>
    isPlain(one) &&
    Object.entries(one).every(([kind, x]) => WEIGHT_KINDS.includes(kind as WeightKind) && typeof x === 'number');
  return isPlain(value) && Object.entries(value).every(([name, one]) => Object.hasOwn(NAMES, name) && isByKind(one));
}

/** How much of something a weight has; undefined for none. */
function shareOf(
  regularization: RegularizationByKind | null,
  name: keyof Regularization,
  spec: WeightSpec | undefined,
): number | undefined {
  const kind = spec ? kindOf(spec) : null;
  return kind === null ? undefined : regularization?.[name]?.[kind];
}

/** What is minimised, with L1 and L2 of the weights that it has gradients of. */
export function penalized(
  ops: Ops,
  regularization: RegularizationByKind | null,
  specs: Readonly<Record<string, WeightSpec>>,
  weights: Readonly<Record<string, Handle>>,
  objective: Objective,
): Objective {
  const penalties = [...objective.penalties];
  const grads = { ...objective.grads };
  for (const [path, grad] of Object.entries(grads)) {
    const spec = specs[path];
    const l1 = shareOf(regularization, 'l1', spec) ?? 0;
    const l2 = shareOf(regularization, 'l2', spec) ?? 0;
    if (l1 === 0 && l2 === 0) continue;
    const inputs = { weight: weights[path] as Handle, grad };
    const found = ops.run(penaltyKernel, { inputs, scalars: { l1, l2 } });
    grads[path] = found.grad;
    penalties.push(ops.sum(found.penalty));
  }
  return { ...objective, penalties, grads };
}

/** Gradients with each number in [-limit, limit]; those that are no finite numbers become NaN, so that nobody takes them for any. */
export function clipped(
  ops: Ops,
  limit: number | null,
  grads: Readonly<Record<string, Handle>>,
): Readonly<Record<string, Handle>> {
  if (limit === null) return grads;
  return Object.fromEntries(
    Object.entries(grads).map(([path, grad]) => [
      path,
      ops.run(clipKernel, { inputs: { grad }, scalars: { limit } }).clipped,
    ]),
  );
}

/** A weight after its decay: what the optimizer then updates. */
export function decayed(
  ops: Ops,
  regularization: RegularizationByKind | null,
  spec: WeightSpec | undefined,
  weight: Handle,
  learningRate: number,
): Handle {
  const decay = shareOf(regularization, 'weightDecay', spec);
  if (decay === undefined) return weight;
  return ops.run(scaleKernel, { inputs: { weight }, scalars: { scale: 1 - learningRate * decay } }).scaled;
}

/** A weight whose rows are no longer than they may be. */
export function limited(
  ops: Ops,
  regularization: RegularizationByKind | null,
  spec: WeightSpec | undefined,
  weight: Handle,
): Handle {
  const most = shareOf(regularization, 'maxNorm', spec);
  if (most === undefined) return weight;
  const [rows = 1, ...rest] = weight.shape;
  const columns = rest.reduce((product, size) => product * size, 1);
  const ones = ops.upload(new Float64Array(columns).fill(1), [1, columns]);
  const { square } = ops.run(squareKernel, { inputs: { weight: ops.reshape(weight, [rows, columns]) } });
  const squares = ops.project(square, ones);
  const { factor } = ops.run(limitKernel, { inputs: { squares }, scalars: { most } });
  const factors = ops.reshape(ops.project(factor, ops.reshape(ones, [columns, 1])), weight.shape);
  return ops.run(multiplyKernel, { inputs: { weight, factors } }).product;
}

const penaltyKernel = kernel({
  name: 'weightPenalty',
  inputs: { weight: ['w'], grad: ['g'] },
  scalars: ['l1', 'l2'],
  outputs: { penalty: ['penalty'], grad: ['sum'] },
  body: ({ constant, add, sub, mul, greater }, v) => {
    const sign = sub(greater(v.w, constant(0)), greater(constant(0), v.w));
    const slope = mul(v.l1, sign);
    const pull = mul(v.l2, v.w);
    return { penalty: add(mul(slope, v.w), mul(pull, v.w)), sum: add(v.g, add(slope, add(pull, pull))) };
  },
});

const clipKernel = kernel({
  name: 'clipValue',
  inputs: { grad: ['g'] },
  scalars: ['limit'],
  outputs: { clipped: ['clipped'] },
  body: ({ constant, add, sub, greater, blend }, v) => {
    const least = sub(constant(0), v.limit);
    const fromAbove = blend(greater(v.g, v.limit), v.limit, v.g);
    const inside = blend(greater(least, v.g), least, fromAbove);
    // 0 for all numbers, and NaN for an infinity.
    return { clipped: add(inside, sub(v.g, v.g)) };
  },
});

const scaleKernel = kernel({
  name: 'weightDecay',
  inputs: { weight: ['w'] },
  scalars: ['scale'],
  outputs: { scaled: ['scaled'] },
  body: ({ mul }, v) => ({ scaled: mul(v.w, v.scale) }),
});

const squareKernel = kernel({
  name: 'squareOfWeight',
  inputs: { weight: ['w'] },
  outputs: { square: ['square'] },
  body: ({ mul }, v) => ({ square: mul(v.w, v.w) }),
});

const limitKernel = kernel({
  name: 'maxNorm',
  inputs: { squares: ['squares'] },
  scalars: ['most'],
  outputs: { factor: ['factor'] },
  body: ({ div, sqrt, greater, blend }, v) => {
    const norm = sqrt(v.squares);
    // most / most is 1 exactly, so that what is short enough stays as it is.
    return { factor: div(v.most, blend(greater(norm, v.most), norm, v.most)) };
  },
});

const multiplyKernel = kernel({
  name: 'timesFactor',
  inputs: { weight: ['w'], factors: ['factor'] },
  outputs: { product: ['product'] },
  body: ({ mul }, v) => ({ product: mul(v.w, v.factor) }),
});
