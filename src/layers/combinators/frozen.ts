import { optionsOf } from '../../checks.ts';
import { defineLayer, expectLayers, type Layer, type LayerMaker } from '../layer.ts';

/**
 * A layer whose weights no training moves: as they come from `setWeights` or a file, or as they are first drawn. It hands on what
 * the layer does, and gradients to the layers before it; its dropout acts, and a `batchNorm` in it normalises by its running statistics.
 * Names of weights are those of the layer, so that the layers of a model that is at hand can be frozen, and trained again.
 * @throws ModelError for what is no layer
 * @example
 * ```ts
 * import { dense, frozen, key, meanSquaredError, sequential } from 'keepgate';
 *
 * const model = sequential([frozen(dense({ units: 2 })), dense({ units: 1 })]);
 * await model.build({ kind: 'vector', size: 1 }, key(1));
 * const before = await model.getWeights();
 * await model.fit({ x: [[1], [2]], y: [[3], [5]] }, { key: key(2), epochs: 3, loss: meanSquaredError() });
 * const after = await model.getWeights();
 * const isSame = (path: string) => before[path]?.toFlat().join() === after[path]?.toFlat().join();
 * console.log(isSame('0.weight'), isSame('1.weight')); // prints: true false
 * await model.dispose();
 * ```
 */
export const frozen: LayerMaker<[layer: Layer], string, string, string> = defineLayer({
  type: 'frozen',
  parse: (options, restore) => [restore(optionsOf('frozen', options, { layer: true }).layer)],

  make(layer) {
    expectLayers('frozen', [layer]);
    const { inputs, scheme, warnings, carries, steps, borrows, activation, activations = {} } = layer;
    return {
      config: { layer: layer.config },
      inputs,
      ...(scheme && { scheme }),
      ...(warnings && { warnings }),
      ...(carries && { carries }),
      ...(steps && { steps }),
      ...(borrows && { borrows }),
      ...(activation && { activation: { name: activation.name, linear: frozen(activation.linear) } }),
      activations: Object.fromEntries(
        Object.entries(activations).map(([output, end]) => [
          output,
          {
            name: end.name,
            get linear() {
              return frozen(end.linear);
            },
          },
        ]),
      ),
      outputs: (signatures) => layer.outputs(signatures),

      weights(signatures) {
        const specs = Object.entries(layer.weights(signatures));
        return Object.fromEntries(specs.map(([name, spec]) => [name, { ...spec, trainable: false }]));
      },

      run(context, weights, batches) {
        const run = layer.run({ ...context, training: false }, weights, batches);
        const { outputs, penalties, state } = run;
        return {
          outputs,
          ...(penalties && { penalties }),
          ...(state && { state }),
          backward(grads, byState) {
            const { inputs: byInputs, state: before } = run.backward(grads, byState);
            return { weights: {}, inputs: byInputs, ...(before && { state: before }) };
          },
        };
      },
    };
  },
});
