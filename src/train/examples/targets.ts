import { DataError, ShapeError, show } from '../../errors.ts';
import { rowSize, type Signature } from '../../layers/signature.ts';
import { entryOf, flatOf, Tensor, type TensorLike } from '../../tensor/tensor.ts';
import { isNumbers, type Numbers, numbersOf, type WideIntegers } from '../../tensor/typed-arrays.ts';
import type { Loss } from '../losses/loss.ts';
import { cut, rowOf, type Sample, told } from './samples.ts';

/** Targets one after the other: a list of them, a tensor whose first axis counts them, or a typed array of single values. */
export type Targets = readonly TensorLike[] | Tensor | Numbers | WideIntegers;

/**
 * What is wanted at the rows of a sample, checked: a class each, -1 where it does not count, or as many values a row as the
 * output has units, all of them NaN where it does not count.
 */
export type Target = ArrayLike<number>;

/** Whether a row of a target counts. @param width how many numbers a row has */
export function isCounted({ target: kind }: Pick<Loss, 'target'>, target: Target, row: number, width: number): boolean {
  const value = target[row * width] as number;
  return kind === 'class' ? value >= 0 : !Number.isNaN(value);
}

/** The number of the class that a sample is of, or of a yes or no; -1 where it does not count. */
export function classOf({ target: kind }: Pick<Loss, 'target'>, target: Target): number {
  const value = target[0] as number;
  if (kind === 'class') return value;
  return Number.isNaN(value) ? -1 : Number(value > 0.5);
}

/** Whether any row of a target counts. */
export function countsAtAll(loss: Pick<Loss, 'target'>, target: Target, width: number): boolean {
  return Array.from({ length: target.length / width }).some((_, row) => isCounted(loss, target, row, width));
}

/** @throws DataError unless they are several targets */
export function targetsOf(y: Targets): readonly TensorLike[] | Numbers {
  if (Array.isArray(y)) return Array.from(y);
  if (y instanceof Tensor && y.shape.length > 0)
    return y.shape.length === 1 ? flatOf(y) : Array.from({ length: y.shape[0] as number }, (_, i) => entryOf(y, i));
  const numbers = numbersOf('examples', y);
  if (numbers) return numbers;
  throw new DataError(`examples: a list of targets was expected as y, but ${told(y)} came; pass one a sample`);
}

/** What targets are for. */
interface Wanted {
  readonly samples: readonly Sample[];
  /** The number of the first, where they are a part of more. */
  readonly first?: number | undefined;
  /** How many steps the model hands on of a sample, by its place; null where it hands on all. */
  readonly handedOn?: ((sample: number) => number) | null;
  /** Whether that of a sample can be missing, as null. */
  readonly canMiss?: boolean;
}

/** All targets, checked. @throws DataError or ShapeError for what the loss cannot compare with this output */
export function readTargets(
  loss: Loss,
  output: Signature,
  y: readonly TensorLike[] | Numbers,
  { samples, first, handedOn = null, canMiss = false }: Wanted,
): Target[] {
  const units = rowSize('model', output);
  const width = loss.target === 'class' ? 1 : units;
  const isClass = loss.target === 'class';
  const ignored = isClass ? loss.ignoreIndex : loss.ignoreNaN ? Number.NaN : undefined;
  const check = (values: ArrayLike<unknown>, i: number): Target => {
    // NaN is found by includes, and by no comparison.
    const some = ignored !== undefined && Array.prototype.includes.call(values, ignored);
    for (let k = 0; k < values.length; k++)
      if (!some || ![ignored].includes(values[k] as number)) expectTarget(loss, units, values[k], i);
    if (some && !isClass) expectAllOrNone(values as Target, width, i);
    return some && isClass
      ? Int32Array.from(values as Target, (value) => (value === ignored ? -1 : value))
      : (values as Target);
  };
  const targets = samples.map((sample, i) => {
    const at = (first ?? 0) + i;
    const places = output.over === 'time' ? placesOf(sample, handedOn?.(i) ?? null) : null;
    if (canMiss && y[i] === null) return missing(loss, width * (places ? places.to - places.from : 1), at);
    return check(places ? overTime(width, loss, units, y[i], places, at) : row(width, loss, units, y[i], at), at);
  });
  const counts = (target: Target): boolean => countsAtAll(loss, target, width);
  if (first !== undefined || (ignored === undefined && !canMiss) || targets.some(counts)) return targets;
  if (ignored === undefined) {
    throw new DataError('examples: a target that counts was expected, but all are missing; pass some');
  }
  throw new DataError(
    `examples: a target that counts was expected, but all are ${ignored}, ${isClass ? 'the ignoreIndex of the loss' : 'which the loss ignores'}; pass another`,
  );
}

