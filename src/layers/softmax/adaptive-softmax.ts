import { expectBoolean, expectNumber, expectWhole, optionsOf, readable } from '../../checks.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { OptionError, show } from '../../errors.ts';
import { sumOf } from '../../sequence/arithmetic.ts';
import { gatherRows } from '../gather-rows.ts';
import { bias, xavier } from '../initialise.ts';
import { atStepsOf, defineLayer, type LayerMaker } from '../layer.ts';
import { rowSize } from '../signature.ts';
import { specsInside, trained, trainedInParts, type WeightSpec } from '../weight-spec.ts';
import { clusterDistribution } from './cluster-distribution.ts';
import { type Clusters, clustersOf } from './clusters.ts';
import { type ClassTargets, rowsWithClass } from './class-targets.ts';
import { rowCrossEntropy } from './row-cross-entropy.ts';

/** What `adaptiveSoftmax` is told. */
export interface AdaptiveSoftmaxOptions {
  /** V: how many classes there are, from the most frequent to the least, as those of a `Vocabulary` are. */
  readonly units: number;
  /** Where clusters begin: classes below the first are in the head, and the others in clusters up to the next. Rising, from 1 to V - 1. */
  readonly cutoffs: readonly number[];
  /** Cluster i works on rows of size / divValue^(i + 1), rounded down; 4 when left out, as in PyTorch. */
  readonly divValue?: number;
  /** Whether the head has a bias; false when left out. */
  readonly headBias?: boolean;
}

type Weights = Readonly<Record<string, Handle>>;

/**
 * The last layer of a model of very many classes (Grave et al. 2017, arXiv:1609.04309), PyTorch's AdaptiveLogSoftmaxWithLoss: a head for the frequent
 * classes and for each cluster as a whole, and clusters of the rare ones, each on smaller rows. Training goes through the clusters that a
 * batch has, whose exact loss it is; no metrics are counted beside it. Evaluation and prediction have the logarithms of all probabilities [...,units],
 * whose softmax they are. Names and layouts of weights are PyTorch's: `head.weight`, `head.bias`, `tail.0.0.weight`, `tail.0.1.weight`.
 * @example
 * ```ts
 * import { adaptiveSoftmax, embedding, key, lstm, sequential, softmaxCrossEntropy } from 'keepgate';
 *
 * const model = sequential([
 *   embedding({ vocabulary: 500, units: 8 }),
 *   lstm({ units: 16, returnSequences: true }),
 *   adaptiveSoftmax({ units: 500, cutoffs: [20, 100] }),
 * ]);
 * const examples = { x: [[7, 3, 499], [2, 1]], y: [[3, 499, 0], [1, 2]] };
 * await model.fit(examples, { key: key(1), epochs: 1, loss: softmaxCrossEntropy() });
 * console.log((await model.getWeights())['2.tail.1.1.weight']?.shape); // prints: [ 400, 1 ]
 * const [steps] = await model.predict<number[][][]>([[7, 3]]);
 * console.log(steps?.[0]?.reduce((sum, p) => sum + p, 0).toFixed(4)); // prints: 1.0000
 * await model.dispose();
 * ```
 */
export const adaptiveSoftmax: LayerMaker<[AdaptiveSoftmaxOptions], string> = defineLayer({
  type: 'adaptiveSoftmax',

  make(options) {
    const who = 'adaptiveSoftmax';
    const known = { units: true, cutoffs: true, divValue: true, headBias: true } as const;
    const { units, cutoffs: given, divValue = 4, headBias = false } = optionsOf(who, options, known);
    expectWhole(who, 'units', units, 2);
    const cutoffs = expectCutoffs(who, units, given);
    expectNumber(who, 'divValue', divValue);
    expectBoolean(who, 'headBias', headBias);
    if (divValue < 1) throw new OptionError(`${who}: a number from 1 was expected as divValue, but ${divValue} came`);
    const clusters = clustersOf(units, cutoffs);
    return {
      config: { units, cutoffs, divValue, headBias },
      inputs: { x: { kinds: ['vector', 'sequence'] } },

      outputs({ x }) {
        rowSize(who, x);
        return { y: { ...x, shape: [units] } };
      },

      weights({ x }): Record<string, WeightSpec> {
        const size = rowSize(who, x);
        const matrix = (rows: number, columns: number, place: number): WeightSpec =>
          specsInside({ one: trainedInParts([rows, columns], (key) => xavier(key, rows, columns)) }, place).one;
        const tails = clusters.tails.flatMap(({ count }, i) => {
          const inner = Math.max(1, Math.floor(size / divValue ** (i + 1)));
          return [
            [`tail.${i}.0.weight`, matrix(inner, size, 2 * i + 1)] as const,
            [`tail.${i}.1.weight`, matrix(count, inner, 2 * i + 2)] as const,
          ];
        });
        return {
          'head.weight': matrix(clusters.headUnits, size, 0),
          ...(headBias && { 'head.bias': trained([clusters.headUnits], () => bias(clusters.headUnits)) }),
          ...Object.fromEntries(tails),
        };
      },

      carries: () => ({}),

      run({ ops }, weights, { x }) {
        const { y, backward } = clusterDistribution(ops, weights, x.values, clusters);
        return {
          outputs: { y: atStepsOf(x, y) },
          backward: ({ y: dy }) => {
            const { weights: grads, x: dx } = backward(dy);
            return { weights: grads, inputs: { x: dx } };
          },
        };
      },

      crossEntropy({ ops }, weights, { x }, targets) {
        const found = clusterLoss(ops, weights, x.values, targets, clusters);
        return {
          outputs: { y: atStepsOf(x, found.loss) },
          backward: () => ({ weights: found.weights(), inputs: { x: found.x } }),
        };
      },
    };
  },
});

