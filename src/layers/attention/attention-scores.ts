import { kernel } from '../../engines/kernel.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { activationOf } from '../dense/activation.ts';
import { bias, xavier } from '../initialise.ts';
import { trained, trainedInParts, type WeightSpec } from '../weight-spec.ts';

/** How attention scores a step. */
export type AttentionKind = 'additive' | 'dot';

type Weights = Readonly<Record<string, Handle>>;

/** The scores of steps, and the way back. */
export interface Scores {
  /** [T,B,1] */
  readonly y: Handle;
  backward(dy: Handle): { readonly weights: Record<string, Handle>; x(): Handle };
}

/** One way to score. */
export interface Scoring {
  weights(size: number, units: number): Record<string, WeightSpec>;
  /** @param x [T,B,N] */
  run(ops: Ops, weights: Weights, x: Handle): Scores;
}

const additive: Scoring = {
  weights: (size, units) => ({
    weight: trainedInParts([units, size], (key) => xavier(key, units, size)),
    bias: trained([units], () => bias(units)),
    score: trainedInParts([1, units], (key) => xavier(key, 1, units)),
  }),

  run(ops, weights, x) {
    const { weight, bias: added, score } = weights as Readonly<Record<'weight' | 'bias' | 'score', Handle>>;
    const { apply, grad } = activationOf('attention', 'tanh');
    const hidden = apply(ops, ops.project(x, weight, { bias: added }));
    return {
      y: ops.project(hidden, score),
      backward(dy) {
        const dz = grad(ops, hidden, ops.projectInputGrad(dy, score));
        return {
          weights: {
            weight: ops.projectWeightGrad(dz, x),
            bias: ops.sumRows(dz),
            score: ops.projectWeightGrad(dy, hidden),
          },
          x: () => ops.projectInputGrad(dz, weight),
        };
      },
    };
  },
};

const dot: Scoring = {
  weights: (size) => ({ query: trainedInParts([1, size], (key) => xavier(key, 1, size)) }),

  run(ops, weights, x) {
    const scale = 1 / Math.sqrt(x.shape.at(-1) ?? 1);
    const query = scaled(ops, weights.query as Handle, scale);
    return {
      y: ops.project(x, query),
      backward: (dy) => ({
        weights: { query: scaled(ops, ops.projectWeightGrad(dy, x), scale) },
        x: () => ops.projectInputGrad(dy, query),
      }),
    };
  },
};

/** By kind. */
export const SCORINGS: Readonly<Record<AttentionKind, Scoring>> = { additive, dot };

function scaled(ops: Ops, x: Handle, scale: number): Handle {
  return ops.run(scaleKernel, { inputs: { x }, scalars: { scale } }).y;
}

const scaleKernel = kernel({
  name: 'scale',
  inputs: { x: ['x'] },
  scalars: ['scale'],
  outputs: { y: ['y'] },
  body: ({ mul }, v) => ({ y: mul(v.x, v.scale) }),
});
