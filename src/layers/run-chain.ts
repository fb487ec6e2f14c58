import type { Handle, Ops } from '../engines/ops.ts';
import { ModelError, show } from '../errors.ts';
import type { Batch, Layer, LayerContext, LayerRun } from './layer.ts';
import type { Signatures } from './signature.ts';
import { gradientsByPath, weightsOf } from './chain/borrowed-weights.ts';
import { ofLayer, pathOf } from './weight-spec.ts';

/** Layers one behind the other, of a model or inside of a layer: what one calls y the next one calls x; other names stay. */
function intoNext<V>({ y, ...others }: Readonly<Record<string, V>>): Readonly<Record<string, V>> {
  return y === undefined ? others : { ...others, x: y };
}

/** What goes into each layer, and what comes out. */
export interface ChainSignatures {
  readonly inputs: readonly Signatures[];
  /** What each layer hands on. */
  readonly outputs: readonly Signatures[];
  /** What comes out of the last, which would go into the next. */
  readonly end: Signatures;
}

/** @throws ModelError when a layer cannot stand where it stands */
export function chainSignatures(layers: readonly Layer[], begin: Signatures): ChainSignatures {
  const inputs: Signatures[] = [];
  const outputs: Signatures[] = [];
  let flows = begin;
  for (const [index, layer] of layers.entries()) {
    if (index > 0) expectNoPadding(layer);
    inputs.push(flows);
    const handed = layer.outputs(flows);
    outputs.push(handed);
    flows = intoNext(handed);
  }
  return { inputs, outputs, end: flows };
}

/** Padding is cut off where samples come in: @throws ModelError for a layer that names its id further behind */
function expectNoPadding({ inputs, config }: Layer): void {
  if (Object.values(inputs).every(({ padding }) => padding === undefined)) return;
  throw new ModelError(
    `model: an id of padding was expected of the first layer alone, but ${show(config.type)} stands behind others; put it first, or pass lengths`,
  );
}

/** How many steps come of so many, of layers that take x alone and hand on y. */
export function stepsThrough(layers: readonly Layer[], steps: number): number {
  return layers.reduce((count, layer) => layer.steps?.(count) ?? count, steps);
}

/** The outputs of a chain, which its last layer calls y and the next one would call x. */
export function asOutputs<V>({ x, ...others }: Readonly<Record<string, V>>): Readonly<Record<string, V>> {
  return x === undefined ? others : { y: x, ...others };
}

/**
 * How many steps each output of layers has of so many of each input, by name.
 * @param flows what goes into each layer, and what it hands on
 */
export function chainSteps(
  layers: readonly Layer[],
  { inputs, outputs }: Pick<ChainSignatures, 'inputs' | 'outputs'>,
  begin: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  let flows = begin;
  for (const [index, layer] of layers.entries()) {
    const counts = flows;
    const steps = counts[steppedInput(layer, inputs[index] as Signatures)] as number;
    const handed = Object.keys(outputs[index] as Signatures).map((output) => {
      return [output, layer.steps?.(steps, { inputs: counts, output }) ?? steps] as const;
    });
    flows = intoNext(Object.fromEntries(handed));
  }
  return asOutputs(flows);
}

/** The input whose steps are those of what a layer hands on, unless it says others: the first over time. */
export function steppedInput({ inputs }: Pick<Layer, 'inputs'>, signatures: Signatures): string {
  const names = Object.keys(inputs);
  return names.find((name) => signatures[name]?.over === 'time') ?? (names[0] as string);
}

