import { Command } from 'commander';
import type { EvaluateOptions } from '../actions/run-evaluate.ts';
import { addDataOptions, DATA } from '../data/data-options.ts';
import { addQueueOptions } from './queue/queue-options.ts';
import { addCommonOptions, namesOf, wholeNumber } from '../options.ts';

export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description('Score a saved model on labelled texts.')
    .argument('<model>', 'the folder of the model')
    .argument('<data>', DATA)
    .option(
      '--metrics <names>',
      'what is scored besides the loss, such as accuracy,f1-macro,recall:LABEL; accuracy when left out',
      namesOf,
    )
    .option('--mc <passes>', 'score the mean of so many predictions with dropout as well', wholeNumber(2))
    .option('--seed <n>', 'draws the masks of --mc', wholeNumber(0), 1)
    .option('--plot <file>', 'draw accuracy against confidence, of --mc if it is given, as an SVG file');
  addDataOptions(command);
  addQueueOptions(command, 'make the passes of --mc');
  addCommonOptions(command);
  return command.action(async (model: string, data: string, options: EvaluateOptions) => {
    const { runEvaluate } = await import('../actions/run-evaluate.ts');
    await runEvaluate(model, data, options);
  });
}
