import { Command } from 'commander';
import type { VerifyCommandOptions } from '../actions/run-verify.ts';
import { addQueueOptions } from './queue/queue-options.ts';
import { wholeNumber } from '../options.ts';

export function verifyCommand(): Command {
  const command = new Command('verify')
    .description(
      'Check what dropout does: of our cells with every published scheme, of a saved model, of what a module exports, or of the layer of an ONNX file.',
    )
    .argument(
      '[module]',
      'the folder of a model, a path that ends in .onnx, or an ES module, a path or a package, whose default export is a subject or a list of them',
    )
    .option('--seed <n>', 'the same seed gives the same report', wholeNumber(0), 1)
    .option(
      '--runs <n>',
      'examples for each property; when left out as many as each needs, or fewer where all our cells are checked',
      wholeNumber(1),
    )
    .option('--html <file>', 'write the reports to this file, as a page')
    .option('--json', 'one JSON object a line, for programs', false);
  return addQueueOptions(command, 'verify our own subjects, or those of a module,').action(
    async (module: string | undefined, options: VerifyCommandOptions) => {
      const { runVerify } = await import('../actions/run-verify.ts');
      await runVerify(module, options);
    },
  );
}
