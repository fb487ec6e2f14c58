import { Command, Option } from 'commander';
import type { ExportOptions } from '../actions/interop/run-export.ts';
import { ENDINGS } from '../export-formats.ts';

export function exportCommand(): Command {
  return new Command('export')
    .description('Write the weights of a saved model for another program.')
    .argument('<model>', 'the folder of the model')
    .addOption(new Option('--format <name>', 'what is written').choices(Object.keys(ENDINGS)).makeOptionMandatory())
    .requiredOption('--out <path>', 'the file to write')
    .option('--masks', 'onnx: have each mask of dropout as an input, for MC dropout elsewhere', false)
    .option(
      '--lengths',
      'onnx: have the valid steps of each sample as an input, which padded batches of differing lengths need',
      false,
    )
    .option('--json', 'one JSON object, for programs', false)
    .action(async (model: string, options: ExportOptions) => {
      const { runExport } = await import('../actions/interop/run-export.ts');
      await runExport(model, options);
    });
}
