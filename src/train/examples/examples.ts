import { expectNumbers, optionsOf, partsOf, readable } from '../../checks.ts';
import { DataError, OptionError, show } from '../../errors.ts';
import { chainSteps } from '../../layers/run-chain.ts';
import type { LengthsLike } from '../../layers/recurrent/lengths.ts';
import { rowSize } from '../../layers/signature.ts';
import type { TensorLike } from '../../tensor/tensor.ts';
import type { Loss } from '../losses/loss.ts';
import type { Architecture } from '../model/network.ts';
import { readSamples, type Sample, type Samples } from './samples.ts';
import { countsAtAll, readTargets, type Target, type Targets, targetsOf } from './targets.ts';

/**
 * What a model learns from, one entry a sample. An input is what the first layer takes: token ids [T], a sequence
 * [T][I], or a vector [I]; samples need not be equally long. A target is a class number or a list of values; for a
 * model that hands on every step, a list of them, one a step. Wherever a list of numbers is, a typed array may be, and
 * all samples together may be one tensor: `tensor(data, [N, T, I])`, which copies nothing.
 */
export interface Examples {
  /** Inputs, one a sample: a list of them, or a tensor [N,T] of ids, [N,T,I] or [N,I]. */
  readonly x: Samples;
  /** Targets, as many. */
  readonly y: Targets;
  /**
   * Valid steps of each sample, where inputs are padded behind them; all are valid when left out. Targets that are one
   * a step are padded as the inputs are, with anything.
   */
  readonly lengths?: LengthsLike;
  /**
   * What each sample weighs in the mean loss, from 0: in training, and in the loss of validation and evaluation. Metrics count
   * all samples alike. All weigh the same when left out.
   */
  readonly sampleWeight?: ArrayLike<number>;
}

/** One sample that a model learns from. */
export interface Example {
  /** An input: token ids [T], a sequence [T][I], or a vector [I]. */
  readonly x: TensorLike;
  /** Its target: a class number or a list of values; a list of them, one a step, for a model that hands on every step. */
  readonly y: TensorLike;
  /** What it weighs in the mean loss, from 0; 1 when left out. */
  readonly weight?: number;
}

/** All inputs and all targets, or a list that has both for each sample. */
export type ExamplesLike = Examples | readonly Example[];

/** Examples that were checked, without padding. */
export interface CheckedExamples {
  readonly x: readonly Sample[];
  /** As many. */
  readonly y: readonly Target[];
  /** As many; null when all weigh the same. */
  readonly weights: readonly number[] | null;
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
  const samples = readSamples('examples', x, lengths, architecture, first);
  const targets = targetsOf(y);
  if (samples.length !== targets.length) {
    throw new DataError(
      `examples: as many targets as inputs were expected, but ${samples.length} inputs and ${targets.length} targets came`,
    );
  }
  if (samples.length === 0) throw new DataError('examples: at least one sample was expected, but none came');
  const handedOn = chainSteps(architecture.layers);
  const read = readTargets(loss, architecture.output, targets, { samples, first, handedOn });
  const width = loss.target === 'class' ? 1 : rowSize('model', architecture.output);
  const weights = sampleWeight === undefined ? null : readWeights(loss, read, width, sampleWeight, first);
  return { x: samples, y: read, weights };
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
export function examplesOf(examples: ExamplesLike): Examples {
  if (isList(examples)) return fromList(readable('examples', () => Array.from(examples)));
  if (typeof examples === 'object' && examples !== null && !isIterable(examples))
    return optionsOf('examples', examples, { x: true, y: true, lengths: true, sampleWeight: true });
  throw new OptionError(
    `examples: { x, y } with all inputs and targets, or a list of { x, y }, was expected, but ${show(examples)} came; make a list of what gives them one by one, which fit alone learns from`,
  );
}

function isList(examples: ExamplesLike): examples is readonly Example[] {
  return readable('examples', () => Array.isArray(examples));
}

/** Whether it can be gone through, with waiting or without. */
export function isIterable(value: object): value is AsyncIterable<unknown> | Iterable<unknown> {
  return readable('examples', () =>
    [Symbol.asyncIterator, Symbol.iterator].some((name) => typeof Object(value)[name] === 'function'),
  );
}

function fromList(list: readonly unknown[]): Examples {
  const samples = list.map(expectExample);
  const isWeighed = samples.some(({ weight }) => weight !== undefined);
  return {
    x: samples.map(({ x }) => x),
    y: samples.map(({ y }) => y) as Targets,
    ...(isWeighed ? { sampleWeight: samples.map(({ weight = 1 }) => weight) } : {}),
  };
}

/** @throws DataError or OptionError for what is no sample @param i its number, for the message */
export function expectExample(example: unknown, i: number): Example {
  const { x, y } = partsOf<Example>('examples', example, 'x', 'y');
  if (typeof example === 'object' && example !== null && x !== undefined && y !== undefined)
    return optionsOf(`examples: sample ${i}`, example as Example, { x: true, y: true, weight: true });
  throw new DataError(
    `examples: { x, y } was expected as sample ${i}, but ${show(example)} came; give each sample its input and target, or pass { x, y } with all of them`,
  );
}

/** Some of the examples, in this order. */
export function pick({ x, y, weights }: CheckedExamples, indices: readonly number[]): CheckedExamples {
  return {
    x: indices.map((i) => x[i] as Sample),
    y: indices.map((i) => y[i] as Target),
    weights: weights && indices.map((i) => weights[i] as number),
  };
}
