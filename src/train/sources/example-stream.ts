import { optionsOf, partsOf } from '../../checks.ts';
import type { GiveWay } from '../../engines/give-way.ts';
import { AbortError, DataError, KeepgateError, messageOf, show } from '../../errors.ts';
import type { TensorLike } from '../../tensor/tensor.ts';

/** One sample that a model learns from. */
export interface Example {
  /** An input: token ids [T], a sequence [T][I], or a vector [I]. */
  readonly x: TensorLike;
  /** Its target: a class number or a list of values; a list of them, one a step, for a model that hands on every step. */
  readonly y: TensorLike;
  /** What it weighs in the mean loss, from 0; 1 when left out. */
  readonly weight?: number;
}

/**
 * Examples that are not all in memory: a function that gives them anew for each epoch, which is counted from 1, or something
 * that can be gone through again for each. They must be the same and in the same order for a run that goes on from a snapshot,
 * as what it had is gone through again. The function is called once more where a model sees its first data.
 */
export type ExampleStream =
  | AsyncIterable<Example>
  | ((epoch: number) => AsyncIterable<Example> | Iterable<Example> | Promise<AsyncIterable<Example>>);

/** Whether examples come one by one. */
export function isStream(examples: unknown): examples is ExampleStream {
  return typeof examples === 'function' || isAsyncIterable(examples);
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return (
    typeof partsOf<AsyncIterable<unknown>>('examples', value, Symbol.asyncIterator as never)[Symbol.asyncIterator] ===
    'function'
  );
}

/**
 * The examples of an epoch, with what they are checked for before there is a model.
 * @throws DataError for what is no example, and when the iterable throws or gives none
 */
export async function* examplesOfEpoch(
  stream: ExampleStream,
  epoch: number,
  giveWay: GiveWay,
): AsyncGenerator<Example> {
  let count = 0;
  try {
    const iterable: unknown = typeof stream === 'function' ? await giveWay.wait(stream(epoch)) : stream;
    for await (const example of heard(goneThrough(iterable, stream), giveWay)) {
      yield expectExample(example, count);
      count += 1;
    }
  } catch (reason) {
    if (reason instanceof KeepgateError) throw reason;
    const failure = new DataError(
      `examples: sample ${count} was expected from the iterable, but it threw ${show(messageOf(reason))}; what was trained so far is kept`,
    );
    failure.cause = reason;
    throw failure;
  }
  if (count > 0) return;
  throw new DataError(
    `examples: at least one sample was expected in epoch ${epoch}, but the iterable gave none; pass a function that makes another for each epoch`,
  );
}

function goneThrough(iterable: unknown, stream: ExampleStream): AsyncIterable<unknown> | Iterable<unknown> {
  const isObject = typeof iterable === 'object' && iterable !== null;
  if (isObject && (isAsyncIterable(iterable) || Symbol.iterator in iterable)) {
    // What is its own iterator is over after one epoch.
    const isSpent =
      iterable === stream && isAsyncIterable(iterable) && isSame(iterable[Symbol.asyncIterator](), iterable);
    if (!isSpent) return iterable as AsyncIterable<unknown>;
    throw new DataError(
      'examples: an iterable that can be gone through for each epoch was expected, but one came that ends for ever; pass a function that makes one: () => examples()',
    );
  }
  throw new DataError(
    `examples: an iterable of { x, y } was expected from the function, but ${show(iterable)} came; write it as async function*`,
  );
}

/** The same items; a signal ends the wait for one, and closes the iterable without waiting for that. */
async function* heard(items: AsyncIterable<unknown> | Iterable<unknown>, giveWay: GiveWay): AsyncGenerator<unknown> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let open = false;
  try {
    for (;;) {
      open = false;
      const { done, value } = await giveWay.wait(iterator.next());
      if (done) return;
      open = true;
      yield value;
    }
  } catch (error) {
    if (error instanceof AbortError) Promise.resolve(iterator.return?.()).catch(() => {});
    throw error;
  } finally {
    if (open) await iterator.return?.();
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b;
}

function expectExample(example: unknown, i: number): Example {
  const { x, y } = partsOf<Example>('examples', example, 'x', 'y');
  if (typeof example === 'object' && example !== null && x !== undefined && y !== undefined)
    return optionsOf(`examples: sample ${i}`, example as Example, { x: true, y: true, weight: true });
  throw new DataError(`examples: { x, y } was expected as sample ${i}, but ${show(example)} came`);
}

/** The first of them: what a model that has seen no data takes as its input. */
export async function firstExample(stream: ExampleStream, giveWay: GiveWay): Promise<Example> {
  const examples = examplesOfEpoch(stream, 1, giveWay);
  try {
    const { value } = await examples.next();
    return value as Example;
  } finally {
    await examples.return(undefined).catch(() => {});
  }
}