/** In the place of a target that nobody has: none of its rows counts. @throws DataError for a loss that all must count in */
function missing(loss: Loss, size: number, sample: number): Target {
  const { target, weighs, ignoreIndex, ignoreNaN, config } = loss;
  if (weighs || ignoreIndex !== undefined || ignoreNaN)
    return target === 'class' ? new Int32Array(size).fill(-1) : new Float64Array(size).fill(Number.NaN);
  throw new DataError(
    `examples: a target was expected for sample ${sample}, but none came, and ${config.type} does not heed which ones count; see Loss.weighs`,
  );
}

/** @throws DataError for a row of which some values are NaN and others are not */
function expectAllOrNone(values: Target, width: number, sample: number): void {
  for (let k = 0; k < values.length; k++) {
    const first = k - (k % width);
    if (Number.isNaN(values[k]) === Number.isNaN(values[first])) continue;
    throw new DataError(
      `examples: a target whose values are all NaN, or none, was expected for sample ${sample}, but ${show(Array.prototype.slice.call(values, first, first + width))} came; leave it out as a whole, or give it all values`,
    );
  }
}

/** The values of one row. */
function row(width: number, loss: Loss, units: number, value: unknown, i: number): ArrayLike<unknown> {
  const values = value instanceof Tensor ? flatOf(value) : (rowOf(value) ?? [value]);
  if (values.length === width) return values;
  const hint =
    loss.target === 'class' ? 'pass the number of the class, not a list' : `the last layer has ${units} units`;
  throw new ShapeError(
    `examples: ${width} target values were expected for sample ${i}, but ${values.length} came; ${hint}`,
  );
}

/** Which of how many targets count. Those of padding are left out; what a model hands on in another number has none. */
function placesOf({ given, from, steps }: Sample, handedOn: number | null): Record<'count' | 'from' | 'to', number> {
  if (handedOn !== null) return { count: handedOn, from: 0, to: handedOn };
  return { count: given, from, to: from + steps };
}

/** The values of all rows but those of padding, which targets have as well. */
function overTime(
  width: number,
  loss: Loss,
  units: number,
  value: unknown,
  { count, from, to }: Record<'count' | 'from' | 'to', number>,
  i: number,
): ArrayLike<unknown> {
  const isTable = value instanceof Tensor && value.shape.length === 2;
  const rows = isTable ? flatOf(value) : rowOf(value);
  const came = isTable ? value.shape[0] : rows?.length;
  if (rows === undefined || came !== count) {
    throw new ShapeError(
      `examples: ${count} targets, one a step, were expected for sample ${i}, but ${came ?? told(value)} came`,
    );
  }
  const size = isTable ? (value.shape[1] as number) : 1;
  const own = cut<unknown>(rows, from, to, size);
  if (isNumbers(own)) {
    if (own.length > 0) row(width, loss, units, own.subarray(0, size), i);
    return own;
  }
  return own.every((entry) => typeof entry === 'number') && width === 1
    ? own
    : own.flatMap((entry) => Array.from(row(width, loss, units, entry, i)));
}

function expectTarget({ target, link }: Loss, size: number, value: unknown, sample: number): void {
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
}

/**
 * The targets of a batch in the order of the model's rows: [B,...], or [T,B,...] over time. Classes come one a row,
 * -1 where there is none; values come as many a row as the output has units, 0 where there are none.
 */
export function packTargets(
  loss: Loss,
  output: Signature,
  targets: readonly Target[],
  time: number,
): Float64Array | Int32Array {
  const batch = targets.length;
  const width = loss.target === 'class' ? 1 : rowSize('model', output);
  const size = (output.over === 'time' ? time : 1) * batch * width;
  const out = loss.target === 'class' ? new Int32Array(size).fill(-1) : new Float64Array(size);
  for (const [b, target] of targets.entries()) {
    for (let k = 0; k < target.length; k++) {
      if (!isCounted(loss, target, Math.floor(k / width), width)) continue;
      out[(Math.floor(k / width) * batch + b) * width + (k % width)] = target[k] as number;
    }
  }
  return out;
}

/** What each row of a batch weighs, in the order of {@link packTargets}: its sample times its class; 0 without a target. */
export function weighRows(
  loss: Loss,
  output: Signature,
  { y, weights }: { readonly y: readonly Target[]; readonly weights: readonly number[] | null },
  time: number,
  classWeights: readonly number[] | null,
): Float64Array {
  const batch = y.length;
  const width = loss.target === 'class' ? 1 : rowSize('model', output);
  const out = new Float64Array((output.over === 'time' ? time : 1) * batch);
  const ofClass = (value: number): number => {
    if (!classWeights) return 1;
    if (loss.target === 'class') return classWeights[value] as number;
    // A yes or no that is less sure weighs between both.
    return value * (classWeights[1] as number) + (1 - value) * (classWeights[0] as number);
  };
  for (const [b, target] of y.entries()) {
    for (let t = 0; t * width < target.length; t++) {
      if (!isCounted(loss, target, t, width)) continue;
      out[t * batch + b] = (weights?.[b] ?? 1) * ofClass(target[t * width] as number);
    }
  }
  return out;
}
