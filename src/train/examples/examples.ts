import { expectNumbers, isPlain, optionsOf, partsOf, readable } from '../../checks.ts';
import { DataError, OptionError, show } from '../../errors.ts';
import type { Layer } from '../../layers/layer.ts';
import { chainSteps, steppedInput } from '../../layers/run-chain.ts';
import type { LengthsLike } from '../../layers/recurrent/lengths.ts';
import { rowSize, type Signature, type Signatures } from '../../layers/signature.ts';
import type { TensorLike } from '../../tensor/tensor.ts';
import type { Loss } from '../losses/loss.ts';
import { byHead, headsOf } from '../losses/loss-by-head.ts';
import type { Architecture } from '../model/network.ts';
import { checkedAs, columnsOf, isUnnamed } from './by-name.ts';
import { readSamples, type Sample, type Samples } from './samples.ts';
import { countsAtAll, readTargets, type Target, type Targets, targetsOf } from './targets.ts';

/**
 * What a model learns from, one entry a sample. An input is what the first layer takes: token ids [T], a sequence
 * [T][I], or a vector [I]; samples need not be equally long. A target is a class number or a list of values; for a
 * model that hands on every step, a list of them, one a step. Wherever a list of numbers is, a typed array may be, and
 * all samples together may be one tensor: `tensor(data, [N, T, I])`, which copies nothing.
 */
export interface Examples<X = Samples, Y = Targets> {
  /**
   * Inputs, one a sample: a list of them, or a tensor [N,T] of ids, [N,T,I] or [N,I]. Of several inputs such by name, or a list with an object
   * of them for each sample.
   */
  readonly x: X;
  /** Targets, as many; of several outputs by name, the same, and null where a sample has none of an output. */
  readonly y: Y;
  /**
   * Valid steps of each sample, where inputs are padded behind them; all are valid when left out. Targets that are one
   * a step are padded as the inputs are, with anything. By name where there are several inputs.
   */
  readonly lengths?: LengthsLike | Readonly<Record<string, LengthsLike>>;
  /**
   * What each sample weighs in the mean loss, from 0: in training, and in the loss of validation and evaluation. Metrics count
   * all samples alike. All weigh the same when left out. Of several outputs for all, or by name.
   */
  readonly sampleWeight?: ArrayLike<number> | Readonly<Record<string, ArrayLike<number>>>;
}

/** The inputs of a sample, by name. */
export type InputsByName = Readonly<Record<string, TensorLike>>;

/** The targets of a sample, by name. */
export type TargetsByName = Readonly<Record<string, TensorLike | null>>;

/** What goes into a model: samples, and where it has several inputs such by name, or an object of them for each sample. */
export type InputsLike = Samples | Readonly<Record<string, Samples>> | readonly InputsByName[];

/** Targets; where a model has several outputs such by name, or an object of them for each sample. */
export type TargetsLike =
  | Targets
  | Readonly<Record<string, Targets | readonly (TensorLike | null)[]>>
  | readonly TargetsByName[];

/** One sample that a model learns from. */
export interface Example<X = TensorLike, Y = TensorLike> {
  /** An input: token ids [T], a sequence [T][I], or a vector [I]; several by name. */
  readonly x: X;
  /**
   * Its target: a class number or a list of values; a list of them, one a step, for a model that hands on every step. Of several outputs by
   * name, where one that it has not is null or left out.
   */
  readonly y: Y;
  /** What it weighs in the mean loss, from 0; 1 when left out. */
  readonly weight?: number;
}

/** All inputs and all targets, or a list that has both for each sample. */
export type ExamplesLike = AnyExamples | readonly AnyExample[];

/** The same for models with one input and output, or with several by name. */
export type AnyExamples = Examples<InputsLike, TargetsLike>;

/** The same of one sample. */
export type AnyExample = Example<TensorLike | InputsByName, TensorLike | TargetsByName>;

