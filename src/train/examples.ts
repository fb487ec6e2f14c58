import { optionsOf } from '../checks.ts';
import { DataError, ModelError, ShapeError, show } from '../errors.ts';
import type { InputSpec, Layer } from '../layers/layer.ts';
import { kindOf, rowSize, type Signature, sequence, tokens, vector } from '../layers/signature.ts';
import type { Nested } from '../tensor/tensor.ts';
import { padNumbers, stepsOf } from '../text/padding.ts';
import type { Loss } from './losses/loss.ts';

/**
 * What a model learns from, one entry a sample. An input is what the first layer takes: token ids [T], a sequence
 * [T][I], or a vector [I]; samples need not be equally long. A target is a class number or a list of values; for a
 * model that hands on every step, a list of them, one a step.
 */
export interface Examples {
  /** Inputs, one a sample. */
  readonly x: readonly Nested[];
  /** Targets, as many. */
  readonly y: readonly Nested[];
}

/** What the samples are, seen by the first layer. @throws DataError or ModelError when they are not inputs */
export function signatureOf(first: Layer, x: readonly Nested[]): Signature {
  if (x.length === 0) throw new DataError('examples: at least one sample was expected, but none came');
  const isSequence = x.some((sample) => Array.isArray(sample) && Array.isArray(sample[0]));
  if (isSequence) {
    const step = x.flatMap((sample) => (Array.isArray(sample) ? sample : [])).find((entry) => Array.isArray(entry));
    const size = (step as readonly Nested[]).length;
    if (size === 0) throw new DataError('examples: at least one number a step was expected, but none came');
    return sequence(size);
  }
  const { kinds, vocabulary } = inputOf(first);
  if (vocabulary !== undefined) return tokens(vocabulary);
  const size = Array.isArray(x[0]) ? x[0].length : 0;
  if (size === 0) throw new DataError(`examples: a list of numbers was expected as sample 0, but ${show(x[0])} came`);
  return kinds.includes('vector') ? vector(size) : sequence(size);
}

/** What the first layer of a model takes as x. @throws ModelError when it takes something else */
function inputOf({ inputs, config }: Layer): InputSpec {
  const { x, ...others } = inputs;
  if (x && Object.keys(others).length === 0) return x;
  throw new ModelError(
    `model: a first layer with one input x was expected, but ${show(config.type)} has ${Object.keys(inputs).join(', ')}`,
  );
}

/** The timesteps of each sample; a vector is one. @param first the number of the first sample, for messages; so below */
export function stepsOfSamples(input: Signature, x: readonly Nested[], first = 0): (readonly Nested[])[] {
  return stepsOf(kindOf(input) === 'vector', x, first);
}

/** @throws DataError unless every id is in the vocabulary */
export function expectIds(
  vocabulary: number,
  samples: readonly (readonly Nested[])[],
  first = 0,
): asserts samples is readonly number[][] {
  for (const [b, sample] of samples.entries()) {
    const bad = sample.find((id) => !(typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < vocabulary));
    if (bad !== undefined) {
      throw new DataError(
        `examples: token ids from 0 to ${vocabulary - 1} were expected, but sample ${first + b} has ${show(bad)}; enlarge the embedding's vocabulary`,
      );
    }
  }
}

/**
 * The targets of a batch in the order of the model's rows: [B,...], or [T,B,...] over time. Classes come one a row,
 * -1 where there is none; values come as many a row as the output has units.
 */
export function packTargets(
  loss: Loss,
  output: Signature,
  y: readonly Nested[],
  validSteps: ArrayLike<number>,
  time: number,
  first = 0,
): Float64Array | Int32Array {
  const batch = y.length;
  const overTime = output.over === 'time';
  const units = rowSize('model', output);
  const width = loss.target === 'class' ? 1 : units;
  const size = (overTime ? time : 1) * batch * width;
  const out = loss.target === 'class' ? new Int32Array(size).fill(-1) : new Float64Array(size);
  for (const [b, target] of y.entries()) {
    const rows = overTime ? target : [target];
    const steps = overTime ? validSteps[b] : 1;
    if (!Array.isArray(rows) || rows.length !== steps) {
      const came = Array.isArray(rows) ? rows.length : show(rows);
      throw new ShapeError(
        `examples: ${steps} targets, one a step, were expected for sample ${first + b}, but ${came} came`,
      );
    }
    for (const [t, row] of rows.entries()) {
      const values = Array.isArray(row) ? row : [row];
      if (values.length !== width) {
        throw new ShapeError(
          `examples: ${width} target values were expected for sample ${first + b}, but ${values.length} came; the last layer has ${units} units`,
        );
      }
      for (const [k, value] of values.entries())
        out[(t * batch + b) * width + k] = expectTarget(loss, units, value, first + b);
    }
  }
  return out;
}

function expectTarget({ target, link }: Loss, size: number, value: unknown, sample: number): number {
  const number = typeof value === 'number' ? value : Number.NaN;
  if (target === 'class' && !(Number.isInteger(number) && number >= 0 && number < size)) {
    throw new DataError(
      `examples: a class from 0 to ${size - 1} was expected as the target of sample ${sample}, but ${show(value)} came`,
    );
  }
  if (!Number.isFinite(number) || (link === 'sigmoid' && !(number >= 0 && number <= 1))) {
    const wanted = link === 'sigmoid' ? 'a number from 0 to 1' : 'a finite number';
    throw new DataError(`examples: ${wanted} was expected as the target of sample ${sample}, but ${show(value)} came`);
  }
  return number;
}

/** Check all examples before any is used. @throws DataError or ShapeError for what a model cannot learn from */
export function checkExamples(loss: Loss, input: Signature, output: Signature, examples: Examples): void {
  expectPaired(examples);
  if (examples.x.length === 0) throw new DataError('examples: at least one sample was expected, but none came');
  for (const [i, sample] of examples.x.entries()) {
    const steps = stepsOfSamples(input, [sample], i);
    const time = steps[0]?.length ?? 0;
    if (input.vocabulary !== undefined) expectIds(input.vocabulary, steps, i);
    else padNumbers(rowSize('model', input), steps, time, i);
    packTargets(loss, output, [examples.y[i] as Nested], [time], time, i);
  }
}

/** Some of the examples, in this order. */
export function pick({ x, y }: Examples, indices: readonly number[]): Examples {
  return { x: indices.map((i) => x[i] as Nested), y: indices.map((i) => y[i] as Nested) };
}

/** @throws DataError unless it is a list of samples */
export function expectSamples(who: string, x: readonly Nested[]): void {
  if (!Array.isArray(x))
    throw new DataError(`${who}: a list of samples was expected, but ${show(x)} came; pass [sample] for a single one`);
}

/** @throws DataError unless there is one target for each input */
export function expectPaired(examples: Examples): void {
  const { x, y } = optionsOf('examples', examples, { x: true, y: true });
  if (!Array.isArray(x) || !Array.isArray(y))
    throw new DataError(
      `examples: { x, y } with two lists was expected, but ${show(typeof x)} and ${show(typeof y)} came`,
    );
  if (x.length !== y.length) {
    throw new DataError(
      `examples: as many targets as inputs were expected, but ${x.length} inputs and ${y.length} targets came`,
    );
  }
}
