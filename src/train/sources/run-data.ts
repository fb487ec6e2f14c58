import type { GiveWay } from '../../engines/give-way.ts';
import type { Ops } from '../../engines/ops.ts';
import { OptionError } from '../../errors.ts';
import type { Layer } from '../../layers/layer.ts';
import type { Signature } from '../../layers/signature.ts';
import { type Examples, examplesOf } from '../examples/examples.ts';
import { packExamples } from '../examples/pack-examples.ts';
import { signatureOf } from '../examples/samples.ts';
import { type CheckedData, checkedData } from '../examples/training-data.ts';
import type { ResumedOptions, RunOptions } from '../fit-options.ts';
import type { Architecture } from '../model/network.ts';
import type { BatchSource } from './batch-source.ts';
import { EpochStream, type ExampleStream, isStream } from './example-stream.ts';
import { inMemory } from './in-memory.ts';
import { streamed } from './streamed.ts';

/** What a run is given to learn from: all of it at hand, or one by one. */
export type GivenExamples = Examples | EpochStream;

/** @throws OptionError for what is neither; DataError for what can be gone through once, where several epochs are left */
export function givenExamples(
  examples: Examples | ExampleStream,
  { epochs, resume }: ResumedOptions,
  giveWay: GiveWay,
): GivenExamples {
  // Refused here where it is null, which stands for a stream further on.
  return isStream(examples)
    ? new EpochStream(examples, epochs - (resume?.history.length ?? 0), giveWay)
    : examplesOf(examples);
}

/** What goes into a model that has seen no data yet. @throws DataError or ModelError when examples do not tell */
export async function inputOfExamples(
  first: Layer,
  examples: GivenExamples,
  { resume }: ResumedOptions,
): Promise<Signature> {
  const x =
    examples instanceof EpochStream ? [(await examples.first(1 + (resume?.history.length ?? 0))).x] : examples.x;
  return signatureOf(first, x as Examples['x']);
}

/** What a run learns from and is scored on, on the engine of the run. */
export type RunData = (ops: Pick<Ops, 'dtype'>) => Pick<CheckedData, 'validation' | 'classWeights'> & {
  readonly source: BatchSource;
};

/**
 * Examples that are at hand are checked here, all of them; those of an iterable when they come.
 * @throws DataError, ShapeError or OptionError for what cannot be learned from
 */
export function runData(examples: GivenExamples, run: RunOptions, architecture: Architecture): RunData {
  const { loss, batchSize, continuation, streaming, sampling } = run;
  const {
    training,
    validation: heldOut,
    classWeights,
  } = checkedData(examples instanceof EpochStream ? null : examples, run, architecture);
  if (training && streaming) {
    throw new OptionError(
      'fit: examples that come from an iterable were expected with stepsPerEpoch or shuffleBuffer, but all are at hand; leave them out',
    );
  }
  const { input } = architecture;
  return (ops) => {
    const validation = heldOut && packExamples(ops, input, heldOut);
    const source = training
      ? inMemory(packExamples(ops, input, training), batchSize, continuation, { loss, architecture }, sampling)
      : streamed(examples as EpochStream, { ...run, classWeights }, architecture, ops);
    return { source, validation, classWeights };
  };
}
