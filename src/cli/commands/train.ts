import { Command, Option } from 'commander';
import type { TrainOptions } from '../data/train-options.ts';
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
    .addOption(
      new Option(
        '--vectors <file>',
        'pretrained vectors of words to begin with: of GloVe, word2vec or fastText, also in gzip',
      ).conflicts('embedding'),
    )
    .option('--freeze-vectors', 'leave them as they are in the file', false)
    .option('--layers <n>', 'recurrent layers on top of each other', wholeNumber(1), 1)
    .option('--bidirectional', 'read each text in both directions', false)
    .option('--dropout <scheme>', "such as 'variational(input=0.25,recurrent=0.25)+wordTypeDropout(rate=0.1)'", 'none')
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
    .option('--epochs <n>', 'passes over the training texts', wholeNumber(1), 5)
    .option('--batch-size <n>', 'texts in a step', wholeNumber(1), 32)
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
      'what is scored besides the loss, such as accuracy,f1-macro,recall:LABEL; the first chooses the best epoch',
      namesOf,
      ['accuracy'],
    )
    .option('--seed <n>', 'everything random comes from it', wholeNumber(0), 1);
  addPartsOptions(command);
  addCommonOptions(command);
  return command.action(async (data: string, options: TrainOptions) => {
    const { runTrain } = await import('../actions/run-train.ts');
    await runTrain(data, options, interrupt);
  });
}

/** Which texts are trained on, scored and chosen by, and what is written. */
function addPartsOptions(command: Command): void {
  command
    .option('--max-length <n>', 'tokens of a text past this many are cut off', wholeNumber(1), 200)
    .option('--min-count <n>', 'a token gets an id when it occurs this often', wholeNumber(1), 2)
    .option(
      '--holdout <share>',
      'the share of the texts that is not trained on, but scored after each epoch; 0.3 without --validation',
      numberBetween(0, 1),
    )
    .option(
      '--validation <file>',
      'texts to score after each epoch, read as the data is; what is held out is then for testing',
    )
    .option('--test <file>', 'texts to score once, at the end, read as the data is')
    .option('--patience <n>', 'end after so many epochs without a better score', wholeNumber(1))
    .addOption(
      new Option('--keep <which>', 'the epoch whose weights are saved: the best by its score, or the last')
        .choices(['best', 'last'])
        .default('best'),
    )
    .option(
      '--out <dir>',
      'save the model to this folder, and until then a checkpoint after each epoch and every 30 seconds',
    )
    .option('--resume', 'go on from the checkpoint in the folder of --out', false)
    .option('--report <file>', 'write an HTML report of the training, which stands alone');
}
