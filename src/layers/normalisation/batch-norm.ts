import { expectNumber, expectPositive, optionsOf } from '../../checks.ts';
import { kernel } from '../../engines/kernel.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { productOf } from '../../sequence/arithmetic.ts';
import { bias } from '../initialise.ts';
import { atStepsOf, type Batch, defineLayer, type LayerMaker } from '../layer.ts';
import { rowSize } from '../signature.ts';
import type { WeightSpec } from '../weight-spec.ts';
import { scaleAndShift, scaleAndShiftGrads, scaleAndShiftWeights } from './scale-and-shift.ts';

/** What `batchNorm` is told. */
export interface BatchNormOptions {
  /** The share of a batch in the running statistics, in [0, 1): 0.1 when left out, as in PyTorch. Keras' 0.99 is 0.01 here. */
  readonly momentum?: number;
  /** Added to the variance, so that nothing is divided by 0; 1e-5 when left out, as in PyTorch (Keras has 1e-3). */
  readonly epsilon?: number;
}

/** Above it the statistics are those of the last few batches alone: who asks for it may mean what Keras calls so. */
const LARGEST_MOMENTUM = 0.5;

/**
 * Batch normalisation (Ioffe and Szegedy 2015, arXiv:1502.03167): each unit over the samples of a batch [B,N], or over all valid
 * steps of them [T,B,N]: (x - mean) / sqrt(variance + epsilon) weight + bias, with a gain `weight` and a `bias` [N]. Training
 * normalises by the batch, and keeps `running_mean` and `running_var` [N], which evaluation and MC dropout normalise by: there
 * samples do not see each other. They are saved with the model; no optimizer and no regularization moves them. A batch with one row
 * has no variance: its output is the bias, and the running statistics stay as they are.
 * @throws OptionError for an epsilon that is not above 0, or a momentum that is not in [0, 1)
 * @example
 * ```ts
 * import { batchNorm, key, meanSquaredError, sequential } from 'keepgate';
 *
 * const model = sequential([batchNorm({ momentum: 0.5 })]);
 * await model.fit({ x: [[1], [3]], y: [[0], [0]] }, { key: key(1), epochs: 1, loss: meanSquaredError() });
 * console.log((await model.getWeights())['0.running_mean']?.toArray()); // prints: [ 1 ]
 * await model.dispose();
 * ```
 */
export const batchNorm: LayerMaker<[options?: BatchNormOptions], 'weight' | 'bias' | 'running_mean' | 'running_var'> =
  defineLayer({
    type: 'batchNorm',

    make(options = {}) {
      const { momentum = 0.1, epsilon = 1e-5 } = optionsOf('batchNorm', options, { momentum: true, epsilon: true });
      expectNumber('batchNorm', 'momentum', momentum, 1);
      expectPositive('batchNorm', 'epsilon', epsilon);
      return {
        config: { momentum, epsilon },
        inputs: { x: { kinds: ['vector', 'sequence'] } },
        warnings: () =>
          momentum > LARGEST_MOMENTUM
            ? [
                `batchNorm: momentum ${momentum} is the share of each batch in the running statistics; what Keras calls ${momentum} is ${Number((1 - momentum).toFixed(6))} here`,
              ]
            : [],

        outputs({ x }) {
          rowSize('batchNorm', x);
          return { y: x };
        },

        weights({ x }) {
          const size = rowSize('batchNorm', x);
          return {
            ...scaleAndShiftWeights(size),
            running_mean: statistic(size, 0),
            running_var: statistic(size, 1),
          };
        },

        carries: () => ({}),

        run({ ops, training }, weights, { x }) {
          const { running_mean: mean, running_var: variance } = weights;
          const rows = x.validSteps.reduce((total, steps) => total + steps, 0);
          const found = training ? momentsOf(ops, x, Math.max(1, rows)) : { mean, variance };
          const { normal, inverse } = normalised(ops, x, found, epsilon);
          return {
            outputs: { y: atStepsOf(x, scaleAndShift(ops, normal, weights)) },
            // The variance of what the batch was drawn from, which a batch of one row does not tell.
            statistics: () =>
              !training || rows < 2
                ? {}
                : {
                    running_mean: towards(ops, mean, found.mean, momentum, 1),
                    running_var: towards(ops, variance, found.variance, momentum, rows / (rows - 1)),
                  },
            backward({ y: dy }) {
              const grads = scaleAndShiftGrads(ops, normal, dy);
              const share = training ? 1 / Math.max(1, rows) : 0;
              return {
                weights: grads,
                inputs: { x: () => inputGrad(ops, x, { normal, inverse, gain: weights.weight, dy, grads, share }) },
              };
            },
          };
        },
      };
    },
  });

