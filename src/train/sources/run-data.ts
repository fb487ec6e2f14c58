import type { GiveWay } from '../../engines/give-way.ts';
import type { Ops } from '../../engines/ops.ts';
import { OptionError } from '../../errors.ts';
import type { Layer } from '../../layers/layer.ts';
import type { Signatures } from '../../layers/signature.ts';
import { checkedAs, columnsOf } from '../examples/by-name.ts';
import { type AnyExamples, examplesOf } from '../examples/examples.ts';
import { packExamples } from '../examples/pack-examples.ts';
import { type Samples, signatureOf } from '../examples/samples.ts';
import { type CheckedData, checkedData } from '../examples/training-data.ts';
import type { ResumedOptions, RunOptions } from '../fit-options.ts';
import type { Architecture } from '../model/network.ts';
import { expectTokensFor } from './augmented.ts';
import type { BatchSource } from './batch-source.ts';
import { EpochStream, type ExampleStream, isStream } from './example-stream.ts';
import { inMemory } from './in-memory.ts';
import { streamed } from './streamed.ts';

/** What a run is given to learn from: all of it at hand, or one by one. */
export type GivenExamples = AnyExamples | EpochStream;

/** @throws OptionError for what is neither; DataError for what can be gone through once, where several epochs are left */
export function givenExamples(
  examples: AnyExamples | ExampleStream,
  { epochs, resume }: ResumedOptions,
  giveWay: GiveWay,
): GivenExamples {
  // Refused here where it is null, which stands for a stream further on.
  return isStream(examples)
    ? new EpochStream(examples, epochs - (resume?.history.length ?? 0), giveWay)
    : examplesOf(examples);
}

/** What goes into a model that has seen no data yet. @throws DataError or ModelError when examples do not tell */
export async function inputsOfExamples(
  first: Layer,
  examples: GivenExamples,
  { resume }: ResumedOptions,
): Promise<Signatures> {
  const x =
    examples instanceof EpochStream ? [(await examples.first(1 + (resume?.history.length ?? 0))).x] : examples.x;
  const names = Object.keys(first.inputs);
  const columns = columnsOf('x', names, x);
  const found = names.map((name) => {
    return [name, checkedAs(names, name, () => signatureOf(first, columns[name] as Samples, name))] as const;
  });
  return Object.fromEntries(found);
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
  const { loss, batchSize, continuation, streaming, sampling, augment } = run;
  expectTokensFor(augment, architecture);
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
  const { inputs } = architecture;
  return (ops) => {
    const validation = heldOut && packExamples(ops, inputs, heldOut);
    const source = training
      ? inMemory(
          packExamples(ops, inputs, training),
          batchSize,
          continuation,
          { loss, architecture },
          sampling,
          augment,
        )
      : streamed(examples as EpochStream, { ...run, classWeights }, architecture, ops);
    return { source, validation, classWeights };
  };
}
