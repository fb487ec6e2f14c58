import { optionsOf } from '../../checks.ts';
import { ModelError, show } from '../../errors.ts';
import { defineLayer, type Layer, type LayerMaker } from '../layer.ts';
import { branchParts, totalOf } from './branches.ts';
import { commonInput, innerSchemes } from './inner-layers.ts';
import { restoredLayers } from './restored-layers.ts';
import { joinedBatch, joinedSignature } from './side-by-side.ts';

/**
 * Branches over the same input, side by side: [f(x), g(x), ...] joined along units, [B,N+M+...] of vectors or
 * [T,B,N+M+...] of sequences. A branch is layers one behind the other; one of no layers hands on x itself. Weights are named by path:
 * `1.0.weight` of the first layer of the second branch.
 * @throws ModelError for what are no lists of layers, branches that cannot take the same input, or of which not the same comes
 * @example
 * ```ts
 * import { concatenate, conv1d, dense, embedding, key, pooling, sequential } from 'keepgate';
 *
 * // A convolutional classifier of sentences (Kim 2014, arXiv:1408.5882): windows of 2 and 3 words.
 * const ofWidth = (kernelSize: number) => [conv1d({ filters: 4, kernelSize, padding: 'same' }), pooling({ over: 'max' })];
 * const words = embedding({ vocabulary: 50, units: 8 });
 * const model = sequential([words, concatenate(ofWidth(2), ofWidth(3)), dense({ units: 2 })]);
 * await model.build({ kind: 'tokens', vocabulary: 50 }, key(1));
 * console.log((await model.getWeights())['2.weight']?.shape); // prints: [ 2, 8 ]
 * await model.dispose();
 * ```
 */
export const concatenate: LayerMaker<readonly (readonly Layer[])[], string> = defineLayer({
  type: 'concatenate',

  parse(options, restore) {
    const { branches } = optionsOf('concatenate', options, { branches: true });
    expectBranches(branches);
    return branches.map((branch) => restoredLayers('concatenate', branch, restore));
  },

  make(...given) {
    expectBranches(given);
    const parts = branchParts('concatenate', given as readonly (readonly Layer[])[]);
    const ofAll = <V>(x: V): readonly V[] => parts.names.map(() => x);
    return {
      config: { branches: parts.config },
      inputs: {
        x: commonInput(
          'concatenate',
          parts.branches.flatMap(([first]) => (first ? [first] : [])),
        ),
      },
      ...innerSchemes(parts.layers),
      outputs: ({ x }) => ({ y: joinedSignature('concatenate', parts.outputs(ofAll(x)), parts.layers) }),
      weights: ({ x }) => parts.weights(ofAll(x)),
      ...(parts.isCarrying && { carries: ({ x }) => parts.carries(ofAll(x)) }),

      run(context, weights, { x }) {
        const { ops } = context;
        const { ys, backward, ...run } = parts.run(context, weights, ofAll(x));
        const { y, split } = joinedBatch('concatenate', ops, ys);
        return {
          ...run,
          outputs: { y },
          backward({ y: dy }) {
            const found = backward(split(dy));
            const dx = totalOf(ops, x, found.inputs);
            return { weights: found.weights, inputs: dx ? { x: dx } : {} };
          },
        };
      },
    };
  },
});

/** @throws ModelError unless they are lists, and at least one */
function expectBranches(branches: unknown): asserts branches is readonly (readonly unknown[])[] {
  if (Array.isArray(branches) && branches.length > 0 && branches.every((branch) => Array.isArray(branch))) return;
  const came = Array.isArray(branches) ? (branches.find((branch) => !Array.isArray(branch)) ?? 'nothing') : branches;
  throw new ModelError(
    `concatenate: a list of layers for each branch was expected, but ${show(came)} came; such as concatenate([...], [...])`,
  );
}
