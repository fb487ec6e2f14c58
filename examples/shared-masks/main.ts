/**
 * What it costs in accuracy that all samples of a batch share one mask, which makes training faster: masks for each sample, and
 * shared ones, drawn once for a sequence or at each step, with the network and the trainings of ../sentence-polarity.
 *
 *     npx tsx examples/shared-masks/main.ts PATH [--seeds 5] [--epochs 12] [--rate 0.5] [--only "none;shared"]
 *
 * PATH is a folder with rt-polarity.pos and rt-polarity.neg, or with TREC.train. Nothing is downloaded.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { compareSchemes, createEngine, key, percent, type Scheme, sharedAcrossBatch } from 'keepgate';
import { trainOnce } from '../sentence-polarity/compare.ts';
import { readSentences } from '../sentence-polarity/sentences.ts';
import { table } from '../sentence-polarity/table.ts';
import { picked, runExample, someOf, wholeNumber } from '../options.ts';
import { pairedTable } from '../spreads.ts';
import { readQuestions } from './questions.ts';

interface Options {
  readonly seeds: number;
  readonly epochs: number;
  readonly rate: number;
  readonly only: readonly string[];
}

/** Masks on x and h, at one rate. */
function schemesOf(rate: number): Readonly<Record<string, Scheme>> {
  const drop = (scope: 'sequence' | 'step'): Scheme => [
    { site: 'input', rate, scope },
    { site: 'recurrent', rate, scope },
  ];
  return {
    none: [],
    'per sample': drop('sequence'),
    shared: sharedAcrossBatch(drop('sequence')),
    'per sample and step': drop('step'),
    'shared, per step': sharedAcrossBatch(drop('step')),
  };
}

const NAMES = Object.keys(schemesOf(0.5));

const command = new Command('npx tsx examples/shared-masks/main.ts')
  .description('Compare masks for each sample with masks that all samples of a batch share.')
  .argument('<path>', 'a folder with rt-polarity.pos and rt-polarity.neg, or with TREC.train')
  .option('--seeds <n>', 'trainings of each kind, with the seeds 1 to n', wholeNumber, 5)
  .option('--epochs <n>', 'passes over the training texts', wholeNumber, 12)
  .option('--rate <p>', 'of the masks on x and on h', rateOf, 0.5)
  .option('--only <names>', `some of ${NAMES.join(', ')}, with semicolons between`, someOf(NAMES, ';'), NAMES);

async function main(path: string, { seeds, epochs, rate, only }: Options): Promise<void> {
  const texts = await (existsSync(join(path, 'TREC.train')) ? readQuestions(path) : readSentences(path));
  const engine = await createEngine();
  console.log(`${texts.texts.length} texts, each once; rate ${rate}; ${engine.describe()}\n`);
  try {
    const comparison = await compareSchemes(
      picked(schemesOf(rate), only),
      async ({ name, scheme: dropout, seed }) => {
        const run = await trainOnce(texts, { dropout, seed, epochs, engine });
        const { best, 'best epoch': epoch, last } = run.scores;
        console.log(
          `${`${name}, seed ${seed}:`.padEnd(29)} ${percent(best)} in epoch ${epoch}, ${percent(last)} in epoch ${epochs}`,
        );
        return run;
      },
      { seeds, key: key(0), ...(only.includes('per sample') ? { baseline: 'per sample' } : {}) },
    );
    console.log(`\n${table(comparison)}\n\n${pairedTable(comparison, ['best', 'last'])}`.trimEnd());
  } finally {
    await engine.dispose();
  }
}

function rateOf(text: string): number {
  const rate = Number(text);
  if (text.trim() === '' || !(rate > 0 && rate < 1))
    throw new InvalidArgumentError('A number above 0 and below 1 was expected.');
  return rate;
}

await runExample(command, main);
