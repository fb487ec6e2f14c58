/**
 * How cost follows work: every standard work and public operation at 1, 4 and 16 times each of its dimensions, as a table in
 * Markdown with what twice the work costs: 2 is in proportion, less where something is done once, and more than 2.3 is marked.
 * `npx tsx test/bench/growth.ts [works | training | data | words] [threads] [ms a measurement] [part of a name]`; times are
 * the process's CPU time on one thread, and the clock's otherwise.
 */
import { DATA } from './growth/data.ts';
import { cpuTime, type Grown, type Growing, grow, MOST } from './growth/growing.ts';
import { training } from './growth/training.ts';
import { rareWords } from './growth/rare-words.ts';
import { works } from './growth/works.ts';

const [group = 'all', threads = '1', budget = '300', part = ''] = process.argv.slice(2);

const clock = threads === '1' ? cpuTime : () => performance.now();

const groups: Readonly<Record<string, () => readonly Growing[]>> = {
  works: () => works(Number(threads)),
  training: () => training(Number(threads)),
  data: () => DATA,
};
if (group === 'all' || groups[group]) {
  console.log(`node ${process.version}, ${threads} thread${threads === '1' ? '' : 's'}\n`);
  console.log('| what | grows | sizes | ms | twice the work costs |\n| --- | --- | --- | --- | --- |');
  for (const growing of Object.entries(groups).flatMap(([name, list]) =>
    group === 'all' || group === name ? list() : [],
  )) {
    if (growing.what.includes(part)) console.log(row(growing, await grow(growing, clock, Number(budget))));
  }
}
if (group === 'all' || group === 'words') await rareWords(Number(threads), clock);

function row({ what, dimension, sizes }: Growing, { ms, doubling }: Grown): string {
  const costs = doubling.map((cost, i) => {
    // What takes less than this is mostly what is done once.
    const matters = (ms[i + 1] as number) > 0.5;
    return cost > MOST && matters ? `**${cost.toFixed(2)}**` : cost.toFixed(2);
  });
  return `| ${[what, dimension, sizes.join(', '), ms.map(inMs).join(', '), costs.join(', ')].join(' | ')} |`;
}

function inMs(ms: number): string {
  return ms >= 100 ? ms.toFixed(0) : ms.toPrecision(2);
}
