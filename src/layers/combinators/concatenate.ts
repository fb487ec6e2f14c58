import { optionsOf } from '../../checks.ts';
import type { Handle, Indices, Ops } from '../../engines/ops.ts';
import { ModelError, show } from '../../errors.ts';
import { sumOf } from '../../sequence/arithmetic.ts';
import { sizeOf } from '../../tensor/tensor.ts';
import { type Batch, defineLayer, type Layer, type LayerMaker } from '../layer.ts';
import { rowSize, type Signature, showSignature } from '../signature.ts';
import { byPath, ofLayer, specsInside } from '../weight-spec.ts';
import { chainParts, commonInput, contextOf, expectInner, expectSameSteps, innerSchemes } from './inner-layers.ts';
import { restoredLayers } from './restored-layers.ts';

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
    const branches = given.map((branch) => [...branch]);
    for (const branch of branches) if (branch.length > 0) expectInner('concatenate', branch);
    const chains = branches.map((branch) => chainParts('concatenate', branch));
    const all = branches.flat();
    return {
      config: { branches: branches.map((branch) => branch.map(({ config }) => config)) },
      inputs: {
        x: commonInput(
          'concatenate',
          branches.flatMap(([first]) => (first ? [first] : [])),
        ),
      },
      ...innerSchemes(all),

      outputs({ x }) {
        const ys = chains.map((chain) => chain.output(x));
        return { y: joined(ys, all) };
      },

      weights: ({ x }) => byPath(chains.map((chain, i) => specsInside(chain.weights(x), i))),
      ...(chains.every(({ isCarrying }) => isCarrying) && {
        carries: ({ x }) => byPath(chains.map((chain) => chain.carries(x))),
      }),

      run(context, weights, { x }) {
        const { ops } = context;
        const runs = chains.map((chain, i) => chain.run(contextOf(context, i), ofLayer(weights, i), x));
        const ys = runs.map(({ flows }) => flows.x as Batch);
        for (const y of ys) expectSameSteps('concatenate', ys[0] as Batch, y);
        const { y, split } = sideBySide(
          ops,
          ys.map(({ values }) => values),
        );
        return {
          outputs: { y: { ...(ys[0] as Batch), values: y } },
          penalties: runs.flatMap(({ penalties }) => penalties),
          statistics: () => byPath(runs.map((run) => run.statistics())),
          state: () => byPath(runs.map((run) => run.state())),
          backward({ y: dy }) {
            const found = split(dy).map((part, i) => (runs[i] as (typeof runs)[number]).backward(part));
            const inputs = found.flatMap(({ inputs: { x: grad } }) => (grad ? [grad] : []));
            return {
              weights: byPath(found.map((grads) => grads.weights)),
              inputs: inputs.length > 0 ? { x: () => total(ops, x, inputs) } : {},
            };
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

/** @throws ModelError unless all are rows of numbers, over the same */
function joined(ys: readonly Signature[], layers: readonly Layer[]): Signature {
  const [first] = ys as [Signature];
  for (const y of ys) {
    if (y.over === first.over && y.dtype === 'numbers' && y.shape.length === 1) continue;
    throw new ModelError(
      `concatenate: rows of numbers were expected of all branches, for each sample or for each step of them, but ${ys.map(showSignature).join(' and ')} came`,
    );
  }
  const changing = layers.find(({ steps }) => steps);
  if (first.over === 'time' && changing) {
    throw new ModelError(
      `concatenate: branches that hand on as many steps as come were expected, but ${show(changing.config.type)} does not; set padding: 'same' or 'causal', without strides, or end each branch in a pooling()`,
    );
  }
  return { ...first, shape: [ys.reduce((size, y) => size + rowSize('concatenate', y), 0)] };
}

/** The gradient by what all branches took. */
function total(ops: Ops, { values }: Batch, grads: readonly (() => Handle)[]): Handle {
  const parts = grads.map((grad) => ops.reshape(grad(), values.shape));
  return parts.reduce((sum, part) => sumOf(ops, sum, part));
}

/**
 * Rows [...,N], [...,M], ... as rows [...,N+M+...], and back. Engines join along the first axis alone, so that pieces that are as wide as
 * all widths have in common are laid one behind the other, and taken in the order of rows.
 */
function sideBySide(ops: Ops, parts: readonly Handle[]): { readonly y: Handle; split(dy: Handle): Handle[] } {
  const widths = parts.map(({ shape }) => shape.at(-1) ?? 0);
  const [{ shape }] = parts as [Handle];
  const rows = sizeOf(shape.slice(0, -1));
  const piece = widths.reduce(commonDivisor);
  const counts = widths.map((width) => width / piece);
  const perRow = counts.reduce((sum, count) => sum + count, 0);
  const starts = counts.map((_, i) => counts.slice(0, i).reduce((sum, count) => sum + count, 0));
  const upload = (places: Int32Array): Indices => ops.uploadIndices(places, [places.length]);
  const order = new Int32Array(rows * perRow);
  for (const [i, count] of counts.entries()) {
    const start = starts[i] as number;
    for (let row = 0; row < rows; row++)
      for (let k = 0; k < count; k++) order[row * perRow + start + k] = start * rows + row * count + k;
  }
  const pieces = ops.concat(parts.map((part, i) => ops.reshape(part, [rows * (counts[i] as number), piece])));
  return {
    y: ops.reshape(ops.gather(pieces, upload(order)), [...shape.slice(0, -1), perRow * piece]),
    split(dy) {
      const table = ops.reshape(dy, [rows * perRow, piece]);
      return parts.map((part, i) => {
        const [count, start] = [counts[i] as number, starts[i] as number];
        const places = Int32Array.from(
          { length: rows * count },
          (_, at) => Math.floor(at / count) * perRow + start + (at % count),
        );
        return ops.reshape(ops.gather(table, upload(places)), part.shape);
      });
    },
  };
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
