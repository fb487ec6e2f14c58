import { optionsOf } from '../../checks.ts';
import { defineLayer, type Layer, type LayerMaker } from '../layer.ts';
import { stepsThrough } from '../run-chain.ts';
import { branchParts, expectNamedBranches, restoredBranches, totalOf } from './branches.ts';
import { commonInput, innerSchemes } from './inner-layers.ts';

/**
 * Several outputs of what stands before, by name: each head is layers one behind the other over the same x, or none. It stands last in a
 * model, which is then trained with a loss for each, and predicts by name. Weights are named by path: `tags.0.weight` of the first
 * layer of the head `tags`.
 * @throws ModelError for what are no lists of layers by name, or heads that cannot take the same input
 * @example
 * ```ts
 * import { dense, embedding, heads, key, lstm, pooling, sequential, softmaxCrossEntropy } from 'keepgate';
 *
 * // Tags of words and the topic of their sentence, of the same states.
 * const tags = [dense({ units: 3 })];
 * const topic = [pooling({ over: 'mean' }), dense({ units: 2 })];
 * const model = sequential([embedding({ vocabulary: 9, units: 4 }), lstm({ units: 4, returnSequences: true }), heads({ tags, topic })]);
 * const examples = { x: [[1, 2, 3], [4, 5]], y: { tags: [[0, 1, 2], [2, 0]], topic: [1, 0] } };
 * const loss = { tags: softmaxCrossEntropy(), topic: softmaxCrossEntropy() };
 * const { epochs } = await model.fit(examples, { key: key(1), epochs: 1, loss, lossWeights: { topic: 0.5 } });
 * console.log(Object.keys(epochs[0]?.training ?? {}));
 * // prints: [ 'loss', 'tags.loss', 'tags.accuracy', 'topic.loss', 'topic.accuracy' ]
 * await model.dispose();
 * ```
 */
export const heads: LayerMaker<[heads: Readonly<Record<string, readonly Layer[]>>], string, 'x', string> = defineLayer({
  type: 'heads',
  parse: (options, restore) => [
    restoredBranches('heads', optionsOf('heads', options, { branches: true }).branches, restore),
  ],

  make(given) {
    // What one layer calls y the next one calls x: an output x beside it could not be told from it.
    expectNamedBranches('heads', given, (name) => name !== 'x');
    const parts = branchParts('heads', given);
    const { names, branches, layers } = parts;
    const ofAll = <V>(x: V): readonly V[] => names.map(() => x);
    const named = <V>(values: readonly V[]): Record<string, V> =>
      Object.fromEntries(names.map((name, i) => [name, values[i] as V]));
    const ofHead = (name: string): readonly Layer[] => branches[names.indexOf(name)] ?? [];
    return {
      config: { branches: parts.config },
      inputs: {
        x: commonInput(
          'heads',
          branches.flatMap(([first]) => (first ? [first] : [])),
        ),
      },
      ...innerSchemes(layers),
      activations: activationsOf(named(branches)),
      outputs: ({ x }) => named(parts.outputs(ofAll(x))),
      weights: ({ x }) => parts.weights(ofAll(x)),
      ...(parts.isCarrying && { carries: ({ x }) => parts.carries(ofAll(x)) }),
      ...(layers.some(({ steps }) => steps) && {
        steps: (steps, at) => stepsThrough(ofHead(at?.output ?? ''), steps),
      }),

      run(context, weights, { x }) {
        const { ys, backward, ...run } = parts.run(context, weights, ofAll(x));
        return {
          ...run,
          outputs: named(ys),
          backward(grads) {
            const found = backward(names.map((name) => grads[name] as (typeof grads)[string]));
            const dx = totalOf(context.ops, x, found.inputs);
            return { weights: found.weights, inputs: dx ? { x: dx } : {} };
          },
        };
      },
    };
  },
});

/** By the heads that end in an activation: their losses may want it away. */
function activationsOf(branches: Readonly<Record<string, readonly Layer[]>>): NonNullable<Layer['activations']> {
  return Object.fromEntries(
    Object.entries(branches).flatMap(([name, layers]) => {
      const end = layers.at(-1)?.activation;
      if (!end) return [];
      const linear = (): Layer => heads({ ...branches, [name]: [...layers.slice(0, -1), end.linear] });
      // Made when asked for, as each has activations of the others.
      const activation = Object.defineProperty({ name: end.name }, 'linear', { get: linear, enumerable: true });
      return [[name, activation as { name: string; linear: Layer }]];
    }),
  );
}
