/** Epochs of training with keepgate and with PyTorch, in turns: see README.md. */
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { someOf, wholeNumber } from '../../../src/cli/options.ts';
import { formatTable } from '../../../src/report/table.ts';
import { Child } from '../peers/child.ts';
import { type System, systems } from '../peers/systems.ts';
import { type Work, WORKS } from './works.ts';

interface Options {
  readonly data: string;
  readonly works: readonly string[];
  readonly rounds: number;
  readonly threads: number;
  readonly json: boolean;
}

/** What a system took for the epochs of a work. */
interface Found {
  readonly work: string;
  readonly system: string;
  readonly median_ms: number;
  readonly epochs: number;
  readonly loss: number;
  readonly peak_mb: number | undefined;
}

const here = fileURLToPath(new URL('.', import.meta.url));
const NAMES = WORKS.map(({ name }) => name);

const options = new Command('bench:end-to-end')
  .description('Time epochs of training with keepgate and with PyTorch: medians in ms, and ratios.')
  .requiredOption('--data <folder>', 'where the data sets are: see README.md')
  .addOption(new Option('--works <list>', `some of ${NAMES.join('; ')}`).argParser(someOf(NAMES)).default(NAMES, 'all'))
  .option('--rounds <n>', 'epochs of each system that count; one before them does not', wholeNumber(1), 5)
  .option('--threads <n>', 'threads of each', wholeNumber(1), 2)
  .option('--json', 'one JSON object a line, for programs', false)
  .parse()
  .opts<Options>();

console.error(`load before: ${loadavg()[0]?.toFixed(2)}`);
const found: Found[] = [];
for (const work of WORKS.filter(({ name }) => options.works.includes(name))) found.push(...(await measure(work)));
if (options.json) for (const one of found) console.log(JSON.stringify(one));
else console.log(tableOf(found));

async function measure(work: Work): Promise<Found[]> {
  const folder = await mkdtemp(join(tmpdir(), 'keepgate-end-to-end-'));
  const children: { readonly system: System; readonly child: Child; readonly times: number[]; loss: number }[] = [];
  try {
    const files = await work.prepare(resolve(options.data), folder);
    for (const system of contenders(work, files)) {
      const child = new Child(system);
      const { note = '', error } = await child.hello();
      if (error !== undefined) throw new Error(`${system.name}: ${error}`);
      children.push({ system: { ...system, name: `${system.name} ${note}` }, child, times: [], loss: Number.NaN });
    }
    for (let round = 0; round <= options.rounds; round++) {
      for (const contender of children) {
        const { times, values, error } = await contender.child.tell('epoch');
        if (error !== undefined) throw new Error(`${contender.system.name}: ${error}`);
        // Kernels are built in the first, and functions are compiled.
        if (round > 0) contender.times.push(...(times ?? []));
        contender.loss = values?.[0] ?? Number.NaN;
      }
    }
    return children.map(({ system, child, times, loss }) => ({
      work: work.name,
      system: system.name,
      median_ms: Math.round(times.toSorted((a, b) => a - b)[times.length >> 1] as number),
      epochs: times.length,
      loss,
      peak_mb: child.peakMegabytes(),
    }));
  } finally {
    for (const { child } of children) await child.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** keepgate, and PyTorch with the BLAS of `bench:peers` that is there: the one that was fetched, if it is. */
function contenders({ rate }: Work, files: readonly string[]): System[] {
  const args = [String(options.threads), String(rate), ...files];
  const ours = [process.execPath, '--import', 'tsx', join(here, 'keepgate.ts'), ...args] as const;
  const peers = systems().filter(({ name, missing }) => name.startsWith('pytorch loop') && missing === null);
  const torch = peers.map(
    ({ command: [python], ...peer }): System => ({
      ...peer,
      name: peer.name.replace(' loop', ''),
      command: [python, join(here, 'pytorch.py'), ...args],
    }),
  );
  if (torch.length === 0) console.error('pytorch is left out: see the README of bench:peers');
  return [{ name: `keepgate simd, ${options.threads} threads`, command: ours, missing: null }, ...torch];
}

function tableOf(all: readonly Found[]): string {
  const rows = all.map(({ work, system, median_ms, loss, peak_mb }) => {
    const others = all.filter((one) => one.work === work && one.system.startsWith('pytorch'));
    const best = Math.min(...others.map((one) => one.median_ms));
    const ratio = Number.isFinite(best) ? (median_ms / best).toFixed(2) : '';
    return [work, system, (median_ms / 1000).toFixed(2), ratio, loss.toFixed(3), String(peak_mb ?? '')];
  });
  return formatTable([['work', 'system', 'epoch s', 'of pytorch', 'loss', 'peak MB'], ...rows]);
}
