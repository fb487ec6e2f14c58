import { Command } from 'commander';
import type { Ops } from '../engines/ops.ts';
import { formatTable, percent } from '../report/table.ts';
import { readLabelled } from '../text/read-labelled.ts';
import { TextClassifier } from '../train/text-classifier.ts';
import { type EngineChoice, withEngine } from './engine.ts';
import { addCommonOptions, addDataOptions, type DataOptions, tableOptions } from './options.ts';
import { output } from './output.ts';

interface EvaluateOptions extends DataOptions, EngineChoice {}

export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description('Score a saved model on labelled texts.')
    .argument('<model>', 'the folder of the model')
    .argument('<data>', 'a CSV or TSV file, or a folder with one text file a class');
  addDataOptions(command);
  addCommonOptions(command);
  return command.action((model: string, data: string, options: EvaluateOptions) =>
    withEngine(options, (engine) => evaluate(model, data, engine, options)),
  );
}

async function evaluate(dir: string, path: string, engine: Ops, options: EvaluateOptions): Promise<void> {
  const out = output(options.json);
  const classifier = await TextClassifier.load(dir, { engine });
  const data = await readLabelled(path, tableOptions(options));
  const scores = await classifier.evaluate(data);
  const predictions = await classifier.predict(data.texts);

  const classes = classifier.classes.map((name) => {
    const own = data.labels.flatMap((label, i) => (label === name ? [predictions[i]?.label === name] : []));
    const right = own.filter(Boolean).length;
    return { name, texts: own.length, right, accuracy: own.length === 0 ? null : right / own.length };
  });
  out.line(`${data.texts.length} texts: loss ${scores.loss.toFixed(4)}, accuracy ${percent(scores.accuracy ?? 0)}`);
  const rows = classes.map(({ name, texts, right, accuracy }) => [
    name,
    `${texts}`,
    `${right}`,
    accuracy === null ? '-' : percent(accuracy),
  ]);
  out.line(formatTable([['class', 'texts', 'right', 'accuracy'], ...rows]));
  out.record({ texts: data.texts.length, ...scores, classes });
}
