import { partsOf, readable } from '../../checks.ts';
import { DataError, ShapeError, show } from '../../errors.ts';
import type { Layer } from '../../layers/layer.ts';
import { checkLengths, type LengthsLike } from '../../layers/recurrent/lengths.ts';
import { kindOf, rowSize, type Signature, sequence, tokens, vector } from '../../layers/signature.ts';
import { entryOf, flatOf, sizeOf, Tensor, type TensorLike } from '../../tensor/tensor.ts';
import { isNumbers, type Numbers, numbersOf, placeOfNotFinite } from '../../tensor/typed-arrays.ts';
import type { Steps } from '../../text/padding.ts';

/** Samples one after the other: a list of them, or a tensor whose first axis counts them. */
export type Samples = readonly TensorLike[] | Tensor;

/** A sample as it is worked on: checked, and without its padding. Numbers that came in typed arrays are still there. */
export interface Sample extends Steps {
  /** How many timesteps came, padding among them. */
  readonly given: number;
  /** The first of them that is no padding. */
  readonly from: number;
}

/** What the samples are, seen by an input of the first layer. @throws DataError when they are not inputs */
export function signatureOf(first: Layer, x: Samples, name = 'x'): Signature {
  const isTensor = x instanceof Tensor;
  if (isTensor && x.shape.length !== 2 && x.shape.length !== 3) throw otherShape(['N, T', 'N, T, I', 'N, I'], x);
  const count = isTensor ? x.shape[0] : listOf('examples', x).length;
  if (count === 0) throw new DataError('examples: at least one sample was expected, but none came');
  const samples = isTensor ? [entryOf(x, 0)] : listOf('examples', x);
  const size = samples.map(widthOfSteps).find((width) => width !== undefined);
  if (size !== undefined) {
    if (size === 0) throw new DataError('examples: at least one number a step was expected, but none came');
    return sequence(size);
  }
  const { kinds, vocabulary } = first.inputs[name] as Layer['inputs'][string];
  if (vocabulary !== undefined) return tokens(vocabulary);
  const length = rowOf(samples[0])?.length ?? 0;
  if (length === 0)
    throw new DataError(`examples: a list of numbers was expected as sample 0, but ${told(samples[0])} came`);
  return kinds.includes('vector') ? vector(length) : sequence(length);
}

/** The numbers of a step, for a sample of steps; undefined for one of numbers. */
function widthOfSteps(sample: TensorLike): number | undefined {
  if (sample instanceof Tensor) return sample.shape.length === 2 ? sample.shape[1] : undefined;
  return Array.isArray(sample) ? rowOf(sample[0])?.length : undefined;
}

/**
 * All samples, checked before any is used.
 * @param lengths valid steps of each, where the data is padded behind them
 * @param first the number of the first of them, for messages
 * @param name of the input, as the first layer has it
 * @throws DataError or ShapeError for what the model cannot take
 */
export function readSamples(
  who: string,
  x: Samples,
  lengths: LengthsLike | undefined,
  { layers, input }: { readonly layers: readonly Layer[]; readonly input: Signature },
  first = 0,
  name = 'x',
): Sample[] {
  const given =
    x instanceof Tensor ? stepsInTensor(input, x) : listOf(who, x).map((one, i) => stepsOf(input, one, first + i));
  if (lengths !== undefined && kindOf(input) === 'vector')
    throw new DataError(`${who}: no lengths were expected, as each sample is one vector, but ${show(lengths)} came`);
  const times = given.map(({ steps }) => steps);
  const valid = lengths === undefined ? times : checkLengths(who, lengths, times);
  const padding = layers[0]?.inputs[name]?.padding;
  return given.map(({ steps, values }, i) => {
    const end = valid[i] as number;
    const [from, to] =
      padding === undefined ? [0, end] : withoutPadding(values as ArrayLike<unknown>, end, padding, first + i);
    const size = input.vocabulary === undefined ? rowSize('model', input) : 1;
    const own = to - from === steps ? values : cut(values, from, to, size);
    return { steps: to - from, values: checkValues(input, own, first + i), given: steps, from };
  });
}

/** @throws DataError unless they are several samples */
function listOf(who: string, x: Samples): readonly TensorLike[] {
  if (Array.isArray(x)) return readable(who, () => Array.from(x));
  const flat = isNumbers(x) || isNumbers(partsOf<{ readonly data: unknown }>(who, x, 'data').data);
  throw new DataError(
    `${who}: a list of samples was expected, but ${told(x)} came; pass ${flat ? 'tensor(data, shape) for all samples in one array' : '[sample] for a single one'}`,
  );
}

/** Steps as they came: a vector is a single one. */
interface GivenSteps {
  readonly steps: number;
  readonly values: readonly unknown[] | Numbers;
}

/** Samples that are equally long, as views of one array. */
function stepsInTensor(input: Signature, x: Tensor): GivenSteps[] {
  const [count = 0, ...axes] = x.shape;
  const size = sizeOf(input.shape);
  const wanted = input.over === 'time' ? ['T', ...input.shape] : input.shape;
  if (axes.length !== wanted.length || axes.some((axis, i) => wanted[i] !== 'T' && wanted[i] !== axis)) {
    throw otherShape([['N', ...wanted].join(', ')], x);
  }
  const steps = input.over === 'time' ? (axes[0] as number) : 1;
  const flat = flatOf(x);
  return Array.from({ length: count }, (_, i) => ({
    steps,
    values: flat.subarray(i * steps * size, (i + 1) * steps * size) as Numbers,
  }));
}

