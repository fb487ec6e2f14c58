import { Command, Option } from 'commander';
import type { ImportOptions } from '../actions/interop/run-import.ts';
import { addLayersOptions, namesOf } from '../options.ts';

export function importCommand(): Command {
  const command = new Command('import')
    .description('Make a model of a file of another program, in the folder that loadModel, export and verify take.')
    .argument('<file>', 'a file of weights or of a model: PyTorch, safetensors and others, told apart by their bytes')
    .requiredOption('--out <dir>', 'save the model to this folder')
    .option('--only <names>', 'the layers that are wanted, such as embed,rnn; all of the file when left out', namesOf)
    .option('--sequential', 'take the layers for one after the other, which files of weights do not say', false)
    .option('--vocabulary <file>', 'the tokens of a model of texts, one a line in the order of their ids')
    .option('--labels <names>', 'the classes of a model of texts, such as ham,spam', namesOf)
    .addOption(
      new Option(
        '--masking <rule>',
        "where Keras' mask ends: with the model, or behind the first recurrent layer",
      ).choices(['keras-3.15', 'keras-3.16']),
    )
    .option('--return-sequences', 'have the last recurrent layer hand on all steps, and not the last alone', false);
  return addLayersOptions(command)
    .option('--json', 'one JSON object, for programs', false)
    .action(async (file: string, options: ImportOptions) => {
      const { runImport } = await import('../actions/interop/run-import.ts');
      await runImport(file, options);
    });
}
