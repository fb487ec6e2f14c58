/**
 * What dropout costs a training step on the simd engine: steps with it (W2) and without (W4) in turn, in one process.
 * `npx tsx test/bench/dropout-cost.ts [threads] [seconds a size]`.
 */
import { performance } from 'node:perf_hooks';
import { createEngine, formatTable } from 'keepgate';
import { standardWork } from '../../src/report/standard-works.ts';
import { SIZES, type SizeName } from '../../src/report/work-sizes.ts';
import { median, quantile } from './quantile.ts';

const threads = Number(process.argv[2] ?? 2);
const seconds = Number(process.argv[3] ?? 8);

/** Times of steps with and without dropout, ms. */
async function measure(size: SizeName): Promise<readonly (readonly number[])[]> {
  const engine = await createEngine('simd', { threads });
  const works = (['W2', 'W4'] as const).map((name) => ({
    work: standardWork(engine, name, SIZES[size]),
    times: [] as number[],
  }));
  const until = async (end: number, keep: boolean): Promise<void> => {
    while (performance.now() < end) {
      for (const { work, times } of works) {
        // The first step finds the caches full of the other work's numbers.
        await work.run();
        for (let step = 0; step < 2; step++) {
          const start = performance.now();
          await work.run();
          if (keep) times.push(performance.now() - start);
        }
      }
    }
  };
  await until(performance.now() + 2000, false);
  await until(performance.now() + 1000 * seconds, true);
  for (const { work } of works) work.dispose();
  await engine.dispose();
  return works.map(({ times }) => times);
}

const rows: string[][] = [];
for (const size of Object.keys(SIZES) as SizeName[]) {
  const [dropped, whole] = (await measure(size)) as [readonly number[], readonly number[]];
  const ratio = (share: number): string => (quantile(dropped, share) / quantile(whole, share)).toFixed(2);
  rows.push([size, median(dropped).toFixed(2), median(whole).toFixed(2), ratio(0.5), ratio(0.1), `${whole.length}`]);
}
console.log(`node ${process.version}, ${threads} thread${threads === 1 ? '' : 's'}`);
console.log(formatTable([['', 'W2 ms', 'W4 ms', 'of medians', 'of fastest tenths', 'steps'], ...rows]));