/** Examples that were checked, without padding. */
export interface CheckedExamples {
  /** By the names of the inputs, and as many of each. */
  readonly x: Readonly<Record<string, readonly Sample[]>>;
  /** How many steps each sample has: those of its longest input. */
  readonly steps: readonly number[];
  /** By the names of the outputs, and as many. */
  readonly y: Readonly<Record<string, readonly Target[]>>;
  /** The same; null when all weigh the same. */
  readonly weights: Readonly<Record<string, readonly number[] | null>>;
}

/**
 * Check all examples before any is used.
 * @param first the number of the first of them, where they are a part of more; all there are when left out
 * @throws DataError or ShapeError for what a model cannot learn from
 */
export function checkExamples(
  loss: Loss,
  architecture: Architecture,
  examples: ExamplesLike,
  first?: number,
): CheckedExamples {
  const { x, y, lengths, sampleWeight } = examplesOf(examples);
  const { layers, inputs, outputs, flows } = architecture;
  const samples = readInputs('examples', x, lengths, architecture, first);
  const count = samples.steps.length;
  const heads = headsOf(loss, outputs);
  const columns = columnsOf('y', Object.keys(outputs), y, first);
  const weighed = sampleWeight === undefined ? {} : weightsByHead(loss, sampleWeight);
  const stepsOf = (i: number): Record<string, number> =>
    Object.fromEntries(Object.entries(samples.x).map(([name, column]) => [name, (column[i] as Sample).steps]));
  const stepped = samples.x[steppedInput(layers[0] as Layer, inputs)] as readonly Sample[];
  const changesSteps = layers.some(({ steps }) => steps);
  const read = heads.map((head) =>
    checkedAs(Object.keys(outputs), head.name, () => {
      const targets = targetsOf(columns[head.name] as Targets);
      if (count !== targets.length) {
        throw new DataError(
          `examples: as many targets as inputs were expected, but ${count} inputs and ${targets.length} targets came`,
        );
      }
      if (count === 0) throw new DataError('examples: at least one sample was expected, but none came');
      const found = readTargets(head.loss, head.output, targets, {
        samples: stepped,
        first,
        handedOn: changesSteps ? (i) => chainSteps(layers, flows, stepsOf(i))[head.name] as number : null,
        canMiss: loss.heads !== undefined,
      });
      const width = head.loss.target === 'class' ? 1 : rowSize('model', head.output);
      const given = weighed[head.name];
      const weights = given === undefined ? null : readWeights(head.loss, found, width, given, first);
      return { name: head.name, found, weights };
    }),
  );
  return {
    ...samples,
    y: Object.fromEntries(read.map(({ name, found }) => [name, found])),
    weights: Object.fromEntries(read.map(({ name, weights }) => [name, weights])),
  };
}

/** What samples weigh is told for all outputs, or for each. */
function weightsByHead(loss: Loss, given: NonNullable<Examples['sampleWeight']>): Record<string, ArrayLike<number>> {
  if (!loss.heads) return { y: given as ArrayLike<number> };
  if (isPlain(given)) return byHead<ArrayLike<number>>('examples: sampleWeight', loss, given);
  return Object.fromEntries(Object.keys(loss.heads).map((name) => [name, given as ArrayLike<number>]));
}

/**
 * All inputs of samples, checked before any is used.
 * @param lengths valid steps of each, by input where there are several
 * @throws DataError or ShapeError for what the model cannot take
 */
