import { expectOneOf, expectText, expectWhole, optionsOf } from '../../checks.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { productOf } from '../../sequence/arithmetic.ts';
import { gatherRows } from '../gather-rows.ts';
import { bias, xavier } from '../initialise.ts';
import { atStepsOf, defineLayer, type LayerMaker } from '../layer.ts';
import { rowSize } from '../signature.ts';
import { trained, trainedInParts } from '../weight-spec.ts';
import { type ClassTargets, rowsWithClass } from './class-targets.ts';
import { type ClassDistribution, type DrawnClasses, drawClasses } from './draw-classes.ts';
import { across, rowCrossEntropy, sumOfRow } from './row-cross-entropy.ts';

/** What `sampledSoftmax` is told. */
export interface SampledSoftmaxOptions {
  /** V: how many classes there are, one a unit. */
  readonly units: number;
  /** How many different classes an update compares the right one with, the same for all rows; V are all of them. */
  readonly samples: number;
  /**
   * How they are drawn: 'logUniform' by Zipf's law, for classes from the most frequent to the least, as those of a `Vocabulary` are;
   * 'uniform' for any order. 'logUniform' when left out.
   */
  readonly distribution?: ClassDistribution;
  /** The path of another layer's weight, which is its `weight` too: see `dense`. */
  readonly tiedTo?: string;
}

/**
 * The last layer of a model of very many classes, x weightᵀ + bias on a vector [B,size] or on every step of a sequence [T,B,size], which trains by some of
 * the classes alone (Jean et al. 2015, arXiv:1412.2007): the softmax of the right class and of `samples` drawn ones, less the logarithms of their
 * expected counts, as TensorFlow's `sampled_softmax_loss`. Evaluation and prediction are by all classes. The loss of training is that of the
 * samples, beside which no metrics are counted. Weights are those of `dense`: `weight` [units,size], `bias` [units].
 * @example
 * ```ts
 * import { embedding, key, lstm, sampledSoftmax, sequential, softmaxCrossEntropy } from 'keepgate';
 *
 * const model = sequential([
 *   embedding({ vocabulary: 500, units: 8 }),
 *   lstm({ units: 8, returnSequences: true }),
 *   sampledSoftmax({ units: 500, samples: 20, tiedTo: '0.weight' }),
 * ]);
 * const examples = { x: [[7, 3, 499], [2, 1]], y: [[3, 499, 0], [1, 2]] };
 * await model.fit(examples, { key: key(1), epochs: 1, loss: softmaxCrossEntropy() });
 * const { perplexity = 0 } = await model.evaluate(examples, { metrics: ['perplexity'] });
 * console.log(Math.round(perplexity / 100)); // prints: 5
 * await model.dispose();
 * ```
 */
export const sampledSoftmax: LayerMaker<[SampledSoftmaxOptions], 'weight' | 'bias'> = defineLayer({
  type: 'sampledSoftmax',

  make(options) {
    const who = 'sampledSoftmax';
    const known = { units: true, samples: true, distribution: true, tiedTo: true } as const;
    const { units, samples, distribution = 'logUniform', tiedTo } = optionsOf(who, options, known);
    expectWhole(who, 'units', units, 2);
    expectWhole(who, 'samples', samples, 1, units);
    expectOneOf(who, 'distribution', distribution, ['logUniform', 'uniform']);
    if (tiedTo !== undefined) expectText(who, 'tiedTo', tiedTo);
    return {
      config: { units, samples, distribution, ...(tiedTo === undefined ? {} : { tiedTo }) },
      ...(tiedTo === undefined ? {} : { borrows: { weight: tiedTo } }),
      inputs: { x: { kinds: ['vector', 'sequence'] } },

      outputs({ x }) {
        rowSize(who, x);
        return { y: { ...x, shape: [units] } };
      },

      weights({ x }) {
        const size = rowSize(who, x);
        return {
          weight: trainedInParts([units, size], (key) => xavier(key, units, size)),
          bias: trained([units], () => bias(units)),
        };
      },

      carries: () => ({}),

      run({ ops }, { weight, bias: added }, { x }) {
        return {
          outputs: { y: atStepsOf(x, ops.project(x.values, weight, { bias: added })) },
          backward: ({ y: dy }) => ({
            weights: { weight: ops.projectWeightGrad(dy, x.values), bias: ops.sumRows(dy) },
            inputs: { x: () => ops.projectInputGrad(dy, weight) },
          }),
        };
      },

      crossEntropy({ ops }, weights, { x }, targets) {
        const drawn = drawClasses(targets.key, units, samples, distribution);
        const found = sampledLoss(ops, weights, x.values, targets, drawn);
        return {
          outputs: { y: atStepsOf(x, found.loss) },
          backward: () => ({ weights: found.weights(), inputs: { x: found.x } }),
        };
      },
    };
  },
});

