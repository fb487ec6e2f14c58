/**
 * A cell of one's own: its equations in forty lines, its dropout verified, and trained with the program of ../one-layer.
 *
 *     npx tsx examples/own-cell/main.ts [--updates 400] [--seed 1]
 */
import { Command } from 'commander';
import { key, recurrent, variational } from 'keepgate';
import { verify } from 'keepgate/verify';
import { learnToAdd } from '../one-layer/program.ts';
import { runExample, wholeNumber } from '../options.ts';
import { leaky } from './leaky.ts';

const command = new Command('npx tsx examples/own-cell/main.ts')
  .description('Verify and train a cell of our own.')
  .option('--updates <n>', 'batches of 32 sequences', wholeNumber, 400)
  .option('--seed <n>', 'of the weights, the sequences and the masks', wholeNumber, 1);

async function main({ updates, seed }: { readonly updates: number; readonly seed: number }): Promise<void> {
  const cell = leaky(0.4);
  const scheme = variational({ recurrent: 0.1 });

  const { passed, properties } = await verify({ name: cell.name, cell, claims: scheme }, { seed });
  const broken = properties.filter((property) => !property.passed);
  console.log(`${cell.name}: ${properties.length - broken.length} of ${properties.length} laws hold`);
  for (const { name, detail } of broken) console.log(`  ${name}: ${detail}`);
  if (!passed) process.exitCode = 1;

  const layer = recurrent({ cell, inputSize: 2, hiddenSize: 24, key: key(seed) });
  const { before, after } = await learnToAdd(layer, { scheme, updates, seed });
  await layer.dispose();
  console.log(`a mean square error of ${before.toFixed(4)} before the training, and ${after.toFixed(4)} after it`);
}

await runExample(command, main);
