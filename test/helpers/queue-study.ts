/** A study that runs in processes, notes what it runs, and whose journal is compared with that of an undisturbed one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { local, type StudyOptions, type StudyResult, search } from 'keepgate/search';
import { bullmqWith } from '../../src/search/drivers/bullmq.ts';
import type { WorkerProgram } from './queue-worker.ts';
import { ROOT } from './run-script.ts';
import { timelessJournal } from './toy-search.ts';

/** The epochs of a training take so many ms. */
const EPOCH = 40;

const MODULE = `import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
const runs = process.env.KEEPGATE_RUNS;
export async function train({ params: { x }, seed, from, to, folder, resume }) {
  const name = [x, seed, from, to].join(' ');
  if (runs) appendFileSync(runs, 'begun ' + name + '\\n');
  let sum = resume === null ? 0 : JSON.parse(readFileSync(resume + '/sum', 'utf8'));
  const scores = [];
  for (let epoch = (resume === null ? 0 : from) + 1; epoch <= to; epoch++) {
    await new Promise((done) => setTimeout(done, ${EPOCH}));
    sum = (sum * 31 + x * seed + epoch) % 1;
    if (epoch > from) scores.push({ distance: Math.abs(x - 0.3) + sum / 100 });
  }
  writeFileSync(folder + '/sum', JSON.stringify(sum));
  if (runs) appendFileSync(runs, 'ended ' + name + '\\n');
  return { scores };
}`;

const SPACE = { space: { x: [0, 1] }, trials: 8, epochs: 3, seeds: 2, monitor: 'distance', mode: 'min' } as const;

/** Of which processes what is done is noted: all that this one starts. */
const root: string = mkdtempSync(join(tmpdir(), 'keepgate-queue-'));
let folders = 0;

export interface QueueStudy {
  readonly options: StudyOptions;
  /** Lines that began with a word, of all trainings. */
  noted(word: 'begun' | 'ended'): string[];
  /** Runs it on a queue. */
  run(
    url: string,
    more?: { readonly notes?: string[]; readonly signal?: AbortSignal; readonly store?: string },
  ): Promise<StudyResult>;
  /** A worker of it, which works when this comes back. */
  worker(url: string, more?: Partial<WorkerProgram>): Promise<WorkerChild>;
  journal(): string;
}

export interface WorkerChild {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  /** What it said so far. */
  said(): string;
}

const living = new Set<ChildProcess>();

/** @param module other code than that of the undisturbed one */
export function queueStudy(module: string = MODULE, more: Partial<StudyOptions> = {}): QueueStudy {
  const folder = join(root, `${folders++}`);
  mkdirSync(folder);
  const path = join(folder, 'objective.mjs');
  const runs = join(folder, 'runs');
  writeFileSync(path, module);
  writeFileSync(runs, '');
  const options: StudyOptions = { module: path, ...SPACE, out: join(folder, 'study'), ...more };
  return {
    options,
    noted: (word) =>
      readFileSync(runs, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith(word)),
    run: (url, { notes = [], signal, store } = {}) => {
      const onNote = (text: string): void => void notes.push(text);
      const driver = bullmqWith(
        { connection: url, onNote, ...(store === undefined ? {} : { store }) },
        { look: 500, again: 100 },
      );
      return search(options, { driver, ...(signal ? { signal } : {}) });
    },
    worker: (url, told = {}) => startWorker({ url, slots: 2, modules: [path], ...told }, runs),
    journal: () => timelessJournal(options.out),
  };
}

async function startWorker(program: WorkerProgram, runs: string): Promise<WorkerChild> {
  const file = join(root, `worker-${folders++}.json`);
  writeFileSync(file, JSON.stringify(program));
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'test/helpers/queue-worker.ts'), file], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, KEEPGATE_RUNS: runs, KEEPGATE_TEST: root },
  });
  living.add(child);
  let said = '';
  const ended = new Promise<void>((done) => {
    child.once('close', () => {
      living.delete(child);
      done();
    });
  });
  await new Promise<void>((done, refuse) => {
    child.stderr?.on('data', (text) => {
      said += text;
      if (said.includes('works\n')) done();
    });
    child.once('close', () => refuse(new Error(`the worker ended: ${said}`)));
  });
  return { child, ended, said: () => said };
}

/** A search as a program of its own, to be killed. */
export function startCoordinator(
  { options }: QueueStudy,
  url: string,
): { readonly child: ChildProcess; readonly ended: Promise<void> } {
  const file = join(root, `study-${folders++}.json`);
  writeFileSync(file, JSON.stringify({ ...options, url }));
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'test/helpers/queue-search.ts'), file], {
    cwd: ROOT,
    stdio: 'ignore',
  });
  living.add(child);
  const ended = new Promise<void>((done) => {
    child.once('close', () => {
      living.delete(child);
      done();
    });
  });
  return { child, ended };
}

let undisturbed: Promise<{ readonly journal: string; readonly result: StudyResult }> | undefined;

/** What a study comes to on one machine, when nothing is in its way. */
export function undisturbedStudy(): NonNullable<typeof undisturbed> {
  undisturbed ??= (async () => {
    const study = queueStudy();
    const result = await search(study.options, { driver: local({ slots: 2 }) });
    return { journal: study.journal(), result };
  })();
  return undisturbed;
}

/** Processes that this file's workers started, which live. */
export function childrenLeft(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('local-child') &&
        readFileSync(`/proc/${pid}/environ`, 'utf8').includes(root)
      );
    } catch {
      return false;
    }
  });
}

export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((done) => setTimeout(done, 20));
}

/** Ends what a test has left. */
export async function endWorkers(): Promise<void> {
  for (const child of living) child.kill('SIGKILL');
  await until(() => living.size === 0 && childrenLeft().length === 0);
}

export function removeStudies(): void {
  rmSync(root, { recursive: true, force: true });
}