function otherShape(wanted: readonly string[], { shape }: Tensor): ShapeError {
  const shapes = wanted.map((one) => `[${one}]`).join(' or ');
  return new ShapeError(
    `examples: a tensor of shape ${shapes} was expected as x, but ${show(shape)} came; reshape it: tensor(x, shape)`,
  );
}

function stepsOf(input: Signature, sample: TensorLike | undefined, i: number): GivenSteps {
  const kind = kindOf(input);
  if (kind === 'sequence' && sample instanceof Tensor && sample.shape.length === 2) {
    const [steps, width] = sample.shape as [number, number];
    const size = rowSize('model', input);
    if (width === size) return { steps, values: flatOf(sample) };
    throw new ShapeError(`examples: ${size} numbers a step were expected at sample ${i}, but ${width} came`);
  }
  const values = rowOf(sample);
  const isList = Array.isArray(values);
  if (values === undefined || (kind === 'sequence' && !isList)) {
    const hint = values === undefined ? '' : '; a sequence is a list of steps, or a tensor [T,I]';
    throw new DataError(`examples: a list was expected as sample ${i}, but ${told(sample)} came${hint}`);
  }
  return { steps: kind === 'vector' ? 1 : values.length, values };
}

/** A list, or numbers in one row; undefined for what is neither. */
export function rowOf(value: unknown): readonly unknown[] | Numbers | undefined {
  if (Array.isArray(value)) return value;
  if (value instanceof Tensor) return value.shape.length === 1 ? flatOf(value) : undefined;
  return numbersOf('examples', value);
}

/** Some of the steps. A typed array has `size` numbers for each; it is not copied. */
export function cut<V>(values: readonly V[] | Numbers, from: number, to: number, size: number): readonly V[] | Numbers {
  return isNumbers(values) ? (values.subarray(from * size, to * size) as Numbers) : values.slice(from, to);
}

/**
 * Where the ids of a sample begin and end. Its first `end` ids are looked at.
 * @throws DataError for a padding id among others: it could not be told from a step
 */
function withoutPadding(ids: ArrayLike<unknown>, end: number, padding: number, i: number): [number, number] {
  let [from, to] = [0, end];
  while (to > 0 && ids[to - 1] === padding) to--;
  while (from < to && ids[from] === padding) from++;
  for (let t = from; t < to; t++) {
    if (ids[t] !== padding) continue;
    throw new DataError(
      `examples: the padding id ${padding} was expected only in front of a sample's ids and behind them, but sample ${i} has it at step ${t}, among others; give that token an id of its own`,
    );
  }
  return [from, to];
}

function checkValues(input: Signature, values: readonly unknown[] | Numbers, i: number): Steps['values'] {
  if (input.vocabulary !== undefined) return expectIds(input.vocabulary, values, i);
  const size = rowSize('model', input);
  if (kindOf(input) === 'vector') return expectRow(size, values, i, 0);
  if (!isNumbers(values)) return Array.from(values, (step, t) => expectRow(size, step, i, t));
  expectFinite(values, (k) => [i, Math.floor(k / size)]);
  return values;
}

function expectIds(vocabulary: number, ids: ArrayLike<unknown>, i: number): ArrayLike<number> {
  for (let t = 0; t < ids.length; t++) {
    const id = ids[t];
    const isWhole = Number.isInteger(id);
    if (isWhole && (id as number) >= 0 && (id as number) < vocabulary) continue;
    const advice =
      isWhole && (id as number) >= vocabulary
        ? "enlarge the embedding's vocabulary"
        : 'encode tokens with a vocabulary, and tell padding by lengths or embedding({ padding })';
    throw new DataError(
      `examples: token ids from 0 to ${vocabulary - 1} were expected, but sample ${i} has ${show(id)} at step ${t}; ${advice}`,
    );
  }
  return ids as ArrayLike<number>;
}

function expectRow(size: number, step: unknown, i: number, t: number): ArrayLike<number> {
  const row = rowOf(step);
  if (row === undefined) {
    throw new ShapeError(
      `examples: a list of ${size} numbers was expected at sample ${i}, step ${t}, but ${told(step)} came; token ids need an embedding`,
    );
  }
  if (row.length !== size)
    throw new ShapeError(`examples: ${size} numbers were expected at sample ${i}, step ${t}, but ${row.length} came`);
  expectFinite(row, () => [i, t]);
  return row as ArrayLike<number>;
}

/** @param at the sample and the step of a number, for the message */
function expectFinite(numbers: readonly unknown[] | Numbers, at: (k: number) => readonly [number, number]): void {
  const k = placeOfNotFinite(numbers);
  if (k === -1) return;
  const [i, t] = at(k);
  throw new DataError(
    `examples: a finite number was expected at sample ${i}, step ${t}, but ${show(numbers[k])} came; clean the data first`,
  );
}

/** For messages. */
export function told(value: unknown): string {
  return value instanceof Tensor ? `a tensor of shape ${show(value.shape)}` : show(value);
}
