import type { GiveWay } from '../../engines/give-way.ts';
import type { Ops } from '../../engines/ops.ts';
import { OptionError } from '../../errors.ts';
import type { Layer } from '../../layers/layer.ts';
import type { Signature } from '../../layers/signature.ts';
import { type Examples, examplesOf } from '../examples/examples.ts';
import { packExamples } from '../examples/pack-examples.ts';
import { signatureOf } from '../examples/samples.ts';
import { type CheckedData, checkedData } from '../examples/training-data.ts';
import type { RunOptions } from '../fit-options.ts';
import type { Architecture } from '../model/network.ts';
import type { BatchSource } from './batch-source.ts';
import { type ExampleStream, firstExample, isStream } from './example-stream.ts';
import { inMemory } from './in-memory.ts';
import { streamed } from './streamed.ts';

/** What goes into a model that has seen no data yet. @throws DataError or ModelError when examples do not tell */
export async function inputOfExamples(
  first: Layer,
  examples: Examples | ExampleStream,
  giveWay: GiveWay,
): Promise<Signature> {
  const x = isStream(examples) ? [(await firstExample(examples, giveWay)).x] : examplesOf(examples).x;
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
export function runData(
  examples: Examples | ExampleStream,
  run: RunOptions,
  architecture: Architecture,
  giveWay: GiveWay,
): RunData {
  const { loss, batchSize, continuation, streaming, sampling } = run;
  const {
    training,
    validation: heldOut,
    classWeights,
  } = checkedData(isStream(examples) ? null : examples, run, architecture);
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
      : streamed(examples as ExampleStream, { ...run, classWeights }, architecture, ops, giveWay);
    return { source, validation, classWeights };
  };
}
