import { Command, Option } from 'commander';
import type { SearchCommandOptions } from '../../actions/search/study-of-command.ts';
import { addDataOptions } from '../../data/data-options.ts';
import type { Interrupt } from '../../interrupt.ts';
import { namesOf, numberBetween, wholeNumber } from '../../options.ts';
import { addQueueOptions } from '../queue/queue-options.ts';
import { searchStatusCommand } from './search-status.ts';

/** The default values that the help tells of; the study has its own where code calls it. */
const DEFAULTS = { trials: 50, epochs: 9, seeds: 3 };

export function searchCommand(interrupt: Interrupt): Command {
  const command = new Command('search')
    .description('Search for the scheme, the rates and the settings that suit a task, in a folder that can go on.')
    .argument(
      '<data>',
      'a CSV, TSV or JSON Lines file, or a folder with one file a class (a text a line) or one folder a class (a file a text); ./status for one of that name',
    )
    .addCommand(searchStatusCommand());
  addDataOptions(command)
    .option('--validation <file>', 'texts to score trials on, read as the data is, which is trained on as a whole then')
    .option('--holdout <share>', 'the share of the texts that trials are scored on, 0.3', numberBetween(0, 1))
    .option('--folds <n>', 'score each seed on so many folds', wholeNumber(2))
    .option('--test <file>', 'texts that the best trial is scored on, once, at the end');
  addSpaceOptions(command);
  command
    .option('--trials <n>', 'how many in all; a study that goes on can have more', wholeNumber(1), DEFAULTS.trials)
    .option('--epochs <n>', 'the most passes of a trial over its texts', wholeNumber(1), DEFAULTS.epochs)
    .option('--seeds <n>', 'trainings of each trial, with the seeds 1 to n', wholeNumber(1), DEFAULTS.seeds)
    .addOption(
      new Option('--sampler <name>', 'how trials are chosen')
        .choices(['tpe', 'random', 'sobol', 'grid'])
        .default('tpe'),
    )
    .addOption(
      new Option('--pruner <name>', 'which trials go on; asha where there are eta epochs or more').choices([
        'asha',
        'hyperband',
        'none',
      ]),
    )
    .option('--eta <n>', 'of so many trials one goes on to its next rung, 3', wholeNumber(2))
    .option('--least <n>', 'the fewest epochs of a trial, 1', wholeNumber(1))
    .option('--key <n>', 'decides which trials are tried', wholeNumber(0), 0)
    .option('--parallel <n>', 'trials that may be under way at once, 8: a part of the study', wholeNumber(1))
    .option('--slots <n>', 'processes on this machine, each with one thread; one a core when left out', wholeNumber(1))
    .option(
      '--limit <seconds>',
      'what a training from one rung to the next may take: then it has failed; a day when left out',
      numberBetween(0, Number.POSITIVE_INFINITY),
    );
  addQueueOptions(command, 'train')
    .option(
      '--out <dir>',
      'the folder of the study, which goes on where there is one; named after the data when left out',
    )
    .option('--retry-failed', 'try again what failed, and all that was decided after it', false)
    .option('--report <file>', 'write an HTML report of the study, which stands alone')
    .option('--quiet', 'print the result alone', false)
    .option('--json', 'one JSON object a line, for programs', false);
  return command.action(async (data: string, options: SearchCommandOptions) => {
    const { runSearch } = await import('../../actions/search/run-search.ts');
    await runSearch(data, options, interrupt);
  });
}

/** What is searched, and what all trials have. */
function addSpaceOptions(command: Command): void {
  command
    .option('--space <file>', 'what is searched, as JSON; when left out the default space of the cell')
    .option(
      '--schemes <names>',
      "of the default space: all, or those with some of these names, such as none,variational,zoneout; 'papers' for those of papers",
      namesOf,
    )
    .addOption(new Option('--level <level>', 'what a token is').choices(['word', 'char']))
    .addOption(new Option('--cell <cell>', 'the recurrent cell').choices(['lstm', 'gru', 'rnn']))
    .option('--units <n>', 'the size of the hidden state', wholeNumber(1))
    .option('--embedding <n>', 'the size of a token vector', wholeNumber(1))
    .option('--layers <n>', 'recurrent layers on top of each other', wholeNumber(1))
    .option('--bidirectional', 'read each text in both directions')
    .addOption(
      new Option('--optimizer <name>', 'with its defaults but for the learning rate').choices([
        'sgd',
        'adam',
        'adamW',
        'rmsprop',
        'adagrad',
        'nadam',
        'radam',
      ]),
    )
    .option(
      '--learning-rate <x>',
      'of the optimizer: the default space searches it',
      numberBetween(0, Number.POSITIVE_INFINITY),
    )
    .option('--clip-norm <x>', 'the largest global norm of the gradients', numberBetween(0, Number.POSITIVE_INFINITY))
    .option('--batch-size <n>', 'texts in a step', wholeNumber(1))
    .option('--max-length <n>', 'tokens of a text past this many are cut off', wholeNumber(1))
    .option('--min-count <n>', 'a token gets an id when it occurs this often', wholeNumber(1));
}
