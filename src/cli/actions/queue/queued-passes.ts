import { OptionError } from '../../../errors.ts';
import { version } from '../../../platform/packages/version.ts';
import { Remote, type RemotePlace } from '../../../search/queue/remote.ts';
import { packModel } from '../../../search/works/packed-model.ts';
import type { PassesWork, UnsurePrediction } from '../../../search/works/passes.ts';
import type { TextPrediction } from '../../../train/classifier/text-classifier.ts';
import type { Uncertainty } from '../../../train/prediction/monte-carlo.ts';
import type { EngineChoice } from '../../engine-option.ts';
import type { Output } from '../../output.ts';

/** What a command is told of a queue. */
export interface QueueOptions extends Partial<RemotePlace> {
  readonly mc?: number;
  readonly seed: number;
}

/** Texts of a range, which is a work. */
const RANGE = 256;

/** Some texts, and what was predicted of each. */
export interface PredictedTexts {
  readonly texts: readonly string[];
  readonly predictions: readonly (TextPrediction & Partial<Uncertainty>)[];
}

/** @throws OptionError for options that do nothing, or that workers cannot follow */
export function checkQueueOptions(
  who: string,
  { queue, prefix, store, mc, engine }: QueueOptions & EngineChoice,
): void {
  if (queue === undefined) {
    const idle = Object.entries({ prefix, store }).find(([, value]) => value !== undefined);
    if (!idle) return;
    throw new OptionError(`${who}: --queue was expected with --${idle[0]}, but none came; leave it out`);
  }
  if (mc === undefined) {
    throw new OptionError(`${who}: --mc was expected with --queue, but none came; a pass without dropout is made here`);
  }
  if (engine !== 'auto' && engine !== 'simd') {
    throw new OptionError(`${who}: the engine simd was expected with --queue, as workers have it, but ${engine} came`);
  }
}

/**
 * Predictions with dropout that the workers of a queue make, range by range: the same bits as those that are made here.
 * @param groups texts, in the order of their numbers
 */
export async function* queuedPasses(
  who: string,
  model: string,
  groups: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
  options: QueueOptions,
  out: Output,
): AsyncGenerator<PredictedTexts> {
  const remote = await Remote.open(who, options as RemotePlace, (text) => out.warn(text));
  try {
    const { hash, text } = await packModel(model);
    await remote.provide(hash, text);
    const sent: (readonly string[])[] = [];
    const works = worksOf(hash, groups, options, await version(), (texts) => sent.push(texts));
    for await (const predictions of remote.run<readonly UnsurePrediction[]>(works)) {
      yield { texts: sent.shift() as readonly string[], predictions };
    }
  } finally {
    await remote.close();
  }
}

async function* worksOf(
  model: string,
  groups: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
  { mc, seed }: QueueOptions,
  keepgate: string,
  onRange: (texts: readonly string[]) => void,
): AsyncGenerator<PassesWork> {
  let first = 0;
  for await (const group of groups) {
    for (let at = 0; at < group.length; at += RANGE) {
      const texts = group.slice(at, at + RANGE);
      onRange(texts);
      yield { format: 'keepgate-passes-1', keepgate, model, passes: mc as number, seed, first: first + at, texts };
    }
    first += group.length;
  }
}
