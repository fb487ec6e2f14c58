import { expectObject, expectWhole, isPlain, MOST_NUMBERS, readable } from '../checks.ts';
import { type AnyMaker, type Configured, type Definition, define, type Maker } from '../define.ts';
import { expectHandle } from '../engines/operand-checks.ts';
import type { Handle, Indices, Ops } from '../engines/ops.ts';
import { ModelError, show } from '../errors.ts';
import type { Extents } from '../masks/mask.ts';
import type { Plan } from '../masks/plan.ts';
import type { SchemeLike, SiteRule } from '../masks/scheme.ts';
import { expectParts } from './chain/expect-parts.ts';
import { checkedContext, expectBatchOf } from './checked-inputs.ts';
import { checkedRun, type Promised } from './checked-run.ts';
import {
  expectKind,
  type Kind,
  parseSignature,
  parseSignatures,
  type Signature,
  type Signatures,
} from './signature.ts';
import type { ClassTargets } from './softmax/class-targets.ts';
import { checkedSpecs, type WeightSpec } from './weight-spec.ts';

/** What flows between layers in a run: the numbers of a batch, and which steps of them are valid. */
export interface Batch {
  /** [B,...shape], or time-major [T,B,...shape]; for ids they are {@link Indices}. */
  readonly values: Handle;
  /** B */
  readonly batch: number;
  /** T; 1 where there is one entry for each sample. */
  readonly time: number;
  /** Valid steps of each sample, [B], or null when all are. */
  readonly lengths: Indices | null;
  /** The same on the host. */
  readonly validSteps: Int32Array;
  /** Token ids on the host, [T,B], if it is of them. */
  readonly ids?: Int32Array;
}

/**
 * Numbers at the steps of another batch: what a layer that keeps the time axis hands on.
 * @param values [B,...shape], or time-major [T,B,...shape], as those of the batch
 * @throws ModelError for what is no batch, EngineError for what is no handle
 * @example
 * ```ts
 * import { atStepsOf, createEngine, onePerSample } from 'keepgate';
 *
 * const ops = await createEngine('reference');
 * const x = onePerSample(1, ops.upload([0, 0], [1, 2]));
 * const y = atStepsOf(x, ops.softmax(x.values));
 * console.log(y.batch, y.values.shape, [...(await ops.read(y.values))]); // prints: 1 [ 1, 2 ] [ 0.5, 0.5 ]
 * await ops.dispose();
 * ```
 */
export function atStepsOf(at: Batch, values: Handle): Batch {
  expectBatchOf('atStepsOf', at);
  expectHandle('atStepsOf', 'values', values);
  const { batch, time, lengths, validSteps } = at;
  return { values, batch, time, lengths, validSteps };
}

/**
 * Numbers with one entry for each sample: what a layer without a time axis hands on.
 * @param batch B
 * @param values [B,...shape]
 * @throws OptionError for what is no whole number from 1, EngineError for what is no handle
 * @example
 * ```ts
 * import { createEngine, onePerSample } from 'keepgate';
 *
 * const ops = await createEngine('reference');
 * const { batch, time, validSteps } = onePerSample(2, ops.zeros([2, 3]));
 * console.log(batch, time, [...validSteps]); // prints: 2 1 [ 1, 1 ]
 * await ops.dispose();
 * ```
 */
export function onePerSample(batch: number, values: Handle): Batch {
  expectWhole('onePerSample', 'batch', batch, 1, MOST_NUMBERS);
  expectHandle('onePerSample', 'values', values);
  return { values, batch, time: 1, lengths: null, validSteps: new Int32Array(batch).fill(1) };
}

/** The shape of a part of a state; the samples are counted where 'B' stands. */
export type StateShape = readonly (number | 'B')[];

/** What a layer is given besides its inputs: the engine, and where its masks come from. */
export interface LayerContext {
  /** The engine: nothing else computes. */
  readonly ops: Ops;
  /** Whether weights are learned from this run: then statistics are of the batch. False in MC dropout. */
  readonly training: boolean;
  /** The rates that the layer has learned so far, by the name of their weight; those that are missing are where they began. */
  readonly learned: Readonly<Record<string, number>>;
  /** What it carried when the chunk before ended, by part (see `Layer.carries`); zeros, where a sequence begins, when left out. */
  readonly state?: Readonly<Record<string, Handle>> | undefined;
  /** The plan of a scheme in this pass: drawn in training, the expectation in evaluation. Labels tell streams apart. */
  plan(scheme: SchemeLike, label: string, extents: Extents): Plan;
}

