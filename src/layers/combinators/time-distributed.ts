import { optionsOf } from '../../checks.ts';
import { ModelError, show } from '../../errors.ts';
import { gatherRows } from '../gather-rows.ts';
import { atStepsOf, type Batch, defineLayer, type Layer, type LayerMaker, onePerSample } from '../layer.ts';
import { kindOf, type Signature, showSignature } from '../signature.ts';
import { expectInner } from './inner-layers.ts';

/**
 * A layer of vectors at every valid step of a sequence: [T,B,N] to [T,B,M], as if each step were a sample. `dense` and the
 * normalisations take sequences as they are, and need it not; it is for layers of your own that take vectors alone. Steps of
 * padding do not go in.
 * @throws ModelError for a layer that takes no vectors, hands on none, or drops: `dropout()` acts on sequences
 * @example
 * ```ts
 * import { dense, sequential, timeDistributed } from 'keepgate';
 *
 * const model = sequential([timeDistributed(dense({ units: 1 }))]);
 * await model.setWeights({ '0.weight': [[2]], '0.bias': [1] }, { input: { kind: 'sequence', size: 1 } });
 * console.log(await model.predict([[[1], [2]], [[5]]])); // prints: [ [ [ 3 ], [ 5 ] ], [ [ 11 ] ] ]
 * await model.dispose();
 * ```
 */
export const timeDistributed: LayerMaker<[layer: Layer], string> = defineLayer({
  type: 'timeDistributed',
  parse: (options, restore) => [restore(optionsOf('timeDistributed', options, { layer: true }).layer)],

  make(layer) {
    expectInner('timeDistributed', [layer]);
    const { config, inputs, scheme = [], warnings, borrows, activation } = layer;
    if (!inputs.x?.kinds.includes('vector')) {
      throw new ModelError(
        `timeDistributed: a layer that takes vectors was expected inside, but ${show(config.type)} came, which takes ${inputs.x?.kinds.join(' or ')}`,
      );
    }
    if (scheme.length > 0) {
      throw new ModelError(
        `timeDistributed: a layer that drops nothing was expected inside, but ${show(config.type)} came; put dropout() beside it, which acts on sequences`,
      );
    }
    const atStep = (x: Signature): { readonly x: Signature } => ({ x: { ...x, over: 'batch' } });
    return {
      config: { layer: config },
      inputs: { x: { kinds: ['sequence'] } },
      ...(warnings && { warnings }),
      ...(borrows && { borrows }),
      ...(activation && { activation: { name: activation.name, linear: timeDistributed(activation.linear) } }),

      outputs({ x }) {
        const { y, ...others } = layer.outputs(atStep(x));
        if (y && kindOf(y) === 'vector' && Object.keys(others).length === 0) return { y: { ...y, over: 'time' } };
        throw new ModelError(
          `timeDistributed: a layer with vectors as its one output was expected inside, but ${show(config.type)} hands on ${y ? showSignature(y) : 'others'}`,
        );
      },

      weights: ({ x }) => layer.weights(atStep(x)),
      carries: () => ({}),

      run(context, weights, { x }) {
        const { ops } = context;
        const { batch, time, validSteps } = x;
        const valid = Int32Array.from({ length: time * batch }, (_, row) => row).filter(
          (row) => Math.floor(row / batch) < (validSteps[row % batch] as number),
        );
        // Where there is no step at all, one of zeros, which nobody gets.
        const rows = valid.length > 0 ? valid : Int32Array.of(-1);
        const places = new Int32Array(time * batch).fill(-1);
        for (const [place, row] of valid.entries()) places[row] = place;
        const taken = gatherRows(ops, x.values, rows, [rows.length]);
        const run = layer.run(context, weights, { x: onePerSample(rows.length, taken.y) });
        const put = gatherRows(ops, (run.outputs.y as Batch).values, places, [time, batch]);
        const { penalties, statistics } = run;
        return {
          outputs: { y: atStepsOf(x, put.y) },
          ...(penalties && { penalties }),
          ...(statistics && { statistics }),
          backward({ y: dy }) {
            const { weights: grads, inputs: byInput } = run.backward({ y: put.backward(dy) });
            const dx = byInput.x;
            return { weights: grads, inputs: dx ? { x: () => taken.backward(dx()) } : {} };
          },
        };
      },
    };
  },
});