export function readInputs(
  who: string,
  x: InputsLike,
  lengths: Examples['lengths'],
  { layers, inputs }: Pick<Architecture, 'layers' | 'inputs'>,
  first?: number,
): Pick<CheckedExamples, 'x' | 'steps'> {
  const names = Object.keys(inputs);
  const columns = columnsOf('x', names, x, first);
  const told = lengthsByInput(who, names, lengths);
  const read = names.map((name) =>
    checkedAs(names, name, () => {
      const model = { layers, input: inputs[name] as Signature };
      return readSamples(who, columns[name] as Samples, told[name], model, first, name);
    }),
  );
  const [one] = read as [Sample[]];
  for (const [i, column] of read.entries()) {
    if (column.length === one.length) continue;
    throw new DataError(
      `${who}: as many samples of each input were expected, but ${one.length} of ${names[0]} and ${column.length} of ${names[i]} came`,
    );
  }
  const byName = Object.fromEntries(names.map((name, i) => [name, read[i] as Sample[]]));
  const timed = names.filter((name) => inputs[name]?.over === 'time');
  if (timed.length > 1 && goSideBySide(layers[0] as Layer, inputs)) expectSideBySide(who, timed, byName, first ?? 0);
  const steps = one.map((_, i) => read.reduce((longest, column) => Math.max(longest, column[i]?.steps ?? 0), 0));
  return { x: byName, steps };
}

/** Whether the steps of several inputs are those of one output. */
function goSideBySide(layer: Layer, inputs: Signatures): boolean {
  return !layer.steps && Object.values(layer.outputs(inputs)).some(({ over }) => over === 'time');
}

/** @throws DataError unless each sample is equally long in all of these inputs */
function expectSideBySide(
  who: string,
  [one, ...others]: readonly string[],
  columns: CheckedExamples['x'],
  first: number,
): void {
  const stepsOf = (name: string, i: number): number | undefined => columns[name]?.[i]?.steps;
  for (const other of others) {
    const i = columns[other]?.findIndex((sample, at) => sample.steps !== stepsOf(one as string, at)) ?? -1;
    if (i === -1) continue;
    throw new DataError(
      `${who}: as many steps of each input were expected, but sample ${first + i} has ${stepsOf(one as string, i)} of ${one} and ${stepsOf(other, i)} of ${other}; make them equal, or end each input in a layer that hands on a vector`,
    );
  }
}

/** @throws DataError for lengths of an input that there is not */
function lengthsByInput(
  who: string,
  names: readonly string[],
  lengths: Examples['lengths'],
): Readonly<Record<string, LengthsLike | undefined>> {
  if (lengths === undefined) return {};
  if (isUnnamed(names)) return { x: lengths as LengthsLike };
  if (isPlain(lengths) && Object.keys(lengths).every((name) => names.includes(name)))
    return lengths as Readonly<Record<string, LengthsLike>>;
  throw new DataError(
    `${who}: lengths by the names ${names.join(', ')} were expected, but ${show(lengths)} came; pass lengths: { ${names[0]}: [...] }`,
  );
}

/** The targets of an output, and what they weigh. */
export function targetsOfHead(
  { y, weights }: Pick<CheckedExamples, 'y' | 'weights'>,
  name: string,
): { readonly y: readonly Target[]; readonly weights: readonly number[] | null } {
  return { y: y[name] as readonly Target[], weights: weights[name] ?? null };
}

/** @throws OptionError or DataError unless there is a weight for each sample, and one above 0 whose targets count */
function readWeights(
  loss: Loss,
  targets: readonly Target[],
  width: number,
  sampleWeight: ArrayLike<number>,
  first: number | undefined,
): readonly number[] {
  // Of a stream it is a list of one, which nobody wrote: its entry is named below.
  if (first === undefined) expectNumbers('examples', 'sampleWeight', sampleWeight);
  if (!loss.weighs) {
    throw new OptionError(
      `examples: a loss that heeds weights was expected with sampleWeight, but ${loss.config.type} came; see Loss.weighs`,
    );
  }
  const weights = Array.from(sampleWeight);
  if (weights.length !== targets.length) {
    throw new DataError(
      `examples: a weight for each of ${targets.length} samples was expected as sampleWeight, but ${weights.length} came`,
    );
  }
  const wrong = weights.findIndex(
    (weight) => !(typeof weight === 'number' && weight >= 0 && weight < Number.POSITIVE_INFINITY),
  );
  if (wrong !== -1) {
    throw new DataError(
      `examples: a finite number from 0 was expected as the weight of sample ${(first ?? 0) + wrong}, but ${show(weights[wrong])} came; leave the sample out, or mend it`,
    );
  }
  if (first !== undefined) return weights;
  if (!targets.some((target, i) => (weights[i] as number) > 0 && countsAtAll(loss, target, width))) {
    throw new DataError(
      'examples: a sample whose weight is above 0 was expected, but sampleWeight leaves none; raise one of them',
    );
  }
  // Only how they compare matters in a weighted mean: so scaled, no sum of them is infinite.
  const largest = weights.reduce((a, b) => Math.max(a, b), 0);
  return largest > 1e100 || largest < 1e-100 ? weights.map((weight) => weight / largest) : weights;
}

