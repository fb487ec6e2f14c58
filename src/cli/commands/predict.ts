import { Command } from 'commander';
import type { PredictOptions } from '../actions/run-predict.ts';
import { addEncodingOption } from '../data/data-options.ts';
import { addQueueOptions } from './queue/queue-options.ts';
import { addCommonOptions, wholeNumber } from '../options.ts';

export function predictCommand(): Command {
  const command = new Command('predict')
    .description(
      'Label texts with a saved model: a line each with label, probability and text, separated by tabs; ' +
        'with --mc also the entropy and the mutual information, in nats, before the text. Tabs, line ends, control ' +
        'characters and backslashes of labels and texts are escaped: \\t, \\n, \\u001b, \\\\.',
    )
    .argument('<model>', 'the folder of the model')
    .argument('[text...]', 'the texts; the lines of standard input when there are none, or for -')
    .option('--mc <passes>', 'predict so many times with dropout, and add how unsure the model is', wholeNumber(2))
    .option('--seed <n>', 'draws the masks of --mc', wholeNumber(0), 1);
  addEncodingOption(command);
  addQueueOptions(command, 'make the passes of --mc');
  addCommonOptions(command);
  return command.action(async (model: string, texts: string[], options: PredictOptions) => {
    const { runPredict } = await import('../actions/run-predict.ts');
    await runPredict(model, texts, options);
  });
}
