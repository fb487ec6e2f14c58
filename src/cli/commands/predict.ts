import { Command } from 'commander';
import type { Ops } from '../../engines/ops.ts';
import { OptionError } from '../../errors.ts';
import { linesOf } from '../../platform/input-lines.ts';
import { key } from '../../random/key.ts';
import { TextClassifier, type TextPrediction } from '../../train/classifier/text-classifier.ts';
import type { Uncertainty } from '../../train/prediction/monte-carlo.ts';
import { type EngineChoice, withEngine } from '../engine-option.ts';
import { addCommonOptions, wholeNumber } from '../options.ts';
import { output } from '../output.ts';
import { warnOfSamePasses } from '../same-passes.ts';

interface PredictOptions extends EngineChoice {
  readonly mc?: number;
  readonly seed: number;
}

/** Texts from a pipe are answered in groups of this many, so that a long file needs little memory. */
const GROUP = 256;

export function predictCommand(): Command {
  const command = new Command('predict')
    .description(
      'Label texts with a saved model: a line each with label, probability and text, separated by tabs; ' +
        'with --mc also the entropy and the mutual information, in nats, before the text.',
    )
    .argument('<model>', 'the folder of the model')
    .argument('[text...]', 'the texts; the lines of standard input when there are none')
    .option('--mc <passes>', 'predict so many times with dropout, and add how unsure the model is', wholeNumber(2))
    .option('--seed <n>', 'draws the masks of --mc', wholeNumber(0), 1);
  addCommonOptions(command);
  return command.action((model: string, texts: string[], options: PredictOptions) => {
    if (texts.length === 0 && process.stdin.isTTY) {
      throw new OptionError('predict: texts were expected as arguments or on standard input, but none came');
    }
    return withEngine(options, (engine) => predict(model, texts, engine, options));
  });
}

async function predict(dir: string, texts: readonly string[], engine: Ops, options: PredictOptions): Promise<void> {
  const out = output(options.json);
  const classifier = await TextClassifier.load(dir, { engine });
  const { mc } = options;
  if (mc !== undefined) warnOfSamePasses(out, classifier);
  let first = 0;
  for await (const group of texts.length > 0 ? [texts] : groupsOfInput()) {
    const predictions: (TextPrediction & Partial<Uncertainty>)[] = mc
      ? await classifier.predictMC(group, { passes: mc, key: key(options.seed), first })
      : await classifier.predict(group);
    first += group.length;
    for (const [i, prediction] of predictions.entries()) {
      const text = group[i] as string;
      const { label, probabilities, entropy, mutualInformation } = prediction;
      const numbers = [probabilities[label], entropy, mutualInformation].flatMap((value) => value?.toFixed(4) ?? []);
      out.line([label, ...numbers, text].join('\t'));
      out.record({ text, ...prediction });
    }
  }
}

async function* groupsOfInput(): AsyncGenerator<string[]> {
  let group: string[] = [];
  for await (const line of linesOf(process.stdin)) {
    group.push(line);
    if (group.length === GROUP) {
      yield group;
      group = [];
    }
  }
  if (group.length > 0) yield group;
}
