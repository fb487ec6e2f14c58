import { expectBoolean, expectOneOf, expectWhole, optionsOf } from '../../checks.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { OptionError, show } from '../../errors.ts';
import { productOf, sumOf } from '../../sequence/arithmetic.ts';
import { gatherRows } from '../gather-rows.ts';
import { atStepsOf, type Batch, defineLayer, type LayerMaker, onePerSample } from '../layer.ts';
import { rowSize, sequence, vector } from '../signature.ts';
import { type AttentionKind, type Scoring, SCORINGS } from './attention-scores.ts';

/** What `attention` is told. */
export interface AttentionOptions {
  /** How a step is scored: 'additive', vᵀ tanh(W h + b), or 'dot', qᵀ h / sqrt(N) with a learned query q. */
  readonly kind: AttentionKind;
  /** The rows of W, for 'additive' alone; N when left out. */
  readonly units?: number;
  /** Hand on what each step weighs, [T,B,1], in the place of their sum: false when left out. */
  readonly returnWeights?: boolean;
}

/**
 * Attention over time: a sequence [T,B,N] to the sum of its steps [B,N], each by what it weighs, a softmax of scores over a sample's
 * valid steps; zeros for a sample without steps. 'additive' scores as Bahdanau et al. 2015 (arXiv:1409.0473), without a decoder's
 * state, as Yang et al. 2016 do: `weight` [units,N], `bias` [units], `score` [1,units]. 'dot' is the scaled dot product of Vaswani et al. 2017
 * (arXiv:1706.03762) with one `query` [1,N].
 * @throws OptionError for another kind, and for units where there are none
 * @example
 * ```ts
 * import { attention, sequential } from 'keepgate';
 *
 * const input = { kind: 'sequence', size: 1 } as const;
 * const x = [[[1], [2], [3]], [[5]]];
 * const pooled = sequential([attention({ kind: 'dot' })]);
 * await pooled.setWeights({ '0.query': [[50]] }, { input });
 * console.log(await pooled.predict(x)); // prints: [ [ 3 ], [ 5 ] ]
 *
 * const looking = sequential([attention({ kind: 'dot', returnWeights: true })]);
 * await looking.setWeights({ '0.query': [[0]] }, { input });
 * console.log((await looking.predict<number[][][]>(x))[0]?.map(([weight = 0]) => weight.toFixed(2))); // prints: [ '0.33', '0.33', '0.33' ]
 * for (const model of [pooled, looking]) await model.dispose();
 * ```
 */
export const attention: LayerMaker<[AttentionOptions], string> = defineLayer({
  type: 'attention',

  make(options) {
    const {
      kind,
      units,
      returnWeights = false,
    } = optionsOf('attention', options, { kind: true, units: true, returnWeights: true });
    expectOneOf('attention', 'kind', kind, Object.keys(SCORINGS) as AttentionKind[]);
    expectBoolean('attention', 'returnWeights', returnWeights);
    if (units !== undefined) expectWhole('attention', 'units', units, 1);
    if (units !== undefined && kind === 'dot') {
      throw new OptionError(
        `attention: units of kind 'additive' alone were expected, but ${show(units)} came for 'dot'`,
      );
    }
    const scoring: Scoring = SCORINGS[kind];
    return {
      config: { kind, ...(units === undefined ? {} : { units }), ...(returnWeights ? { returnWeights } : {}) },
      inputs: { x: { kinds: ['sequence'] } },

      outputs({ x }) {
        const size = rowSize('attention', x);
        return { y: returnWeights ? sequence(1) : vector(size) };
      },

      weights({ x }) {
        const size = rowSize('attention', x);
        return scoring.weights(size, units ?? size);
      },

      run({ ops }, weights, { x }) {
        const scores = scoring.run(ops, weights, x.values);
        const shares = sharesOf(ops, x, scores.y);
        const sum = returnWeights ? null : weightedSum(ops, x, shares.y);
        return {
          outputs: { y: sum ? onePerSample(x.batch, sum.y) : atStepsOf(x, shares.y) },
          backward({ y: dy }) {
            const grads = sum?.backward(dy) ?? { shares: dy, x: null };
            const found = scores.backward(shares.backward(grads.shares));
            const dx = (): Handle => {
              const byScores = found.x();
              return ops.reshape(grads.x ? sumOf(ops, grads.x(), byScores) : byScores, x.values.shape);
            };
            return { weights: found.weights, inputs: { x: dx } };
          },
        };
      },
    };
  },
});

/** Far below any score, and a number of float32: its exponential beside any other is 0. */
const NO_STEP = -1e30;

/** What the steps weigh, [T,B,1], of their scores: a softmax over the valid ones of each sample, and 0 at padding. */
function sharesOf(
  ops: Ops,
  { batch, time, validSteps }: Batch,
  scores: Handle,
): { readonly y: Handle; backward(dy: Handle): Handle } {
  const isStep = (t: number, b: number): boolean => t < (validSteps[b] as number);
  const places = (missing: number): Int32Array =>
    Int32Array.from({ length: batch * time }, (_, at) => {
      const [b, t] = [Math.floor(at / time), at % time];
      return isStep(t, b) ? t * batch + b : missing;
    });
  const back = Int32Array.from({ length: time * batch }, (_, at) => {
    const [t, b] = [Math.floor(at / batch), at % batch];
    return isStep(t, b) ? b * time + t : -1;
  });
  const column = (x: Handle): Handle => ops.reshape(x, [time * batch, 1]);
  // Samples become rows, [B,T], over which softmax is taken.
  const table = ops.concat([column(scores), ops.upload([NO_STEP], [1, 1])]);
  const rows = ops.reshape(gatherRows(ops, table, places(time * batch), [batch * time]).y, [batch, time]);
  const soft = ops.softmax(rows);
  const shares = gatherRows(ops, ops.reshape(soft, [batch * time, 1]), back, [time, batch]);
  return {
    y: shares.y,
    backward(dy) {
      const byRow = gatherRows(ops, column(dy), places(-1), [batch * time]).y;
      const grad = ops.softmaxGrad(soft, ops.reshape(byRow, [batch, time]));
      return gatherRows(ops, ops.reshape(grad, [batch * time, 1]), back, [time, batch]).y;
    },
  };
}

/** Σ_t share x over the steps of each sample, [B,N]. @param shares [T,B,1] */
function weightedSum(
  ops: Ops,
  { values, batch, time }: Batch,
  shares: Handle,
): { readonly y: Handle; backward(dy: Handle): { readonly shares: Handle; x(): Handle } } {
  const size = values.shape.at(-1) ?? 0;
  const sampleOf = Int32Array.from({ length: time * batch }, (_, row) => row % batch);
  const ones = ops.upload(new Float64Array(size).fill(1), [size, 1]);
  const wide = ops.project(shares, ones);
  return {
    y: ops.scatterAdd(
      ops.reshape(productOf(ops, values, wide), [time * batch, size]),
      ops.uploadIndices(sampleOf, [time * batch]),
      batch,
    ),
    backward(dy) {
      const { y: atSteps } = gatherRows(ops, dy, sampleOf, [time, batch]);
      return {
        shares: ops.project(productOf(ops, atSteps, values), ops.reshape(ones, [1, size])),
        x: () => productOf(ops, atSteps, wide),
      };
    },
  };
}
