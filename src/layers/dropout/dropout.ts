import { expectBoolean, optionsOf } from '../../checks.ts';
import type { Factor, Factors, Handle } from '../../engines/ops.ts';
import { ModelError } from '../../errors.ts';
import type { Distribution } from '../../masks/distribution.ts';
import type { Rate } from '../../masks/dropout-rate.ts';
import { resolveScheme, schemeWarnings } from '../../masks/scheme.ts';
import type { Scope } from '../../masks/sites.ts';
import { typedArrayName } from '../../realms.ts';
import { productSum } from '../../sequence/arithmetic.ts';
import { applyOutput } from '../../sequence/output-site.ts';
import { atStepsOf, defineLayer, type LayerMaker } from '../layer.ts';
import { imageShape, rowSize } from '../signature.ts';
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
  /**
   * On images [H,W,C]: one mask of their channels for all positions, so that whole channels are dropped; false when left out, and every
   * value is dropped for itself. A sequence has one mask for all steps by its scope.
   */
  readonly spatial?: boolean;
}

/**
 * Inverted dropout between layers, on a vector, a sequence or images (Srivastava et al. 2014; locked: Merity et al. 2017,
 * arXiv:1708.02182; spatial: Tompson et al. 2015, arXiv:1411.4280). It acts in training and in MC dropout; in evaluation it changes nothing.
 * Behind `conv1d` the default is what Keras calls SpatialDropout1D, and behind `conv2d` `spatial: true` is SpatialDropout2D.
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
      spatial = false,
    } = optionsOf('dropout', options, { rate: true, scope: true, distribution: true, spatial: true });
    expectBoolean('dropout', 'spatial', spatial);
    const scheme = resolveScheme([{ site: 'output', rate, scope, distribution }]);
    return {
      config: { rate, scope, ...(distribution === 'bernoulli' ? {} : { distribution }), ...(spatial && { spatial }) },
      inputs: { x: { kinds: ['vector', 'sequence'] } },
      scheme,
      warnings: () => schemeWarnings(scheme),

      outputs({ x }) {
        if (spatial && x.over === 'time') {
          throw new ModelError(
            'dropout: images [H,W,C] were expected with spatial, but a sequence came; its steps have one mask as it is: leave out spatial',
          );
        }
        if (spatial) imageShape('dropout', x);
        else if (x.over === 'time' || x.shape.length !== 3) rowSize('dropout', x);
        return { y: x };
      },

      weights: () => rateLogits(learnedRules(scheme)),
      carries: () => ({}),

      run({ ops, plan, learned }, _, { x }) {
        const { batch, time, values } = x;
        // Images lie as rows: of their channels, or of all that they have.
        const [positions, size] = rowsOfEntries(values.shape, spatial);
        const viewed = (handle: Handle): Handle => ops.reshape(handle, [time, batch * positions, size]);
        const extents = { batch, time, inputSize: size, hiddenSize: size, gates: 1 };
        const { masks } = plan(atLearnedRates(scheme, learned), 'output', extents);
        const uploaded = (factor?: Factor): Factors =>
          ops.uploadFactors(factor ? { output: overPositions(factor, batch, positions, size) } : {});
        const factors = uploaded(masks.output);
        const y = applyOutput(ops, viewed(values), factors);
        const rates = concreteMasks(masks).map((mask) => ({ mask, cost: rateCost(ops, mask.rule, size, null) }));
        return {
          outputs: { y: atStepsOf(x, ops.reshape(y, values.shape)) },
          penalties: rates.map(({ cost }) => cost.penalty),
          backward({ y: dy }) {
            const grads = rates.map(({ mask, cost }) => {
              const slopes = uploaded(relativeSlopeOf(mask));
              const grad = productSum(ops, y, applyOutput(ops, viewed(dy), slopes));
              return [rateLogitName('output'), cost.addToLogit(grad)];
            });
            const dx = (): Handle => ops.reshape(applyOutput(ops, viewed(dy), factors), values.shape);
            return { weights: Object.fromEntries(grads), inputs: { x: dx } };
          },
        };
      },
    };
  },
});

/** Into how many rows of how many numbers an entry [B,N], [T,B,N] or [B,H,W,C] is parted. */
function rowsOfEntries(shape: readonly number[], spatial: boolean): readonly [positions: number, size: number] {
  const size = shape.at(-1) ?? 0;
  if (shape.length !== 4) return [1, size];
  const positions = (shape[1] as number) * (shape[2] as number);
  return spatial ? [positions, size] : [1, positions * size];
}

/** A factor for samples [B,size], repeated for each of their positions: rows b positions + p. */
function overPositions(factor: Factor, batch: number, positions: number, size: number): Factor {
  const { values, strides } = factor;
  if (positions === 1) return factor;
  const count = batch * positions * size;
  const repeated = typedArrayName(values) === 'Uint8Array' ? new Uint8Array(count) : new Float32Array(count);
  for (let b = 0; b < batch; b++) {
    const row = values.subarray(b * strides.row, b * strides.row + size);
    for (let p = 0; p < positions; p++) repeated.set(row, (b * positions + p) * size);
  }
  return { values: repeated, scale: factor.scale, strides: { gate: 0, time: 0, row: size, unit: 1 } };
}
