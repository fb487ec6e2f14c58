import type { Command } from 'commander';

/** Where work is done by others, and not here. */
export function addQueueOptions(command: Command, what: string): Command {
  return command
    .option(
      '--queue <url>',
      `${what} on all machines that run keepgate worker: redis://HOST:PORT, rediss:// or postgres://HOST:PORT/DATABASE`,
    )
    .option('--prefix <name>', 'that of the workers, if they have one')
    .option('--store <dir>', 'with --queue, a folder that all machines see; data go through the queue when left out');
}
