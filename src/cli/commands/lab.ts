import { Command } from 'commander';
import type { LabOptions } from '../actions/lab/run-lab.ts';
import { wholeNumber } from '../options.ts';

export function labCommand(): Command {
  return new Command('lab')
    .description('Serve a page to see masks, race schemes and check a cell, for this machine alone.')
    .option('--port <n>', 'the port; 0 is any that is free', wholeNumber(0), 0)
    .option('--open', 'open the page in a browser', false)
    .action(async (options: LabOptions) => {
      const { runLab } = await import('../actions/lab/run-lab.ts');
      await runLab(options);
    });
}
