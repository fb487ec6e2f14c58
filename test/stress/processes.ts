import { type ChildProcessWithoutNullStreams, type SpawnOptions, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../helpers/run-script.ts';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

/** What a worker has done. */
export interface Work {
  readonly done: number;
  readonly failed: number;
  /** What the first failure said. */
  readonly first: string;
}

export interface Worker {
  readonly child: ChildProcessWithoutNullStreams;
  /** Its reports, once it has ended; null when it was killed. */
  readonly ended: Promise<Work | null>;
}

/** @returns a worker that has begun */
export async function startWorker(
  args: readonly [role: 'save' | 'read' | 'once', dir: string, name: string],
  { preload = [], ...options }: SpawnOptions & { readonly preload?: readonly string[] } = {},
): Promise<Worker> {
  const child = spawn(process.execPath, ['--import', 'tsx', ...preload, WORKER, ...args], {
    ...options,
    cwd: ROOT,
    stdio: 'pipe',
  }) as ChildProcessWithoutNullStreams;
  child.stderr.pipe(process.stderr);
  let last: string | undefined;
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line === 'ready') resolve();
      else last = line;
    });
    child.on('close', () => reject(new Error('a worker ended before it began')));
  });
  const ended = new Promise<Work | null>((resolve) => {
    child.on('close', () => resolve(last === undefined ? null : JSON.parse(last)));
  });
  await ready;
  return { child, ended };
}

export async function run(command: string, ...args: string[]): Promise<void> {
  const status = await new Promise((done) => spawn(command, args, { stdio: 'inherit' }).on('close', done));
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: status ${status}`);
}
