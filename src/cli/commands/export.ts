import { Command, Option } from 'commander';
import type { ExportOptions } from '../actions/interop/run-export.ts';
import { ENDINGS } from '../export-formats.ts';

export function exportCommand(): Command {
  return new Command('export')
    .description('Write the weights of a saved model for another program.')
    .argument('<model>', 'the folder of the model')
    .addOption(new Option('--format <name>', 'what is written').choices(Object.keys(ENDINGS)).makeOptionMandatory())
    .requiredOption('--out <path>', 'the file to write')
    .option('--json', 'one JSON object, for programs', false)
    .action(async (model: string, options: ExportOptions) => {
      const { runExport } = await import('../actions/interop/run-export.ts');
      await runExport(model, options);
    });
}
