import { Command, Option } from 'commander';
import type { TrainOptions } from '../actions/run-train.ts';
import { addDataOptions, DATA } from '../data/data-options.ts';
import type { Interrupt } from '../interrupt.ts';
import { addCommonOptions, classWeightOf, namesOf, numberBetween, wholeNumber } from '../options.ts';

export function trainCommand(interrupt: Interrupt): Command {
  const command = new Command('train')
    .description('Train a text classifier on a table or on a folder of labelled texts.')
    .argument('<data>', DATA);
  addDataOptions(command)
    .addOption(new Option('--level <level>', 'what a token is').choices(['word', 'char']).default('word'))
    .addOption(new Option('--cell <cell>', 'the recurrent cell').choices(['lstm', 'gru', 'rnn']).default('lstm'))
    .option('--units <n>', 'the size of the hidden state', wholeNumber(1), 32)
    .option('--embedding <n>', 'the size of a token vector', wholeNumber(1), 32)
    .option('--layers <n>', 'recurrent layers on top of each other', wholeNumber(1), 1)
    .option('--bidirectional', 'read each text in both directions', false)
    .option('--dropout <scheme>', "such as 'variational(input=0.25,recurrent=0.25)+wordTypeDropout(rate=0.1)'", 'none')
    .option('--epochs <n>', 'passes over the training texts', wholeNumber(1), 5)
    .option('--batch-size <n>', 'texts in a step', wholeNumber(1), 32)
    .addOption(
      new Option('--optimizer <name>', 'with its defaults but for the learning rate')
        .choices(['sgd', 'adam', 'adamW', 'rmsprop', 'adagrad', 'nadam', 'radam'])
        .default('adam'),
    )
    .option('--learning-rate <x>', 'of the optimizer', numberBetween(0, Number.POSITIVE_INFINITY), 0.003)
    .option(
      '--clip-norm <x>',
      'the largest global norm of the gradients',
      numberBetween(0, Number.POSITIVE_INFINITY),
      5,
    )
    .option(
      '--clip-value <x>',
      'the largest magnitude of a number in the gradients',
      numberBetween(0, Number.POSITIVE_INFINITY),
    )
    .option(
      '--class-weight <weights>',
      "what classes weigh in training: 'balanced', or such as spam=3,ham=0.5",
      classWeightOf,
    )
    .addOption(
      new Option('--sampling <kind>', 'draw of each class the same number of texts for an epoch').choices(['balanced']),
    )
    .option(
      '--metrics <names>',
      'what is scored besides the loss, such as accuracy,f1-macro,recall:LABEL; accuracy when left out',
      namesOf,
    )
    .option('--max-length <n>', 'tokens of a text past this many are cut off', wholeNumber(1), 200)
    .option('--min-count <n>', 'a token gets an id when it occurs this often', wholeNumber(1), 2)
    .option('--holdout <share>', 'the share of the texts that is kept for testing', numberBetween(0, 1), 0.3)
    .option('--seed <n>', 'everything random comes from it', wholeNumber(0), 1)
    .option('--out <dir>', 'save the model to this folder');
  addCommonOptions(command);
  return command.action(async (data: string, options: TrainOptions) => {
    const { runTrain } = await import('../actions/run-train.ts');
    await runTrain(data, options, interrupt);
  });
}
