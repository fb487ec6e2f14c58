import { Command } from 'commander';
import type { InspectOptions } from '../actions/interop/run-inspect.ts';
import { addLayersOptions } from '../options.ts';

export function inspectCommand(): Command {
  const command = new Command('inspect')
    .description(
      'Say what a file of another program has: its tensors, the layers that they make, and what cannot be had.',
    )
    .argument('<file>', 'a file of weights or of a model: PyTorch, safetensors and others, told apart by their bytes');
  return addLayersOptions(command)
    .option('--json', 'one JSON object, for programs', false)
    .action(async (file: string, options: InspectOptions) => {
      const { runInspect } = await import('../actions/interop/run-inspect.ts');
      await runInspect(file, options);
    });
}