/** Weights, or their gradients, by name. */
export type LayerWeights<W extends string = string> = Readonly<Record<W, Handle>>;

/** What a layer made of a batch, and the way back. */
export interface LayerRun<W extends string = string, I extends string = string, O extends string = string> {
  /** What it hands on, by name. */
  readonly outputs: Readonly<Record<O, Batch>>;
  /** What the layer adds to the loss in training, [1] each, for whoever asks. `backward` has their gradients too. */
  readonly penalties?: readonly (() => Handle)[];
  /** The next values of weights that are statistics, for whoever trains. */
  statistics?(): Partial<LayerWeights<W>>;
  /** What it carries into the next chunk: each part that `Layer.carries` names, after the last valid step of each sample. */
  state?(): Readonly<Record<string, Handle>>;
  /**
   * Gradients of the weights, and of the inputs for whoever asks; ids have none.
   * @param grads by the outputs
   * @param state by what it carries into the next chunk, where that matters
   * @returns `state`: by what it carried from the chunk before, of a layer whose state can begin with another's, as in `encoderDecoder`
   */
  backward(
    grads: Readonly<Record<O, Handle>>,
    state?: Readonly<Record<string, Handle>>,
  ): {
    /** By the weights, those that no gradient reaches left out. */
    readonly weights: Partial<LayerWeights<W>>;
    /** By the inputs, each worked out when it is called. */
    readonly inputs: Readonly<Partial<Record<I, () => Handle>>>;
    readonly state?: Readonly<Record<string, Handle>>;
  };
}

/** What a layer can take as an input. */
export interface InputSpec {
  /** Where numbers can be vectors or sequences, and the data does not tell, they are vectors if that is among them. */
  readonly kinds: readonly Kind[];
  /** V, for ids: they are below. */
  readonly vocabulary?: number;
  /** The id that fills samples up, in front of their own ids or behind: such steps are cut off before the layer runs. */
  readonly padding?: number;
}

/**
 * A layer of a model: a description and pure functions. The weights belong to the model, which hands them in. Made by what
 * {@link defineLayer} gives, which checks that inputs are of the right kind before a function of it is called, and what
 * comes back. The names of its outputs and weights, and the roles of these, are the same for all inputs.
 */
export interface Layer<W extends string = string, I extends string = string, O extends string = string>
  extends Configured {
  /** What goes in, by name: `x` alone for nearly all. */
  readonly inputs: Readonly<Record<I, InputSpec>>;
  /** What comes out: `y` alone for nearly all. @throws ModelError when it cannot stand behind such inputs */
  outputs(inputs: Signatures<I>): Signatures<O>;
  /** Its weights by name. */
  weights(inputs: Signatures<I>): Readonly<Record<W, WeightSpec>>;
  /**
   * What it carries from one chunk of a sequence to the next, by part: {} where it works on each step alone. Left out by a
   * layer that needs the whole sequence at once; one without a time axis need not say it.
   */
  carries?(inputs: Signatures<I>): Readonly<Record<string, StateShape>>;
  /** How many steps it hands on of so many, where it changes their number: targets that are one a step are as many. */
  steps?(steps: number, at?: StepsAt): number;
  /**
   * Weights of other layers that it runs with, by the names that it has for them: paths in the list of layers in which it stands, such
   * as `{ weight: '0.weight' }`. `weights` gives their shapes, and no fresh values are drawn; the gradients are added up.
   */
  readonly borrows?: Readonly<Record<string, string>>;
  /** Run over a batch: pure, and called with inputs that the layer can take. */
  run(context: LayerContext, weights: LayerWeights<W>, inputs: Readonly<Record<I, Batch>>): LayerRun<W, I, O>;
  /**
   * For a last layer of classes that need not know all its outputs to train: the mean cross-entropy of rows, [1], as the values of its output, and
   * the gradients of that. Called in the place of `run` where a model trains by the plain `softmaxCrossEntropy`; metrics are not counted then.
   */
  crossEntropy?(
    context: LayerContext,
    weights: LayerWeights<W>,
    inputs: Readonly<Record<I, Batch>>,
    targets: ClassTargets,
  ): LayerRun<W, I, O>;
  /** What it asks plans for; a layer that never does has none. */
  readonly scheme?: readonly SiteRule[];
  /** What its scheme will do that may not be wanted. */
  warnings?(): readonly string[];
  /** For a layer that ends in an activation: its name, and the same layer without it. See `Loss.link`. */
  readonly activation?: { readonly name: string; readonly linear: Layer };
  /** The same of a layer with several outputs, by those that end in one. */
  readonly activations?: Readonly<Record<string, { readonly name: string; readonly linear: Layer }>>;
}

