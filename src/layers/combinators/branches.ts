import { isPlain, readable } from '../../checks.ts';
import type { Config, Restore } from '../../define.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { ModelError, show } from '../../errors.ts';
import { sumOf } from '../../sequence/arithmetic.ts';
import type { Batch, Layer, LayerContext, StateShape } from '../layer.ts';
import type { Signature } from '../signature.ts';
import { byPath, ofLayer, specsInside, type WeightSpec } from '../weight-spec.ts';
import { chainParts, contextOf, expectInner } from './inner-layers.ts';
import { restoredLayers } from './restored-layers.ts';

/** Layers one behind the other, several times: in a list, or by name. */
export type Branches = readonly (readonly Layer[])[] | Readonly<Record<string, readonly Layer[]>>;

/** What all branches made of a batch each, and the way back; everything of theirs is named by path: `tags.0.weight`. */
export interface BranchesRun {
  /** What comes of each branch, in their order. */
  readonly ys: readonly Batch[];
  readonly penalties: readonly (() => Handle)[];
  statistics(): Record<string, Handle>;
  state(): Record<string, Handle>;
  /**
   * @param grads by what comes of each branch, in their order
   * @returns gradients by what went into each as well, for those that have one
   */
  backward(grads: readonly Handle[]): {
    readonly weights: Record<string, Handle>;
    readonly inputs: readonly ((() => Handle) | undefined)[];
  };
}

/** Branches as parts of one layer. A branch of no layers hands on what goes in. */
export interface BranchParts {
  readonly names: readonly string[];
  readonly branches: readonly (readonly Layer[])[];
  readonly config: readonly (readonly Config[])[] | Readonly<Record<string, readonly Config[]>>;
  /** All of their layers. */
  readonly layers: readonly Layer[];
  /** @param xs what goes into each, in their order */
  outputs(xs: readonly Signature[]): readonly Signature[];
  weights(xs: readonly Signature[]): Record<string, WeightSpec>;
  /** Whether all of them go on from step to step. */
  readonly isCarrying: boolean;
  carries(xs: readonly Signature[]): Record<string, StateShape>;
  run(context: LayerContext, weights: Readonly<Record<string, Handle>>, xs: readonly Batch[]): BranchesRun;
}

/** @throws ModelError unless each branch is a list of layers with one input x and one output y, or of none */
export function branchParts(who: string, given: Branches): BranchParts {
  const entries = Object.entries(given).map(([name, branch]) => [name, [...branch]] as const);
  const names = entries.map(([name]) => name);
  const branches = entries.map(([, branch]) => branch);
  for (const branch of branches) if (branch.length > 0) expectInner(who, branch);
  const chains = branches.map((branch) => chainParts(who, branch));
  // A list counts its branches, and fresh values of weights come from what they are called.
  const place = (name: string): number | string => (Array.isArray(given) ? Number(name) : name);
  const named = <V>(of: (i: number) => Readonly<Record<string, V>>): Record<string, V> =>
    byPath(Object.fromEntries(names.map((name, i) => [name, of(i)])));
  const chainAt = (i: number) => chains[i] as (typeof chains)[number];
  const configs = entries.map(([name, branch]) => [name, branch.map(({ config }) => config)] as const);
  return {
    names,
    branches,
    config: Array.isArray(given) ? configs.map(([, config]) => config) : Object.fromEntries(configs),
    layers: branches.flat(),
    outputs: (xs) => chains.map((chain, i) => chain.output(xs[i] as Signature)),
    weights: (xs) => named((i) => specsInside(chainAt(i).weights(xs[i] as Signature), place(names[i] as string))),
    isCarrying: chains.every(({ isCarrying }) => isCarrying),
    carries: (xs) => named((i) => chainAt(i).carries(xs[i] as Signature)),

    run(context, weights, xs) {
      const runs = chains.map((chain, i) => {
        const name = names[i] as string;
        return chain.run(contextOf(context, name), ofLayer(weights, name), xs[i] as Batch);
      });
      const runAt = (i: number) => runs[i] as (typeof runs)[number];
      return {
        ys: runs.map(({ flows }) => flows.x as Batch),
        penalties: runs.flatMap(({ penalties }) => penalties),
        statistics: () => named((i) => runAt(i).statistics()),
        state: () => named((i) => runAt(i).state()),
        backward(grads) {
          const found = runs.map((run, i) => run.backward({ x: grads[i] as Handle }));
          return { weights: named((i) => found[i]?.weights ?? {}), inputs: found.map(({ inputs }) => inputs.x) };
        },
      };
    },
  };
}

/** The gradient by what all branches took; undefined where none has one. */
export function totalOf(
  ops: Ops,
  { values }: Batch,
  grads: readonly ((() => Handle) | undefined)[],
): (() => Handle) | undefined {
  const given = grads.filter((grad) => grad !== undefined);
  if (given.length === 0) return undefined;
  return () => {
    const parts = given.map((grad) => ops.reshape(grad(), values.shape));
    return parts.reduce((sum, part) => sumOf(ops, sum, part));
  };
}

/** @throws ModelError unless they are lists of layers by names that paths can have, and at least one */
export function expectNamedBranches(
  who: string,
  branches: unknown,
  isName: (name: string) => boolean,
): asserts branches is Readonly<Record<string, readonly Layer[]>> {
  const entries = isPlain(branches) ? readable(who, () => Object.entries(branches)) : [];
  if (entries.length === 0 || !entries.every(([, branch]) => Array.isArray(branch))) {
    throw new ModelError(
      `${who}: a list of layers by each name was expected, but ${show(branches)} came; such as ${who}({ words: [...], other: [...] })`,
    );
  }
  const wrong = entries.find(([name]) => name === '' || /[./\s]/.test(name) || !isName(name));
  if (!wrong) return;
  throw new ModelError(
    `${who}: names without dots, slashes and spaces were expected, but ${show(wrong[0])} came; take another`,
  );
}

/** The layers of a config with branches by name. */
export function restoredBranches(
  who: string,
  branches: unknown,
  restore: Restore<Layer>,
): Readonly<Record<string, readonly Layer[]>> {
  expectNamedBranches(who, branches, () => true);
  return Object.fromEntries(
    Object.entries(branches).map(([name, configs]) => [name, restoredLayers(who, configs, restore)]),
  );
}