/** Far below any logit, and a number of float32: its exponential beside any other is 0. */
const NEVER = -1e30;

/**
 * The loss of the right class of each row beside S drawn ones. The logits [R,S+1] have it in their last column; where a drawn class
 * is the right one of a row, it is left out there.
 */
function sampledLoss(
  ops: Ops,
  { weight, bias: added }: Readonly<Record<'weight' | 'bias', Handle>>,
  values: Handle,
  targets: ClassTargets,
  { classes, logExpected }: DrawnClasses,
): { readonly loss: Handle; weights(): Record<'weight' | 'bias', Handle>; x(): Handle } {
  const [units, size] = weight.shape as readonly [number, number];
  const { rows, labels, shares } = rowsWithClass(targets);
  const [R, S] = [rows.length, classes.length];
  const taken = gatherRows(ops, values, rows, [R]);
  const column = ops.reshape(added, [units, 1]);
  const [rightWeights, rightBias] = [gatherRows(ops, weight, labels, [R]), gatherRows(ops, column, labels, [R])];
  // A row of zeros behind the drawn ones makes room for the right class.
  const drawn = Int32Array.of(...classes, -1);
  const [drawnWeights, drawnBias] = [gatherRows(ops, weight, drawn, [S + 1]), gatherRows(ops, column, drawn, [S + 1])];
  const lessExpected = (ids: Int32Array): Handle =>
    ops.upload(
      Float64Array.from(ids, (id) => (id < 0 ? 0 : -logExpected(id))),
      [ids.length, 1],
    );
  const plus = (a: Handle, b: Handle): Handle => ops.project(a, ops.upload([1], [1, 1]), { plus: b });
  const right = plus(plus(sumOfRow(ops, productOf(ops, taken.y, rightWeights.y)), rightBias.y), lessExpected(labels));
  const last = new Float64Array(S + 1);
  last[S] = 1;
  const logits = ops.project(taken.y, drawnWeights.y, {
    bias: ops.reshape(plus(drawnBias.y, lessExpected(drawn)), [S + 1]),
    plus: ops.project(right, ops.upload(last, [S + 1, 1]), { plus: hits(ops, classes, labels) }),
  });
  const inLast = labels.map((label) => (label < 0 ? -1 : S));
  const { loss, grad } = rowCrossEntropy(ops, logits, inLast, shares);
  const byRight = (): Handle => ops.project(grad, ops.upload(last, [1, S + 1]));
  const joined = (byDrawn: Handle, byLabel: Handle): Handle =>
    ops.scatterAdd(ops.concat([byDrawn, byLabel]), ops.uploadIndices([...drawn, ...labels], [S + 1 + R]), units);
  return {
    loss,
    weights: () => ({
      weight: joined(ops.projectWeightGrad(grad, taken.y), productOf(ops, across(ops, byRight(), taken.y), taken.y)),
      bias: ops.reshape(joined(ops.reshape(ops.sumRows(grad), [S + 1, 1]), byRight()), [units]),
    }),
    x() {
      const own = productOf(ops, across(ops, byRight(), rightWeights.y), rightWeights.y);
      const dx = ops.projectInputGrad(grad, drawnWeights.y, { plus: own });
      return taken.backward(ops.reshape(dx, [R, size]));
    },
  };
}

/** What takes a drawn class away from the rows whose right one it is, [R,S+1]. */
function hits(ops: Ops, classes: Int32Array, labels: Int32Array): Handle {
  const width = classes.length + 1;
  const placeOf = new Map(Array.from(classes, (one, place) => [one, place] as const));
  const places = Array.from(labels).flatMap((label, row) => {
    const place = placeOf.get(label);
    return place === undefined ? [] : [row * width + place];
  });
  const shape = [labels.length, width];
  if (places.length === 0) return ops.zeros(shape);
  const never = ops.upload(new Float64Array(places.length).fill(NEVER), [places.length, 1]);
  return ops.reshape(ops.scatterAdd(never, ops.uploadIndices(places, [places.length]), labels.length * width), shape);
}
