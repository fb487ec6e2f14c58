import { Command } from 'commander';
import type { WorkerCommandOptions } from '../../actions/queue/run-worker.ts';
import type { Interrupt } from '../../interrupt.ts';
import { numberBetween, wholeNumber } from '../../options.ts';

export function workerCommand(interrupt: Interrupt): Command {
  return new Command('worker')
    .description(
      'Do what a queue holds, in processes of this machine, until it is ended: of searches, verifications and passes of --mc. Ctrl-C or SIGTERM give back what is under way.',
    )
    .requiredOption(
      '--queue <url>',
      'redis://HOST:PORT, rediss:// or postgres://HOST:PORT/DATABASE, with user and password',
    )
    .option('--prefix <name>', 'what the names of all that the queue keeps begin with', 'keepgate')
    .option(
      '--slots <n>',
      'how many at once, each in a process with one thread; one a core when left out',
      wholeNumber(1),
    )
    .option(
      '--store <dir>',
      'a folder that all machines see, for results, checkpoints and data; one of its own when left out',
    )
    .option('--data <dir>', 'a folder with copies of the tables and folders that studies read, by their names')
    .option('--module <file...>', 'modules that it may run, as code is never sent')
    .option('--idle <seconds>', 'end after so many seconds without work', numberBetween(0, 1_000_000))
    .option('--json', 'one JSON object a line, for programs', false)
    .action(async (options: WorkerCommandOptions) => {
      const { runWorker } = await import('../../actions/queue/run-worker.ts');
      await runWorker(options, interrupt);
    });
}