/** @throws OptionError unless they rise, from 1 to below V */
function expectCutoffs(who: string, units: number, given: readonly number[]): readonly number[] {
  const cutoffs = readable(who, () => (Array.isArray(given) ? Array.from(given as readonly number[]) : []));
  const rises = cutoffs.every(
    (one, i) => Number.isSafeInteger(one) && one > (i === 0 ? 0 : (cutoffs[i - 1] as number)) && one < units,
  );
  if (rises && cutoffs.length > 0) return cutoffs;
  throw new OptionError(
    `${who}: whole numbers from 1 to ${units - 1} that rise were expected as cutoffs, but ${show(given)} came; such as [2000, 10000]`,
  );
}

/** The loss of the head over all rows, and of each cluster over the rows whose class is in it. */
function clusterLoss(
  ops: Ops,
  weights: Weights,
  values: Handle,
  targets: ClassTargets,
  { head, tails }: Clusters,
): { readonly loss: Handle; weights(): Record<string, Handle>; x(): Handle } {
  const { rows, labels, shares } = rowsWithClass(targets);
  const clusterOf = (label: number): number =>
    tails.findIndex(({ from, count }) => label >= from && label < from + count);
  const taken = gatherRows(ops, values, rows, [rows.length]);
  const inHead = labels.map((label) => (label < head ? label : head + clusterOf(label)));
  const headWeight = weights['head.weight'] as Handle;
  const ofHead = rowCrossEntropy(ops, ops.project(taken.y, headWeight, { bias: weights['head.bias'] }), inHead, shares);
  const parts = tails.flatMap(({ from }, i) => {
    const picked = Int32Array.from(labels.keys()).filter((row) => clusterOf(labels[row] as number) === i);
    if (picked.length === 0) return [];
    const mine = gatherRows(ops, taken.y, picked, [picked.length]);
    const [narrow, wide] = [weights[`tail.${i}.0.weight`] as Handle, weights[`tail.${i}.1.weight`] as Handle];
    const inner = ops.project(mine.y, narrow);
    const { loss, grad } = rowCrossEntropy(
      ops,
      ops.project(inner, wide),
      picked.map((row) => (labels[row] as number) - from),
      Float64Array.from(picked, (row) => shares[row] as number),
    );
    const byInner = (): Handle => ops.projectInputGrad(grad, wide);
    return [
      {
        loss,
        weights: (): Record<string, Handle> => ({
          [`tail.${i}.0.weight`]: ops.projectWeightGrad(byInner(), mine.y),
          [`tail.${i}.1.weight`]: ops.projectWeightGrad(grad, inner),
        }),
        x: (): Handle => mine.backward(ops.projectInputGrad(byInner(), narrow)),
      },
    ];
  });
  return {
    loss: parts.reduce((sum, { loss }) => sumOf(ops, sum, loss), ofHead.loss),
    weights() {
      const found: Record<string, Handle> = Object.assign({}, ...parts.map((part) => part.weights()));
      found['head.weight'] = ops.projectWeightGrad(ofHead.grad, taken.y);
      found['head.bias'] = ops.sumRows(ofHead.grad);
      // A cluster that no class of the batch is in stays, as far as the optimizer lets it.
      const all = Object.entries(weights).map(([name, { shape }]) => [name, found[name] ?? ops.zeros(shape)] as const);
      return Object.fromEntries(all);
    },
    x: () =>
      taken.backward(
        parts.reduce((sum, part) => sumOf(ops, sum, part.x()), ops.projectInputGrad(ofHead.grad, headWeight)),
      ),
  };
}
