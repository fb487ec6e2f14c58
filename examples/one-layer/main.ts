/**
 * One LSTM inside a program that is not ours: a training loop written by hand, with an optimizer and a readout of its own.
 *
 *     npx tsx examples/one-layer/main.ts [--updates 400] [--seed 1]
 *
 * The layer is to add the two numbers of a sequence that are marked.
 */
import { Command } from 'commander';
import { key, recurrent, variational } from 'keepgate';
import { runExample, wholeNumber } from '../options.ts';
import { learnToAdd } from './program.ts';

const command = new Command('npx tsx examples/one-layer/main.ts')
  .description('Train one recurrent layer in a loop of our own.')
  .option('--updates <n>', 'batches of 32 sequences', wholeNumber, 400)
  .option('--seed <n>', 'of the weights, the sequences and the masks', wholeNumber, 1);

async function main({ updates, seed }: { readonly updates: number; readonly seed: number }): Promise<void> {
  for (const [name, scheme] of [
    ['no dropout', []],
    ['variational, 0.1 of h', variational({ recurrent: 0.1 })],
  ] as const) {
    const layer = recurrent({ cell: 'lstm', inputSize: 2, hiddenSize: 16, key: key(seed) });
    const { before, after } = await learnToAdd(layer, { scheme, updates, seed });
    await layer.dispose();
    console.log(`${name}: a mean square error of ${before.toFixed(4)} before, and ${after.toFixed(4)} after`);
  }
}

await runExample(command, main);
