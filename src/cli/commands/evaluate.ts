import { Command } from 'commander';
import type { EvaluateOptions } from '../actions/run-evaluate.ts';
import { addDataOptions, DATA } from '../data/data-options.ts';
import { addCommonOptions, wholeNumber } from '../options.ts';

export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description('Score a saved model on labelled texts.')
    .argument('<model>', 'the folder of the model')
    .argument('<data>', DATA)
    .option('--mc <passes>', 'score the mean of so many predictions with dropout as well', wholeNumber(2))
    .option('--seed <n>', 'draws the masks of --mc', wholeNumber(0), 1)
    .option('--plot <file>', 'draw accuracy against confidence, of --mc if it is given, as an SVG file');
  addDataOptions(command);
  addCommonOptions(command);
  return command.action(async (model: string, data: string, options: EvaluateOptions) => {
    const { runEvaluate } = await import('../actions/run-evaluate.ts');
    await runEvaluate(model, data, options);
  });
}
