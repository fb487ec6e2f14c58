import { optionsOf } from '../../checks.ts';
import type { Handle } from '../../engines/ops.ts';
import { ModelError, show } from '../../errors.ts';
import { sumOf } from '../../sequence/arithmetic.ts';
import { atStepsOf, type Batch, defineLayer, type Layer, type LayerMaker } from '../layer.ts';
import { showSignature } from '../signature.ts';
import { restoredLayers } from './restored-layers.ts';
import { chainParts, commonInput, expectInner, expectSameSteps, innerSchemes } from './inner-layers.ts';

/**
 * x + f(x), where f is layers one behind the other that hand on what is shaped like x (He et al. 2016, arXiv:1512.03385), on
 * a vector [B,N] or a sequence [T,B,N]. Weights of the layers are named by path: `0.weight` of the first of them, and `2.0.weight` in
 * a model whose third layer this is.
 * @throws ModelError for what are no layers, or where something else than x comes of them
 * @example
 * ```ts
 * import { conv1d, key, layerNorm, residual, sequential } from 'keepgate';
 *
 * const block = [layerNorm(), conv1d({ filters: 4, kernelSize: 3, padding: 'causal', activation: 'relu' })];
 * const model = sequential([residual(block)]);
 * await model.build({ kind: 'sequence', size: 4 }, key(1));
 * console.log(Object.keys(await model.getWeights()));
 * // prints: [ '0.0.weight', '0.0.bias', '0.1.weight', '0.1.bias' ]
 * await model.dispose();
 * ```
 */
export const residual: LayerMaker<[layers: readonly Layer[]], string> = defineLayer({
  type: 'residual',
  parse: (options, restore) => [
    restoredLayers('residual', optionsOf('residual', options, { layers: true }).layers, restore),
  ],

  make(layers) {
    expectInner('residual', layers);
    const inner = [...layers];
    const chain = chainParts('residual', inner);
    const changing = inner.find(({ steps }) => steps);
    if (changing) {
      throw new ModelError(
        `residual: layers that hand on as many steps as come were expected inside, but ${show(changing.config.type)} does not; set padding: 'same' or 'causal', without strides`,
      );
    }
    const { kinds } = commonInput('residual', inner.slice(0, 1));
    const numbers = kinds.filter((kind) => kind === 'vector' || kind === 'sequence');
    if (numbers.length === 0) {
      throw new ModelError(
        `residual: layers from numbers to numbers were expected inside, but ${show(inner[0]?.config.type)} came first; put it before`,
      );
    }
    return {
      config: { layers: inner.map(({ config }) => config) },
      inputs: { x: { kinds: numbers } },
      ...innerSchemes(inner),

      outputs({ x }) {
        const y = chain.output(x);
        if (y.over === x.over && y.dtype === x.dtype && y.shape.join() === x.shape.join()) return { y };
        throw new ModelError(
          `residual: layers from ${showSignature(x)} to the same were expected inside, but ${showSignature(y)} comes of them; give the last one ${x.shape.at(-1)} units`,
        );
      },

      weights: ({ x }) => chain.weights(x),
      ...(chain.isCarrying && { carries: ({ x }) => chain.carries(x) }),

      run(context, weights, { x }) {
        const { ops } = context;
        const run = chain.run(context, weights, x);
        const handed = run.flows.x as Batch;
        expectSameSteps('residual', x, handed);
        return {
          outputs: { y: atStepsOf(x, sumOf(ops, x.values, ops.reshape(handed.values, x.values.shape))) },
          penalties: run.penalties,
          statistics: run.statistics,
          state: run.state,
          backward({ y: dy }) {
            const { weights: grads, inputs } = run.backward({ x: dy });
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