function statistic(size: number, value: 0 | 1): WeightSpec {
  return { shape: [size], init: () => bias(size, 0, value * size), role: 'statistic', decays: false };
}

/** Mean and variance of each unit over the valid rows, [N] each. */
function momentsOf(
  ops: Ops,
  { values, lengths, batch }: Batch,
  rows: number,
): Readonly<Record<'mean' | 'variance', Handle>> {
  const scalars = { share: 1 / rows };
  const { part } = ops.run(liveShare, { inputs: { x: values }, lengths, batch, scalars });
  const mean = ops.sumRows(part);
  const { square } = ops.run(squareShare, { inputs: { x: values, mean }, lengths, batch, scalars });
  return { mean, variance: ops.sumRows(square) };
}

/** The rows with a mean of 0 and a variance of 1, 0 at padding, and 1 / deviation [N]. */
function normalised(
  ops: Ops,
  { values, lengths, batch }: Batch,
  { mean, variance }: Readonly<Record<'mean' | 'variance', Handle>>,
  epsilon: number,
): Readonly<Record<'normal' | 'inverse', Handle>> {
  const { inverse } = ops.run(inverseDeviation, { inputs: { variance }, scalars: { epsilon } });
  const { normal } = ops.run(normaliseRows, { inputs: { x: values, mean, inverse }, lengths, batch });
  return { normal, inverse };
}

/** (dy - (Σ dy + y Σ dy y) share) gain / deviation, where a share of 0 is for statistics that are not of this batch. */
function inputGrad(
  ops: Ops,
  { lengths, batch }: Batch,
  {
    normal,
    inverse,
    gain,
    dy,
    grads,
    share,
  }: Readonly<Record<'normal' | 'inverse' | 'gain' | 'dy', Handle>> & {
    readonly grads: Readonly<Record<'weight' | 'bias', Handle>>;
    readonly share: number;
  },
): Handle {
  const inputs = { normal, dy, slope: productOf(ops, inverse, gain), along: grads.weight, sum: grads.bias };
  return ops.run(normaliseRowsGrad, { inputs, lengths, batch, scalars: { share } }).dx;
}

function towards(ops: Ops, old: Handle, now: Handle, momentum: number, scale: number): Handle {
  return ops.run(runningStatistic, { inputs: { old, now }, scalars: { momentum, scale } }).next;
}

const liveShare = kernel({
  name: 'batchNormMean',
  inputs: { x: ['x'] },
  scalars: ['share'],
  outputs: { part: ['part'] },
  body: ({ mul }, v) => ({ part: mul(v.live, mul(v.x, v.share)) }),
});

const squareShare = kernel({
  name: 'batchNormVariance',
  inputs: { x: ['x'], mean: ['mean'] },
  scalars: ['share'],
  outputs: { square: ['square'] },
  body: ({ mul, sub }, v) => {
    const centred = mul(v.live, sub(v.x, v.mean));
    return { square: mul(mul(centred, centred), v.share) };
  },
});

const inverseDeviation = kernel({
  name: 'inverseDeviation',
  inputs: { variance: ['variance'] },
  scalars: ['epsilon'],
  outputs: { inverse: ['inverse'] },
  body: ({ add, div, sqrt, constant }, v) => ({ inverse: div(constant(1), sqrt(add(v.variance, v.epsilon))) }),
});

const normaliseRows = kernel({
  name: 'batchNorm',
  inputs: { x: ['x'], mean: ['mean'], inverse: ['inverse'] },
  outputs: { normal: ['normal'] },
  body: ({ mul, sub }, v) => ({ normal: mul(v.live, mul(sub(v.x, v.mean), v.inverse)) }),
});

const normaliseRowsGrad = kernel({
  name: 'batchNormGrad',
  inputs: { normal: ['normal'], dy: ['dy'], slope: ['slope'], along: ['along'], sum: ['sum'] },
  scalars: ['share'],
  outputs: { dx: ['dx'] },
  body: ({ add, sub, mul }, v) => {
    const common = mul(add(v.sum, mul(v.normal, v.along)), v.share);
    return { dx: mul(v.live, mul(v.slope, sub(v.dy, common))) };
  },
});

const runningStatistic = kernel({
  name: 'runningStatistic',
  inputs: { old: ['old'], now: ['now'] },
  scalars: ['momentum', 'scale'],
  outputs: { next: ['next'] },
  body: ({ add, sub, mul }, v) => ({ next: add(v.old, mul(v.momentum, sub(mul(v.scale, v.now), v.old))) }),
});
