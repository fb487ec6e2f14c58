/**
 * One study by one process and by two, and what the coordinator takes of it:
 * `npm run build && node --import tsx test/bench/search/processes.ts [sentences of each class] [trials] [epochs]`. Processes are of `dist`, as users have them.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { cpuUsage } from 'node:process';
import { polarityTable, READING } from './polarity-table.ts';

const { local, search } = (await import(
  new URL('../../../dist/search/index.js', import.meta.url).href
)) as typeof import('keepgate/search');
const [most = 1000, trials = 8, epochs = 9] = process.argv.slice(2).map(Number);
const { folder, data } = polarityTable(most);
const study = {
  data,
  reading: READING,
  space: { scheme: ['none', 'variational(input={i},recurrent={r})'], i: [0, 0.5], r: [0, 0.5], maxLength: 40 },
  trials,
  epochs,
  sampler: 'random' as const,
  pruner: { name: 'none' as const },
};

/** Seconds that a search takes, and of them the processor's of this process, from the first job to the end. */
async function run(slots: number): Promise<{ readonly wall: number; readonly all: number; readonly own: number }> {
  let began = 0;
  let before = cpuUsage();
  const start = performance.now();
  await search(
    { ...study, out: join(folder, `${slots}`) },
    {
      driver: local({ slots }),
      onBegin: () => {
        began = performance.now();
        before = cpuUsage();
      },
    },
  );
  const { user, system } = cpuUsage(before);
  const now = performance.now();
  return { wall: (now - began) / 1000, all: (now - start) / 1000, own: (user + system) / 1e6 };
}

const [one, two] = [await run(1), await run(2)];
const share = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)}%`;
console.log(
  `one process ${one.wall.toFixed(1)} s, two ${two.wall.toFixed(1)} s: ${(two.wall / one.wall).toFixed(3)} of it`,
);
console.log(
  `the coordinator's own time: ${share(one.own, one.wall)} and ${share(two.own, two.wall)}; reading the texts ${(one.all - one.wall).toFixed(1)} s`,
);
rmSync(folder, { recursive: true });
