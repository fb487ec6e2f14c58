import type { Ops } from '../../engines/ops.ts';
import { key } from '../../random/key.ts';
import { checkEncoding, decoded } from '../../text/readers/decode.ts';
import type { Input } from '../../text/readers/input.ts';
import { linesOf } from '../../text/readers/lines.ts';
import { TextClassifier } from '../../train/classifier/text-classifier.ts';
import { output } from '../output.ts';
import { type EngineChoice, withEngine } from '../engine-option.ts';
import { warnOfSamePasses } from '../same-passes.ts';
import { standardInput } from '../data/standard-input.ts';
import { checkQueueOptions, type PredictedTexts, type QueueOptions, queuedPasses } from './queue/queued-passes.ts';

export interface PredictOptions extends EngineChoice, QueueOptions {
  readonly encoding?: string;
}

/** Texts from a pipe are answered in groups of this many, so that a long file needs little memory. */
const GROUP = 256;

/** @param texts the lines of standard input when there are none, or for - */
export async function runPredict(model: string, texts: readonly string[], options: PredictOptions): Promise<void> {
  checkEncoding('predict', options.encoding);
  checkQueueOptions('predict', options);
  const isPiped = texts.length === 0 || (texts.length === 1 && texts[0] === '-');
  const groups = isPiped ? groupsOf(standardInput('predict'), options.encoding) : [texts];
  await withEngine(options, (engine) => predict(model, groups, engine, options));
}

async function predict(
  dir: string,
  groups: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
  engine: Ops,
  options: PredictOptions,
): Promise<void> {
  const out = output(options.json);
  const classifier = await TextClassifier.load(dir, { engine });
  const { mc } = options;
  if (mc !== undefined) warnOfSamePasses(out, classifier);
  const predicted =
    options.queue === undefined
      ? predictedHere(classifier, groups, options)
      : queuedPasses('predict', dir, groups, options, out);
  for await (const { texts, predictions } of predicted) {
    for (const [i, prediction] of predictions.entries()) {
      const text = texts[i] as string;
      const { label, probabilities, entropy, mutualInformation } = prediction;
      const numbers = [probabilities[label], entropy, mutualInformation].flatMap((value) => value?.toFixed(4) ?? []);
      out.columns([label, ...numbers, text]);
      out.record({ text, ...prediction });
    }
  }
}

async function* predictedHere(
  classifier: TextClassifier,
  groups: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
  { mc, seed }: PredictOptions,
): AsyncGenerator<PredictedTexts> {
  let first = 0;
  for await (const texts of groups) {
    const predictions = mc
      ? await classifier.predictMC(texts, { passes: mc, key: key(seed), first })
      : await classifier.predict(texts);
    first += texts.length;
    yield { texts, predictions };
  }
}

async function* groupsOf(input: Input, encoding: string | undefined): AsyncGenerator<string[]> {
  let group: string[] = [];
  for await (const lines of linesOf(input.name, decoded(input, encoding))) {
    for (const line of lines) {
      group.push(line);
      if (group.length < GROUP) continue;
      yield group;
      group = [];
    }
  }
  if (group.length > 0) yield group;
}
