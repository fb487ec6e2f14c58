/**
 * A search with halving against random search with as many epochs in all, on rt-polarity, with 3 keys each:
 * `npx tsx test/bench/search/halving.ts [sentences of each class] [trials] [epochs]`. Prints the best score of each, and the share of the
 * epochs that all trials would have had.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { formatTable, percent } from 'keepgate';
import { defaultSpace, local, type SearchPlan, search, startingPoints, type StudyOptions } from 'keepgate/search';
import { polarityTable, READING } from './polarity-table.ts';

const [most, trials = 50, epochs = 9] = process.argv.slice(2).map(Number);
const { folder, data } = polarityTable(most);
const space = { ...defaultSpace(), maxLength: 40 };
const began = performance.now();

/** What one search comes to, and its epochs. */
async function run(name: string, more: Pick<StudyOptions, 'trials' | 'sampler' | 'pruner' | 'key' | 'first'>) {
  let plan: SearchPlan | undefined;
  let trained = 0;
  const start = performance.now();
  const study = { data, reading: READING, space, epochs, seeds: 1, parallel: 4, out: join(folder, name), ...more };
  const { best } = await search(study, {
    driver: local({ slots: 2 }),
    onBegin: (told) => {
      plan = told;
    },
    onJob: ({ job, state }) => {
      if (state === 'ended') trained += job.to - job.from;
    },
  });
  const seconds = (performance.now() - start) / 1000;
  return { name, best, trained, most: (plan as SearchPlan).most, seconds };
}

const rows: string[][] = [];
const gains: number[] = [];
for (const key of [0, 1, 2]) {
  const halving = await run(`halving-${key}`, {
    trials,
    key,
    sampler: 'tpe',
    pruner: { name: 'asha' },
    first: startingPoints(space),
  });
  const asMany = Math.max(1, Math.floor(halving.trained / epochs));
  const random = await run(`random-${key}`, { trials: asMany, key, sampler: 'random', pruner: { name: 'none' } });
  gains.push(Number(halving.best?.score) - Number(random.best?.score));
  for (const { name, best, trained, most: all, seconds } of [halving, random]) {
    const share = percent(trained / (name === random.name ? halving.most : all));
    rows.push([
      name,
      percent(Number(best?.score)),
      `${trained}`,
      share,
      seconds.toFixed(0),
      `${best?.scheme}, ${best?.params.learningRate}`,
    ]);
  }
}
console.log(formatTable([['search', 'best', 'epochs', 'of all', 's', 'scheme, learning rate'], ...rows]));
console.log(`halving ahead by ${gains.map((gain) => (100 * gain).toFixed(1)).join(', ')} points`);
console.log(`${((performance.now() - began) / 60_000).toFixed(1)} minutes in all, on 2 processes`);
rmSync(folder, { recursive: true });
