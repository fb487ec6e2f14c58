import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { createEngine, type EngineName } from '../engines/select.ts';
import { OptionError } from '../errors.ts';
import { TextClassifier } from '../train/text-classifier.ts';
import { addCommonOptions } from './options.ts';
import { output } from './output.ts';

interface PredictOptions {
  readonly engine: EngineName;
  readonly json: boolean;
}

/** Texts from a pipe are answered in groups of this many, so that a long file needs little memory. */
const GROUP = 256;

export function predictCommand(): Command {
  const command = new Command('predict')
    .description('Label texts with a saved model: one line each, label, probability and text, separated by tabs.')
    .argument('<model>', 'the folder of the model')
    .argument('[text...]', 'the texts; the lines of standard input when there are none');
  addCommonOptions(command);
  return command.action((model: string, texts: string[], options: PredictOptions) => predict(model, texts, options));
}

async function predict(dir: string, texts: readonly string[], options: PredictOptions): Promise<void> {
  const out = output(options.json);
  if (texts.length === 0 && process.stdin.isTTY) {
    throw new OptionError('predict: texts were expected as arguments or on standard input, but none came');
  }
  const classifier = await TextClassifier.load(dir, { engine: await createEngine(options.engine) });
  for await (const group of texts.length > 0 ? [texts] : linesOfInput()) {
    const predictions = await classifier.predict(group);
    for (const [i, { label, probabilities }] of predictions.entries()) {
      const text = group[i] as string;
      out.line(`${label}\t${(probabilities[label] as number).toFixed(4)}\t${text}`);
      out.record({ text, label, probabilities });
    }
  }
}

async function* linesOfInput(): AsyncGenerator<string[]> {
  let group: string[] = [];
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    group.push(line);
    if (group.length === GROUP) {
      yield group;
      group = [];
    }
  }
  if (group.length > 0) yield group;
}