/** Where `steps` of a layer with several inputs or outputs is asked. */
export interface StepsAt {
  /** How many steps each input has, by name; 1 for one over samples. */
  readonly inputs: Readonly<Record<string, number>>;
  /** The output whose steps are to be told. */
  readonly output: string;
}

/** A function that makes layers of one type. */
export type LayerMaker<
  A extends readonly unknown[],
  W extends string = string,
  I extends string = 'x',
  O extends string = 'y',
> = Maker<A, Layer<W, I, O>>;

/**
 * A new type of layer: what `make` returns is called with inputs that it can take. `loadModel` finds it again when it
 * is handed in.
 * @example
 * ```ts
 * import { atStepsOf, defineLayer, kernel, key, sequential } from 'keepgate';
 *
 * const io = { inputs: { x: ['x'] }, outputs: { y: ['y'] } } as const;
 * const sum = kernel({ name: 'withItself', ...io, body: ({ add }, v) => ({ y: add(v.x, v.x) }) });
 * const twice = defineLayer<[]>({
 *   type: 'twice',
 *   make: () => ({
 *     config: {},
 *     inputs: { x: { kinds: ['vector', 'sequence'] } },
 *     outputs: ({ x }) => ({ y: x }),
 *     weights: () => ({}),
 *     run: ({ ops }, _, { x }) => ({
 *       outputs: { y: atStepsOf(x, ops.run(sum, { inputs: { x: x.values } }).y) },
 *       backward: ({ y }) => ({ weights: {}, inputs: { x: () => ops.run(sum, { inputs: { x: y } }).y } }),
 *     }),
 *   }),
 * });
 * const model = sequential([twice()]);
 * await model.build({ kind: 'vector', size: 2 }, key(1));
 * console.log(await model.predict([[1, 2]])); // prints: [ [ 2, 4 ] ]
 * await model.dispose();
 * ```
 */
export function defineLayer<
  A extends readonly unknown[],
  W extends string = string,
  I extends string = 'x',
  O extends string = 'y',
>(definition: Definition<A, Layer<W, I, O>>): LayerMaker<A, W, I, O> {
  return define<A, Layer<W, I, O>>(definition, (layer) => {
    const { type } = definition;
    expectParts(type, layer);
    const checked = (inputs: Signatures<I>): Signatures<I> => {
      expectObject(`${type}: inputs`, inputs);
      const names = Object.keys(layer.inputs) as I[];
      const found = names.map((name) => [name, inputOf(type, name, layer.inputs[name], inputs)] as const);
      return { ...inputs, ...(Object.fromEntries(found) as Signatures<I>) };
    };
    const promised: Promised = { outputs: null, weights: null };
    const running = (
      run: (told: LayerContext) => LayerRun<W, I, O>,
      ...[context, weights, inputs]: Parameters<Layer<W, I, O>['run']>
    ): LayerRun<W, I, O> => {
      const names = { inputs: Object.keys(layer.inputs), weights: Object.keys(promised.weights ?? {}) };
      const found = run(checkedContext(type, names, context, weights, inputs));
      return checkedRun(type, promised, found, weights, inputs) as LayerRun<W, I, O>;
    };
    return {
      ...layer,
      outputs(inputs) {
        const outputs = parseSignatures(type, layer.outputs(checked(inputs)));
        promised.outputs = Object.keys(outputs);
        return outputs as Signatures<O>;
      },
      weights(inputs) {
        const specs = checkedSpecs(type, layer.weights(checked(inputs)));
        promised.weights = specs;
        return specs;
      },
      ...(layer.carries && { carries: (inputs) => checkedCarries(type, layer.carries?.(checked(inputs))) }),
      ...(layer.steps && { steps: (steps, at) => checkedSteps(type, layer, steps, at) }),
      ...(layer.crossEntropy && {
        crossEntropy: (told, weights, inputs, targets) =>
          running((context) => layer.crossEntropy?.(context, weights, inputs, targets) as never, told, weights, inputs),
      }),
      run: (told, weights, inputs) => running((context) => layer.run(context, weights, inputs), told, weights, inputs),
    };
  });
}

