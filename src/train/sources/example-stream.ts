import { partsOf } from '../../checks.ts';
import type { GiveWay } from '../../engines/give-way.ts';
import { AbortError, DataError, KeepgateError, messageOf, show } from '../../errors.ts';
import { type AnyExample, type AnyExamples, expectExample, isIterable } from '../examples/examples.ts';

/**
 * Examples that come one by one: a function that gives them anew for each epoch, which is counted from 1, or something that can
 * be gone through again for each; for a single epoch also what can be gone through once, such as a generator or a web stream. They
 * must be the same and in the same order for a run that goes on from a snapshot, as what it had is gone through again.
 */
export type ExampleStream =
  | AsyncIterable<AnyExample>
  | Iterable<AnyExample>
  | ((epoch: number) => ExampleSequence | Promise<ExampleSequence>);

/** What gives examples one by one, once or anew each time. */
export type ExampleSequence = AsyncIterable<AnyExample> | Iterable<AnyExample>;

/** Whether examples come one by one. A list has them all at hand. */
export function isStream(examples: AnyExamples | ExampleStream): examples is ExampleStream {
  if (typeof examples === 'function') return true;
  return typeof examples === 'object' && examples !== null && isIterable(examples) && !Array.isArray(examples);
}

/** The examples of a run that come one by one. */
export class EpochStream {
  readonly #stream: ExampleStream;
  readonly #giveWay: GiveWay;
  /** An epoch whose first sample was looked at, and which is gone through from there. */
  #begun: { readonly epoch: number; readonly first: AnyExample; readonly others: AsyncGenerator<AnyExample> } | null =
    null;

  /**
   * @param epochs that are to be gone through
   * @throws DataError for what can be gone through once, where there are several
   */
  constructor(stream: ExampleStream, epochs: number, giveWay: GiveWay) {
    if (epochs > 1 && typeof stream === 'object' && endsForEver(stream)) {
      throw new DataError(
        `examples: an iterable that can be gone through for each of ${epochs} epochs was expected, but ${show(stream)} came, which ends for ever; pass a function that makes one: () => examples()`,
      );
    }
    this.#stream = stream;
    this.#giveWay = giveWay;
  }

  /** The first sample of an epoch: what a model that has seen no data takes as its input. */
  async first(epoch: number): Promise<AnyExample> {
    const others = examplesOfEpoch(this.#stream, epoch, this.#giveWay);
    const { value } = await others.next();
    const first = value as AnyExample;
    this.#begun = { epoch, first, others };
    return first;
  }

  /** All samples of an epoch. */
  async *examples(epoch: number): AsyncGenerator<AnyExample> {
    const begun = this.#begun;
    this.#begun = null;
    if (begun?.epoch !== epoch) return yield* examplesOfEpoch(this.#stream, epoch, this.#giveWay);
    try {
      yield begun.first;
      yield* begun.others;
    } finally {
      await begun.others.return(undefined);
    }
  }

  /** What was begun and not gone through is closed. */
  async close(): Promise<void> {
    await this.#begun?.others.return(undefined).catch(() => {});
  }
}

/** Whether it can be gone through once: it is its own iterator, as a generator is, or a stream of the web or of Node. */
function endsForEver(stream: object): boolean {
  const parts = partsOf<Record<'next' | 'getReader' | 'pipe', unknown>>(
    'examples',
    stream,
    'next',
    'getReader',
    'pipe',
  );
  return Object.values(parts).some((part) => typeof part === 'function');
}

/**
 * The examples of an epoch, with what they are checked for before there is a model.
 * @throws DataError for what is no example, and when the iterable throws or gives none
 */
async function* examplesOfEpoch(stream: ExampleStream, epoch: number, giveWay: GiveWay): AsyncGenerator<AnyExample> {
  let count = 0;
  try {
    const iterable: unknown = typeof stream === 'function' ? await giveWay.wait(stream(epoch)) : stream;
    for await (const example of heard(goneThrough(iterable), giveWay)) {
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

function goneThrough(iterable: unknown): AsyncIterable<unknown> | Iterable<unknown> {
  if (typeof iterable === 'object' && iterable !== null && isIterable(iterable)) return iterable;
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
