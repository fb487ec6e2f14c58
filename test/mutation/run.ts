/**
 * Mutation testing: each mutant of the folders below is a small mistake, and some test must fail under it. `npm run mutate -- --help` tells the options.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { explanationOf } from './explained.ts';
import { type Mutant, mutantsOf } from './mutants.ts';
import type { Answer, Task } from './runner.ts';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));
const FOLDERS = ['random', 'masks', 'cells', 'sequence', 'layers', 'train', 'text', 'interop'];
/** A mutant that lets no test end for so long, in milliseconds, is caught: it hangs. */
const PATIENCE = 60_000;
/** After so many mutants a runner is begun anew, as it takes more memory with each. */
const LIFETIME = 150;
/** The share of the mutants that must be caught. */
const LEAST = 0.95;

interface Result {
  readonly mutant: Mutant;
  /** The test that failed; null for a mutant that survives. */
  readonly caughtBy: string | null;
  /** Why it survives, where that is known. */
  readonly why?: string | undefined;
}

const { values: options } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    workers: { type: 'string', default: '2' },
    every: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    all: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    again: { type: 'string' },
  },
});

async function main(): Promise<boolean> {
  const start = performance.now();
  const texts = new Map(sourceFiles().map((file) => [file, readFileSync(SRC + file, 'utf8')]));
  const mutants = [...texts]
    .flatMap(([file, text]) => mutantsOf(file, text))
    .filter((_, index) => index % Number(options.every) === Number(options.from));
  const known = mutants.flatMap((mutant) => {
    const why = options.all ? undefined : explanationOf(mutant, texts.get(mutant.file) ?? '');
    return why === undefined ? [] : [{ mutant, caughtBy: null, why }];
  });
  const explained = new Set(known.map(({ mutant }) => mutant));
  const caught =
    options.again === undefined ? [] : caughtIn(options.again, mutants).filter(({ mutant }) => !explained.has(mutant));
  const untested = new Set([...known, ...caught].map(({ mutant }) => mutant));
  const queue = mutants.filter((mutant) => !untested.has(mutant));
  console.log(
    `${mutants.length} mutants of ${texts.size} files, ${known.length} of them explained survivors, ${caught.length} caught before`,
  );

  const first = new Runner();
  for (const file of new Map(queue.map((mutant) => [mutant.file.split('/')[0], mutant.file])).values()) {
    const before = await first.run({ file, mutant: null, quick: options.quick });
    if (before !== null) throw new Error(`unchanged sources must pass the tests, but this one fails: ${before}`);
  }
  const runners = [first, ...Array.from({ length: Number(options.workers) - 1 }, () => new Runner())];
  const results: Result[] = [...known, ...caught];
  await Promise.all(
    runners.map(async (runner) => {
      for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
        const text = texts.get(mutant.file) ?? '';
        const caughtBy = await runner.run({ file: mutant.file, mutant, quick: options.quick });
        const result = { mutant, caughtBy, why: explanationOf(mutant, text) };
        results.push(result);
        if (caughtBy === null) console.log(`survives: ${described(result)}`);
        else if (result.why !== undefined) console.log(`is caught, though explained: ${described(result)}`);
      }
      runner.stop();
    }),
  );

  if (options.json) writeFileSync(options.json, JSON.stringify(results, null, 1));
  const share = report(results);
  console.log(`${((performance.now() - start) / 60_000).toFixed(1)} minutes with ${runners.length} workers`);
  return share >= LEAST && results.every(({ caughtBy, why }) => caughtBy !== null || why !== undefined);
}

/** The mutants that an earlier run caught, also where lines have moved since. */
function caughtIn(file: string, mutants: readonly Mutant[]): Result[] {
  const earlier = JSON.parse(readFileSync(file, 'utf8')) as Result[];
  const names = namesOf(earlier.map(({ mutant }) => mutant));
  const caughtBy = new Map(earlier.map((result, i) => [names[i], result.caughtBy]));
  return namesOf(mutants).flatMap((name, i) => {
    const found = caughtBy.get(name);
    return typeof found === 'string' ? [{ mutant: mutants[i] as Mutant, caughtBy: found }] : [];
  });
}