/** @throws ModelError unless a layer gives a number of steps for one, OptionError for what is none */
function checkedSteps(type: string, layer: Pick<Layer, 'steps'>, given: number, at?: StepsAt): number {
  expectWhole(type, 'steps', given, 0);
  const steps: unknown = layer.steps?.(given, at ?? { inputs: { x: given }, output: 'y' });
  if (Number.isSafeInteger(steps) && (steps as number) >= 0) return steps as number;
  throw new ModelError(`${type}: a whole number from 0 was expected from steps, but ${show(steps)} came`);
}

/** What `carries` of a layer gave. @throws ModelError unless it is the shape of a part by each name */
function checkedCarries(type: string, shapes: unknown): Record<string, StateShape> {
  const isSize = (size: unknown): boolean => size === 'B' || (Number.isSafeInteger(size) && (size as number) >= 1);
  const isShape = (shape: unknown): boolean =>
    Array.isArray(shape) && shape.every(isSize) && shape.filter((size) => size === 'B').length === 1;
  if (isPlain(shapes) && Object.values(shapes).every(isShape)) return shapes as Record<string, StateShape>;
  throw new ModelError(
    `${type}: shapes by part, such as { h: ['B', 8] }, were expected from carries, but ${show(shapes)} came; {} where nothing is carried`,
  );
}

/**
 * For what is put together of layers.
 * @throws ModelError unless it is a list of at least one, and of layers alone
 */
export function expectLayers(who: string, layers: readonly Layer[]): void {
  if (!Array.isArray(layers)) throw new ModelError(`${who}: a list of layers was expected, but ${show(layers)} came`);
  if (readable(who, () => layers.length) === 0)
    throw new ModelError(`${who}: at least one layer was expected, but none came`);
  for (const [index, layer] of readable(who, () => Array.from(layers as readonly Layer[])).entries()) {
    if (readable(who, () => isLayer(layer))) continue;
    const maker = readable(who, () =>
      typeof layer === 'function' ? (layer as Partial<AnyMaker<Layer>>).type : undefined,
    );
    throw new ModelError(
      `${who}: a layer was expected at place ${index} of the list, but ${
        typeof maker === 'string'
          ? `the function ${maker} came; call it: ${maker}({ ... })`
          : `${show(layer)} came; such as dense({ units })`
      }`,
    );
  }
}

/** Whether it has what all layers have: `defineLayer` saw to it, unless somebody put it together by hand. */
function isLayer(layer: Layer): boolean {
  if (typeof layer !== 'object' || layer === null || typeof layer.config?.type !== 'string') return false;
  expectParts(layer.config.type, layer);
  const { warnings, scheme } = layer;
  return (warnings === undefined || typeof warnings === 'function') && (scheme === undefined || Array.isArray(scheme));
}

function inputOf(type: string, name: string, { kinds, vocabulary }: InputSpec, inputs: Signatures): Signature {
  const given = readable(type, () => inputs[name]);
  if (!given) {
    const came = Object.keys(inputs).join(', ') || 'nothing';
    throw new ModelError(`${type}: an input '${name}' was expected, but ${came} came; check the layer before it`);
  }
  const input = parseSignature(type, given);
  expectKind(type, input, kinds);
  if (vocabulary !== undefined && input.vocabulary !== vocabulary) {
    throw new ModelError(
      `${type}: token ids below ${vocabulary} were expected, but a vocabulary of ${input.vocabulary} came; make them equal`,
    );
  }
  return input;
}
