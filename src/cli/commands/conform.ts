import { Command } from 'commander';
import type { ConformOptions } from '../actions/run-conform.ts';
import { addCommonOptions, numberBetween } from '../options.ts';

export function conformCommand(): Command {
  const command = new Command('conform')
    .description('Check an engine against fixtures: outputs and every gradient of each case.')
    .argument('<file>', 'the fixtures, JSON, gzipped or not')
    .option(
      '--tolerance <x>',
      'the largest error allowed (1e-9 in float64, 1e-5 in float32)',
      numberBetween(0, Number.POSITIVE_INFINITY),
    );
  addCommonOptions(command);
  return command.action(async (file: string, options: ConformOptions) => {
    const { runConform } = await import('../actions/run-conform.ts');
    await runConform(file, options);
  });
}