/** What layers made of a batch, and the way back. Everything of theirs is named by path: `0.weight`. */
export interface ChainRun {
  /** What comes out of the last, as it would go into the next. */
  readonly flows: Readonly<Record<string, Batch>>;
  readonly penalties: readonly (() => Handle)[];
  statistics(): Record<string, Handle>;
  state(): Record<string, Handle>;
  /**
   * @param grads by the names of `flows`
   * @param states by what the layers carry on, where that matters
   */
  backward(
    grads: Readonly<Record<string, Handle>>,
    states?: Readonly<Record<string, Handle>>,
  ): {
    readonly weights: Record<string, Handle>;
    readonly inputs: Readonly<Partial<Record<string, () => Handle>>>;
    /** By what the layers carried before, of those that give it. */
    readonly states: Record<string, Handle>;
  };
}

/**
 * Run a batch through layers.
 * @param contextOf the context of each layer, which knows its own names alone
 * @param first the index of the layer that the batch goes into, when those before it have run
 */
export function runChain(
  ops: Ops,
  layers: readonly Layer[],
  contextOf: (index: number) => LayerContext,
  weights: Readonly<Record<string, Handle>>,
  begin: Readonly<Record<string, Batch>>,
  first = 0,
): ChainRun {
  const runs: LayerRun[] = [];
  let flows = begin;
  for (let index = first; index < layers.length; index++) {
    const layer = layers[index] as Layer;
    const run = layer.run(contextOf(index), weightsOf(layer, index, weights), flows);
    runs.push(run);
    flows = intoNext(run.outputs);
  }
  const byRun = (of: (run: LayerRun) => Readonly<Record<string, Handle | undefined>>): Record<string, Handle> =>
    Object.fromEntries(
      runs.flatMap((run, i) =>
        Object.entries(of(run)).flatMap(([name, value]) => (value ? [[pathOf(first + i, name), value]] : [])),
      ),
    );
  return {
    flows,
    penalties: runs.flatMap(({ penalties = [] }) => penalties),
    statistics: () => byRun((run) => run.statistics?.() ?? {}),
    state: () => byRun((run) => run.state?.() ?? {}),
    backward(grads, states = {}) {
      const stateOf = (run: LayerRun): Record<string, Handle> => ofLayer(states, first + runs.indexOf(run));
      const { found, inputs } = gradientsBack(ops, runs, grads, stateOf);
      const byLayer = layers.map((_, index) => found.get(runs[index - first] as LayerRun)?.weights ?? {});
      return {
        weights: gradientsByPath(ops, layers, byLayer),
        inputs,
        states: byRun((run) => found.get(run)?.state ?? {}),
      };
    },
  };
}

/**
 * The gradients of the weights of each run, from the last to the first that anybody can give a gradient to, and what gives those of
 * the inputs to whoever asks: of the first layer of a model nobody does.
 */
function gradientsBack(
  ops: Ops,
  runs: readonly LayerRun[],
  byFlow: Readonly<Record<string, Handle>>,
  stateOf: (run: LayerRun) => Readonly<Record<string, Handle>>,
): {
  readonly found: Map<LayerRun, Pick<ReturnType<LayerRun['backward']>, 'weights' | 'state'>>;
  readonly inputs: Readonly<Partial<Record<string, () => Handle>>>;
} {
  const found = new Map<LayerRun, Pick<ReturnType<LayerRun['backward']>, 'weights' | 'state'>>();
  let asked: Readonly<Partial<Record<string, () => Handle>>> = Object.fromEntries(
    Object.entries(byFlow).map(([name, grad]) => [name, () => grad]),
  );
  for (const run of runs.toReversed()) {
    if (Object.keys(asked).length === 0) break;
    const { x, ...others } = asked;
    const byOutput = x ? { ...others, y: x } : others;
    const grads = Object.entries(run.outputs).map(([name, { values }]) => {
      const grad = byOutput[name as keyof typeof byOutput] as (() => Handle) | undefined;
      return [name, grad ? grad() : ops.zeros(values.shape)] as const;
    });
    const byState = stateOf(run);
    const given = run.backward(Object.fromEntries(grads), Object.keys(byState).length > 0 ? byState : undefined);
    found.set(run, given);
    asked = given.inputs;
  }
  return { found, inputs: asked };
}