/** @throws OptionError or DataError unless they have inputs and targets, and nothing unknown */
export function examplesOf(examples: ExamplesLike): AnyExamples {
  if (isList(examples)) return fromList(readable('examples', () => Array.from(examples)));
  if (typeof examples === 'object' && examples !== null && !isIterable(examples))
    return optionsOf('examples', examples, { x: true, y: true, lengths: true, sampleWeight: true });
  throw new OptionError(
    `examples: { x, y } with all inputs and targets, or a list of { x, y }, was expected, but ${show(examples)} came; make a list of what gives them one by one, which fit alone learns from`,
  );
}

function isList(examples: ExamplesLike): examples is readonly AnyExample[] {
  return readable('examples', () => Array.isArray(examples));
}

/** Whether it can be gone through, with waiting or without. */
export function isIterable(value: object): value is AsyncIterable<unknown> | Iterable<unknown> {
  return readable('examples', () =>
    [Symbol.asyncIterator, Symbol.iterator].some((name) => typeof Object(value)[name] === 'function'),
  );
}

function fromList(list: readonly unknown[]): AnyExamples {
  const samples = list.map(expectExample);
  const isWeighed = samples.some(({ weight }) => weight !== undefined);
  return {
    x: samples.map(({ x }) => x) as InputsLike,
    y: samples.map(({ y }) => y) as TargetsLike,
    ...(isWeighed ? { sampleWeight: samples.map(({ weight = 1 }) => weight) } : {}),
  };
}

/** @throws DataError or OptionError for what is no sample @param i its number, for the message */
export function expectExample(example: unknown, i: number): AnyExample {
  const { x, y } = partsOf<AnyExample>('examples', example, 'x', 'y');
  if (typeof example === 'object' && example !== null && x !== undefined && y !== undefined)
    return optionsOf(`examples: sample ${i}`, example as AnyExample, { x: true, y: true, weight: true });
  throw new DataError(
    `examples: { x, y } was expected as sample ${i}, but ${show(example)} came; give each sample its input and target, or pass { x, y } with all of them`,
  );
}

/** Some of the examples, in this order. */
export function pick({ y, weights, ...samples }: CheckedExamples, indices: readonly number[]): CheckedExamples {
  return {
    ...pickInputs(samples, indices),
    y: ofEach(y, (targets) => taken(targets, indices)),
    weights: ofEach(weights, (ofHead) => ofHead && taken(ofHead, indices)),
  };
}

/** The same of samples without targets. */
export function pickInputs(
  { x, steps }: Pick<CheckedExamples, 'x' | 'steps'>,
  indices: readonly number[],
): Pick<CheckedExamples, 'x' | 'steps'> {
  return { x: ofEach(x, (samples) => taken(samples, indices)), steps: taken(steps, indices) };
}

function taken<V>(values: readonly V[], indices: readonly number[]): readonly V[] {
  return indices.map((i) => values[i] as V);
}

function ofEach<V, W>(columns: Readonly<Record<string, V>>, of: (column: V) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, of(column)]));
}
