import { expectBoolean, expectOneOf, optionsOf } from '../../../checks.ts';
import type { Handle } from '../../../engines/ops.ts';
import { OptionError } from '../../../errors.ts';
import { type ResolvedScheme, resolveScheme, schemeWarnings } from '../../../masks/scheme.ts';
import type { Rate } from '../../../masks/dropout-rate.ts';
import { sumOf } from '../../../sequence/arithmetic.ts';
import { applyOutput } from '../../../sequence/output-site.ts';
import { atStepsOf, type Batch, defineLayer, type Layer, type LayerContext, type LayerMaker } from '../../layer.ts';
import { restoredLayers } from '../restored-layers.ts';
import { expectSameSteps, innerSchemes } from '../inner-layers.ts';
import { shapeKeeping } from './shape-keeping.ts';

/** What `residual` can be told. */
export interface ResidualOptions {
  /**
   * Stochastic depth (Huang et al. 2016, arXiv:1603.09382): the rate at which the layers are left out of a step of training, so that x alone
   * is handed on. 1 minus the survival probability of the paper; no layer is left out when it is left out.
   */
  readonly stochasticDepth?: Rate;
  /** 'literal', as in the paper, when left out: evaluation multiplies f(x) by 1 - p. 'inverted': training divides it by 1 - p. */
  readonly scaling?: 'literal' | 'inverted';
  /** One decision for all samples of a batch, as in the paper; for each sample its own when left out. */
  readonly perBatch?: boolean;
}

/**
 * x + f(x), where f is layers one behind the other that hand on what is shaped like x (He et al. 2016, arXiv:1512.03385), on
 * a vector [B,N] or a sequence [T,B,N]. Weights of the layers are named by path: `0.weight` of the first of them, and `2.0.weight` in
 * a model whose third layer this is. With `stochasticDepth` it is x + m f(x), where m is 0 or 1 for all units and timesteps of a sample.
 * @throws ModelError for what are no layers, or where something else than x comes of them
 * @throws RateError for a rate that is not in [0, 1)
 * @example
 * ```ts
 * import { conv1d, key, layerNorm, residual, sequential } from 'keepgate';
 *
 * const block = () => [layerNorm(), conv1d({ filters: 4, kernelSize: 3, padding: 'causal', activation: 'relu' })];
 * // The deeper a block, the more often it is left out: from 0.25 to 0.5.
 * const model = sequential([1, 2].map((depth) => residual(block(), { stochasticDepth: (0.5 * depth) / 2 })));
 * await model.build({ kind: 'sequence', size: 4 }, key(1));
 * console.log(Object.keys(await model.getWeights()).slice(0, 4));
 * // prints: [ '0.0.weight', '0.0.bias', '0.1.weight', '0.1.bias' ]
 * await model.dispose();
 * ```
 */
export const residual: LayerMaker<[layers: readonly Layer[], options?: ResidualOptions], string> = defineLayer({
  type: 'residual',
  parse(options, restore) {
    const { layers, ...told } = options as { layers?: unknown } & ResidualOptions;
    return [restoredLayers('residual', layers, restore), told];
  },

  make(layers, options = {}) {
    const { chain, kinds, output } = shapeKeeping('residual', layers);
    const inner = [...layers];
    const depth = depthOf(options);
    const { scheme = [], warnings } = innerSchemes(inner);
    const rules = depth ? [...scheme, ...depth.rules] : scheme;
    return {
      config: { layers: inner.map(({ config }) => config), ...depth?.told },
      inputs: { x: { kinds } },
      ...(rules.length > 0 && { scheme: rules }),
      warnings: () => [...warnings(), ...(depth ? schemeWarnings(depth.rules) : [])],
      outputs: ({ x }) => ({ y: output(x) }),
      weights: ({ x }) => chain.weights(x),
      ...(chain.isCarrying && { carries: ({ x }) => chain.carries(x) }),

      run(context, weights, { x }) {
        const { ops } = context;
        const run = chain.run(context, weights, x);
        const handed = run.flows.x as Batch;
        expectSameSteps('residual', x, handed);
        const kept = depth ? keptOf(context, depth.rules, x) : (value: Handle) => value;
        return {
          outputs: { y: atStepsOf(x, sumOf(ops, x.values, kept(ops.reshape(handed.values, x.values.shape)))) },
          penalties: run.penalties,
          statistics: run.statistics,
          state: run.state,
          backward({ y: dy }) {
            const { weights: grads, inputs } = run.backward({ x: ops.reshape(kept(dy), handed.values.shape) });
            const through = (): Handle => {
              const dx = inputs.x?.();
              return dx ? sumOf(ops, dy, ops.reshape(dx, dy.shape)) : dy;
            };
            return { weights: grads, inputs: { x: through } };
          },
        };
      },
    };
  },
});

/** What is drawn for the depth, and what a config keeps of it; null where nothing is. */
function depthOf(options: ResidualOptions): { readonly rules: ResolvedScheme; readonly told: ResidualOptions } | null {
  const told = optionsOf('residual', options, { stochasticDepth: true, scaling: true, perBatch: true });
  const { stochasticDepth: rate, scaling = 'literal', perBatch = false } = told;
  expectBoolean('residual', 'perBatch', perBatch);
  expectOneOf('residual', 'scaling', scaling, ['literal', 'inverted']);
  if (rate !== undefined) {
    const shared = perBatch ? (['unit', 'batch'] as const) : (['unit'] as const);
    return { rules: resolveScheme([{ site: 'output', rate, scaling, shared, stream: 'stochasticDepth' }]), told };
  }
  const stray = Object.keys(told).find((name) => name !== 'stochasticDepth');
  if (stray === undefined) return null;
  throw new OptionError(
    `residual: a rate as stochasticDepth was expected beside ${stray}, but none came; leave it out`,
  );
}

/** What multiplies the output of the layers, and by the same product its gradient. */
function keptOf(
  { ops, plan }: LayerContext,
  rules: ResolvedScheme,
  { batch, time, values }: Batch,
): (value: Handle) => Handle {
  const size = values.shape.at(-1) ?? 0;
  const { masks } = plan(rules, 'depth', { batch, time, inputSize: size, hiddenSize: size, gates: 1 });
  const factors = ops.uploadFactors(masks);
  return (value) => applyOutput(ops, value, factors);
}
