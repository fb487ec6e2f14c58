/** The standard works with keepgate and with other libraries, interleaved in one run: see README.md. */
import { spawnSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { Command, Option } from 'commander';
import { someOf, wholeNumber } from '../../../src/cli/options.ts';
import { SIZES, type SizeName, WORK_TEXTS, type WorkName } from '../../../src/report/work-sizes.ts';
import { checkAgainstFirst, TOLERANCE } from './check.ts';
import { Child } from './child.ts';
import { checkTable, sizeTable } from './report.ts';
import { measureInRounds, nameOf, type PeerMeasurement } from './rounds.ts';
import { INSTALLED_BY_NPM, type System, systems } from './systems.ts';

interface Options {
  readonly works: readonly WorkName[];
  readonly sizes: readonly SizeName[];
  readonly times?: readonly number[];
  readonly rounds: number;
  readonly systems?: readonly string[];
  readonly check: boolean;
  readonly install: boolean;
  readonly json: boolean;
}

const SIZE_NAMES = Object.keys(SIZES) as SizeName[];
const WORK_NAMES = Object.keys(WORK_TEXTS) as WorkName[];

const options = new Command('bench:peers')
  .description('Time the standard works with keepgate and with other libraries: medians in ms, and ratios.')
  .addOption(new Option('--sizes <list>', `some of ${SIZE_NAMES}`).argParser(someOf(SIZE_NAMES)).default(['S'], 'S'))
  .addOption(
    new Option('--works <list>', `some of ${WORK_NAMES}`).argParser(someOf(WORK_NAMES)).default(WORK_NAMES, 'all'),
  )
  .option('--times <list>', 'T, in place of that of each size', counts)
  .option('--rounds <n>', 'turns of each system and work; 2 where a step is slow', wholeNumber(1), 15)
  .option('--systems <name...>', 'those whose names begin so; all when left out')
  .option('--check', 'compare what the systems compute, and time nothing', false)
  .option('--install', 'install what npm can install', false)
  .option('--json', 'one JSON object a line, for programs', false)
  .parse()
  .opts<Options>();

/** For people who watch: standard output has the results alone. */
const tell = (message: string): void => console.error(message);

if (options.install) install();
else if (options.check) await check(chosen());
else await bench(chosen());

function install(): void {
  for (const folder of INSTALLED_BY_NPM) {
    const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], {
      cwd: folder,
      stdio: 'inherit',
    });
    if (status !== 0) process.exit(status ?? 1);
  }
}

function chosen(): System[] {
  const named = systems().filter(({ name }) => options.systems?.some((prefix) => name.startsWith(prefix)) ?? true);
  for (const { name, missing } of named) if (missing) tell(`${name} is left out: it needs ${missing}`);
  return named.filter(({ missing }) => missing === null);
}

async function check(found: readonly System[]): Promise<void> {
  const [reference] = systems();
  const others = found.filter(({ name }) => name !== reference?.name);
  const findings = await checkAgainstFirst([reference as System, ...others], options.works, 'S', tell);
  console.log(checkTable(findings, options.works));
  if (findings.some(({ error }) => error !== null && !(error <= TOLERANCE))) process.exitCode = 1;
}

async function bench(found: readonly System[]): Promise<void> {
  if ((loadavg()[0] ?? 0) > 0.5) tell('warning: the machine is busy with something else; threads suffer most');
  for (const system of found) {
    const child = new Child(system);
    const hello = await child.hello();
    tell(`${nameOf(system, hello)}: ${hello.version ?? hello.error}`);
    await child.close();
  }
  for (const size of options.sizes) {
    for (const time of options.times ?? [SIZES[size].time]) await benchSize(found, size, time);
  }
}

async function benchSize(found: readonly System[], size: SizeName, time: number): Promise<void> {
  const shape = { ...SIZES[size], time };
  const all: PeerMeasurement[] = [];
  for (const work of options.works) {
    tell(`${work} ${size}, T ${time}: ${WORK_TEXTS[work]}`);
    const measured = await measureInRounds(found, { work, size, shape }, options.rounds, tell);
    all.push(...measured);
    if (options.json) for (const one of measured) console.log(JSON.stringify(one));
  }
  if (!options.json) console.log(`\n${sizeTable(all, options.works, size, shape)}`);
}

function counts(text: string): readonly number[] {
  return text.split(',').map(wholeNumber(1));
}
