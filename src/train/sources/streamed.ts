import { expectWhole } from '../../checks.ts';
import type { Ops } from '../../engines/ops.ts';
import { DataError, OptionError } from '../../errors.ts';
import type { Key } from '../../random/key.ts';
import type { Augmentation } from '../../text/augmentation.ts';
import { type CheckedExamples, checkExamples, type AnyExamples, targetsOfHead } from '../examples/examples.ts';
import { packExamples } from '../examples/pack-examples.ts';
import type { Sample } from '../examples/samples.ts';
import { type Target, weighRows } from '../examples/targets.ts';
import type { ClassWeights } from '../examples/class-weight.ts';
import type { Loss } from '../losses/loss.ts';
import { headsOf } from '../losses/loss-by-head.ts';
import type { Architecture } from '../model/network.ts';
import { augmented } from './augmented.ts';
import { type BatchSource, continued, type SourceBatch } from './batch-source.ts';
import type { Continuation } from './continuation.ts';
import type { EpochStream } from './example-stream.ts';
import { shuffled } from './shuffle-buffer.ts';

/** What `fit` and `trainer` are told of examples that come from an iterable. */
export interface StreamingOptions {
  /** An epoch ends after so many updates, or where the iterable ends. There alone when left out. */
  readonly stepsPerEpoch?: number;
  /**
   * How many samples of an iterable wait in a buffer, from which batches draw theirs at random; with 1 they are taken in their
   * order, as a `stateful` training always does. 1000 when left out.
   */
  readonly shuffleBuffer?: number;
}

/** The same, checked. */
export interface Streaming {
  readonly stepsPerEpoch: number | null;
  readonly shuffleBuffer: number | null;
}

const SHUFFLE_BUFFER = 1000;

/** Null where nothing is told. @throws OptionError when an option is not what it can be */
export function streamingOf(options: StreamingOptions & { readonly stateful?: boolean }): Streaming | null {
  const { stepsPerEpoch, shuffleBuffer, stateful = false } = options;
  if (stepsPerEpoch === undefined && shuffleBuffer === undefined) return null;
  if (stepsPerEpoch !== undefined) expectWhole('fit', 'stepsPerEpoch', stepsPerEpoch, 1);
  if (shuffleBuffer !== undefined) expectWhole('fit', 'shuffleBuffer', shuffleBuffer, 1);
  if (stateful && shuffleBuffer !== undefined && shuffleBuffer > 1) {
    throw new OptionError(
      `fit: samples in their order were expected with stateful, but a shuffleBuffer of ${shuffleBuffer} came; leave it out`,
    );
  }
  return { stepsPerEpoch: stepsPerEpoch ?? null, shuffleBuffer: shuffleBuffer ?? null };
}

/** The options that these stand for. */
export function streamingOptions(streaming: Streaming | null | undefined): StreamingOptions {
  const { stepsPerEpoch = null, shuffleBuffer = null } = streaming ?? {};
  return {
    ...(stepsPerEpoch === null ? {} : { stepsPerEpoch }),
    ...(shuffleBuffer === null ? {} : { shuffleBuffer }),
  };
}

/** What decides the batches of a stream. */
interface StreamedOptions {
  readonly loss: Loss;
  readonly batchSize: number;
  readonly continuation: Continuation | null;
  readonly streaming: Streaming | null;
  readonly augment?: readonly Augmentation[] | null;
  readonly classWeights: ClassWeights;
}

/** Batches of examples that come one by one, each checked as it comes. */
export function streamed(
  stream: EpochStream,
  { loss, batchSize, continuation, streaming, augment = null, classWeights }: StreamedOptions,
  architecture: Architecture,
  ops: Pick<Ops, 'dtype'>,
): BatchSource {
  const { stepsPerEpoch, shuffleBuffer } = streaming ?? { stepsPerEpoch: null, shuffleBuffer: null };
  const most = stepsPerEpoch ?? Number.POSITIVE_INFINITY;
  const weighs = ({ y, weights }: CheckedExamples): boolean => {
    return headsOf(loss, architecture.outputs).some((head) => {
      const targets = targetsOfHead({ y, weights }, head.name);
      const time = Math.max(...targets.y.map((target) => target.length));
      const rows = weighRows(head.loss, head.output, targets, time, classWeights[head.name] ?? null);
      return head.weight > 0 && rows.some((weight) => weight > 0);
    });
  };
  async function* checked(epoch: number, read: { samples: number }): AsyncGenerator<CheckedExamples> {
    let i = 0;
    let found = false;
    for await (const { x, y, weight } of stream.examples(epoch)) {
      const sample = { x: [x], y: [y], ...(weight === undefined ? {} : { sampleWeight: [weight] }) };
      const one = checkExamples(loss, architecture, sample as AnyExamples, i);
      found ||= weighs(one);
      read.samples += 1;
      yield packExamples(ops, architecture.inputs, one, i);
      i += 1;
    }
    expectWeight(found, epoch);
  }
  async function* ofEpoch(epoch: number, key: Key): AsyncGenerator<SourceBatch> {
    const read = { samples: 0 };
    const size = continuation?.stateful ? 1 : (shuffleBuffer ?? SHUFFLE_BUFFER);
    const plain = inBatches(shuffled(checked(epoch, read), size, key), batchSize);
    const batches = augmented(plain, augment, architecture, key);
    let steps = 0;
    let found = false;
    for await (const batch of continued(batches, continuation, { loss, architecture })) {
      steps += 1;
      found ||= weighs(batch.examples);
      if (steps >= most) expectWeight(found, epoch);
      yield { ...batch, samplesRead: read.samples };
      if (steps >= most) return;
    }
  }
  return { samples: null, batches: most, epoch: ofEpoch };
}

/** @throws DataError where an epoch had nothing that a loss could be the mean of */
function expectWeight(found: boolean, epoch: number): void {
  if (found) return;
  throw new DataError(
    `examples: a sample whose weight is above 0 was expected in epoch ${epoch}, but weights, classWeight and targets leave none; raise one of them`,
  );
}

async function* inBatches(samples: AsyncIterable<CheckedExamples>, batchSize: number): AsyncGenerator<CheckedExamples> {
  let waiting: CheckedExamples[] = [];
  for await (const sample of samples) {
    waiting.push(sample);
    if (waiting.length < batchSize) continue;
    yield joined(waiting);
    waiting = [];
  }
  if (waiting.length > 0) yield joined(waiting);
}

function joined(parts: readonly CheckedExamples[]): CheckedExamples {
  const [{ x, y, weights }] = parts as [CheckedExamples];
  const ofEach = <V>(columns: Readonly<Record<string, unknown>>, of: (name: string) => V): Record<string, V> =>
    Object.fromEntries(Object.keys(columns).map((name) => [name, of(name)]));
  return {
    x: ofEach(x, (name) => parts.flatMap((part) => part.x[name] as readonly Sample[])),
    steps: parts.flatMap(({ steps }) => steps),
    y: ofEach(y, (name) => parts.flatMap((part) => part.y[name] as readonly Target[])),
    // Those that say no weight weigh 1, as all do where none says one.
    weights: ofEach(weights, (name) => {
      const isWeighed = parts.some((part) => part.weights[name]);
      return isWeighed ? parts.flatMap((part) => part.weights[name] ?? [1]) : null;
    }),
  };
}