/** What stays the same about mutants when a file is edited elsewhere: what is changed, and its number among those that are the same. */
function namesOf(mutants: readonly Mutant[]): string[] {
  const counts = new Map<string, number>();
  const names = new Map<Mutant, string>();
  for (const mutant of mutants.toSorted((a, b) => a.start - b.start)) {
    const { file, operator, was, becomes } = mutant;
    const name = JSON.stringify([file, operator, was, becomes]);
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    names.set(mutant, `${name} ${count}`);
  }
  return mutants.map((mutant) => names.get(mutant) as string);
}

/** A runner in a process of its own, which is begun anew after a mutant that hangs or ends it. */
class Runner {
  private process: ChildProcess | null = null;
  private tasks = 0;

  /** What caught the mutant, or null. */
  async run(task: Task): Promise<string | null> {
    this.process ??= await started();
    const child = this.process;
    const answer = await new Promise<string | null>((resolve, reject) => {
      const end = (caughtBy: string | null): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        resolve(caughtBy);
      };
      const hangs = (): void => {
        this.stop();
        end('it hangs');
      };
      let timer = setTimeout(hangs, PATIENCE);
      child.on('message', (said: Answer) => {
        if (typeof said === 'object') {
          const isUnseen = task.mutant !== null && said.caughtBy === null && !said.isLoaded;
          return isUnseen ? reject(new Error(`no test has loaded src/${task.file}`)) : end(said.caughtBy);
        }
        clearTimeout(timer);
        timer = setTimeout(hangs, PATIENCE);
      });
      child.on('exit', () => {
        this.process = null;
        end('the process ended');
      });
      child.send(task);
    });
    this.tasks += 1;
    if (this.tasks % LIFETIME === 0) this.stop();
    return answer;
  }

  stop(): void {
    this.process?.removeAllListeners();
    this.process?.kill('SIGKILL');
    this.process = null;
  }
}

function started(): Promise<ChildProcess> {
  const file = fileURLToPath(new URL('runner.ts', import.meta.url));
  // Saves that a test kills leave files open, of which Node would warn.
  const env = { ...process.env, NODE_NO_WARNINGS: '1' };
  const child = fork(file, { env, execArgv: ['--import', 'tsx'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve(child));
    child.once('exit', (code) => reject(new Error(`a runner could not start: exit code ${code}`)));
  });
}

function sourceFiles(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(SRC + folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  )
    .filter((file) => file.endsWith('.ts') && file.includes(options.only))
    .toSorted();
}

/** Print the figures by folder. @returns the share that is caught */
function report(results: readonly Result[]): number {
  const share = (of: readonly Result[]): number => of.filter(({ caughtBy }) => caughtBy !== null).length / of.length;
  const rows = [...FOLDERS.map((folder) => `${folder}/`), ''].flatMap((folder) => {
    const within = results.filter(({ mutant }) => mutant.file.startsWith(folder));
    if (within.length === 0) return [];
    const survivors = within.filter(({ caughtBy }) => caughtBy === null).length;
    const percent = `${(100 * share(within)).toFixed(1)}%`;
    return [{ folder: folder || 'all', mutants: within.length, caught: within.length - survivors, survivors, percent }];
  });
  console.table(rows);
  const unexplained = results.filter(({ caughtBy, why }) => caughtBy === null && why === undefined);
  for (const result of unexplained) console.log(`not explained: ${described(result)}`);
  return share(results);
}

function described({ mutant: { file, line, operator, was, becomes } }: Result): string {
  const short = (text: string): string => text.replace(/\s+/g, ' ').slice(0, 100);
  return `${file}:${line} (${operator}) ${short(was)} => ${short(becomes)}`;
}

if (options.help) {
  console.log(`npm run mutate -- [--only TEXT] [--workers 2] [--every N] [--from K] [--all] [--json FILE] [--again FILE]
  --only TEXT   the files whose path has this text, such as masks/ or cells/lstm.ts
  --workers N   how many mutants are tested at the same time (2)
  --every N     each Nth mutant only
  --from K      of each N mutants the one at K, from 0 to N - 1 (0)
  --all         test the survivors that are explained as well; without it they count as survivors, untested
  --quick       leave out the slow tests: a few more survive
  --json FILE   write all mutants with what caught them
  --again FILE  only those that the run which wrote FILE did not catch; the others count as caught`);
} else {
  process.exitCode = (await main()) ? 0 : 1;
}
