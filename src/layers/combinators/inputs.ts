import { optionsOf } from '../../checks.ts';
import type { Batch } from '../layer.ts';
import { defineLayer, type InputSpec, type Layer, type LayerMaker } from '../layer.ts';
import type { Signature } from '../signature.ts';
import { branchParts, expectNamedBranches, restoredBranches } from './branches.ts';
import { innerSchemes } from './inner-layers.ts';
import { joinedBatch, joinedSignature } from './side-by-side.ts';

/**
 * Several inputs by name, side by side: what the layers of each make of it, joined along units, [B,N+M+...] of vectors, or [T,B,N+M+...]
 * of sequences that are equally long in each sample. It stands first in a model, whose x is then by name as well. A branch of no layers
 * hands on its numbers. Weights are named by path: `words.0.weight` of the first layer of the input `words`.
 * @throws ModelError for what are no lists of layers by name, or of which not the same comes
 * @example
 * ```ts
 * import { dense, embedding, inputs, key, lstm, sequential, softmaxCrossEntropy } from 'keepgate';
 *
 * // Words, and of each whether it begins with a capital letter.
 * const both = inputs({ words: [embedding({ vocabulary: 9, units: 4 })], capitals: [] });
 * const model = sequential([both, lstm({ units: 4 }), dense({ units: 2 })]);
 * const x = { words: [[1, 2, 3], [4, 5]], capitals: [[[1], [0], [0]], [[0], [1]]] };
 * await model.fit({ x, y: [1, 0] }, { key: key(1), epochs: 1, loss: softmaxCrossEntropy() });
 * console.log((await model.getWeights())['1.weight_ih_l0']?.shape); // prints: [ 16, 5 ]
 * await model.dispose();
 * ```
 */
export const inputs: LayerMaker<[inputs: Readonly<Record<string, readonly Layer[]>>], string, string> = defineLayer({
  type: 'inputs',
  parse: (options, restore) => [
    restoredBranches('inputs', optionsOf('inputs', options, { branches: true }).branches, restore),
  ],

  make(given) {
    expectNamedBranches('inputs', given, () => true);
    const parts = branchParts('inputs', given);
    const { names, layers } = parts;
    const inOrder = <V>(values: Readonly<Record<string, V>>): readonly V[] => names.map((name) => values[name] as V);
    const specs = names.map((name, i) => [name, parts.branches[i]?.[0]?.inputs.x ?? NUMBERS] as const);
    return {
      config: { branches: parts.config },
      inputs: Object.fromEntries(specs),
      ...innerSchemes(layers),
      outputs: (signatures) => ({
        y: joinedSignature('inputs', parts.outputs(inOrder<Signature>(signatures)), layers),
      }),
      weights: (signatures) => parts.weights(inOrder<Signature>(signatures)),
      ...(parts.isCarrying && { carries: (signatures) => parts.carries(inOrder<Signature>(signatures)) }),

      run(context, weights, batches) {
        const { ys, backward, ...run } = parts.run(context, weights, inOrder<Batch>(batches));
        const { y, split } = joinedBatch('inputs', context.ops, ys);
        return {
          ...run,
          outputs: { y },
          backward({ y: dy }) {
            const found = backward(split(dy));
            const given = names.map((name, i) => [name, found.inputs[i]] as const).filter(([, grad]) => grad);
            return { weights: found.weights, inputs: Object.fromEntries(given) };
          },
        };
      },
    };
  },
});

const NUMBERS: InputSpec = { kinds: ['vector', 'sequence'] };
