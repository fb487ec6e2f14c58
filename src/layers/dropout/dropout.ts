import { optionsOf } from '../../checks.ts';
import type { Distribution } from '../../masks/distribution.ts';
import type { Rate } from '../../masks/dropout-rate.ts';
import { resolveScheme, schemeWarnings } from '../../masks/scheme.ts';
import type { Scope } from '../../masks/sites.ts';
import { productSum } from '../../sequence/arithmetic.ts';
import { applyOutput } from '../../sequence/output-site.ts';
import { atStepsOf, defineLayer, type LayerMaker } from '../layer.ts';
import { rowSize } from '../signature.ts';
import {
  atLearnedRates,
  concreteMasks,
  learnedRules,
  rateCost,
  rateLogitName,
  rateLogits,
  relativeSlopeOf,
} from './learned-dropout-rate.ts';

/** What `dropout` is told. */
export interface DropoutOptions {
  /** The probability to drop, in [0, 1), or a schedule of it. */
  readonly rate: Rate;
  /** On a sequence: one mask for all steps ('sequence', the default: locked dropout), or one per step ('step'). */
  readonly scope?: Scope;
  /** What the masks are drawn from, 'bernoulli' when left out; the rate of a concrete one is learned. */
  readonly distribution?: Distribution;
}

/**
 * Inverted dropout between layers, on a vector or a sequence (Srivastava et al. 2014; locked: Merity et al. 2017,
 * arXiv:1708.02182). It acts in training and in MC dropout; in evaluation it changes nothing.
 * @example
 * ```ts
 * import { dense, dropout, key, sequential } from 'keepgate';
 *
 * const model = sequential([dropout({ rate: 0.5 }), dense({ units: 2 })]);
 * await model.build({ kind: 'vector', size: 4 }, key(1));
 * const [drawn] = await model.predictMC([[1, 2, 3, 4]], { passes: 20, key: key(2) });
 * console.log(drawn?.variance.every((value) => value > 0)); // prints: true
 * await model.dispose();
 * ```
 */
export const dropout: LayerMaker<[DropoutOptions]> = defineLayer({
  type: 'dropout',

  make(options) {
    const {
      rate,
      scope = 'sequence',
      distribution = 'bernoulli',
    } = optionsOf('dropout', options, { rate: true, scope: true, distribution: true });
    const scheme = resolveScheme([{ site: 'output', rate, scope, distribution }]);
    return {
      config: { rate, scope, ...(distribution === 'bernoulli' ? {} : { distribution }) },
      inputs: { x: { kinds: ['vector', 'sequence'] } },
      scheme,
      warnings: () => schemeWarnings(scheme),

      outputs({ x }) {
        rowSize('dropout', x);
        return { y: x };
      },

      weights: () => rateLogits(learnedRules(scheme)),
      carries: () => ({}),

      run({ ops, plan, learned }, _, { x }) {
        const { batch, time, values } = x;
        const size = values.shape.at(-1) ?? 0;
        const extents = { batch, time, inputSize: size, hiddenSize: size, gates: 1 };
        const { masks } = plan(atLearnedRates(scheme, learned), 'output', extents);
        const factors = ops.uploadFactors(masks);
        const y = applyOutput(ops, values, factors);
        const rates = concreteMasks(masks).map((mask) => ({ mask, cost: rateCost(ops, mask.rule, size, null) }));
        return {
          outputs: { y: atStepsOf(x, y) },
          penalties: rates.map(({ cost }) => cost.penalty),
          backward({ y: dy }) {
            const grads = rates.map(({ mask, cost }) => {
              const slopes = ops.uploadFactors({ output: relativeSlopeOf(mask) });
              const grad = productSum(ops, y, applyOutput(ops, dy, slopes));
              return [rateLogitName('output'), cost.addToLogit(grad)];
            });
            return { weights: Object.fromEntries(grads), inputs: { x: () => applyOutput(ops, dy, factors) } };
          },
        };
      },
    };
  },
});
