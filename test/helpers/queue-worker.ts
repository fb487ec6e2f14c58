/** A worker as a program of its own that a test can kill: `tsx queue-worker.ts OPTIONS.json`. Locks are short in tests. */
import { readFileSync } from 'node:fs';
import { ROOT } from './run-script.ts';

export interface WorkerProgram {
  readonly url: string;
  readonly slots?: number;
  readonly store?: string;
  readonly data?: string;
  readonly modules?: readonly string[];
  readonly idle?: number;
}

/** What was built, whose processes start faster than those of sources. */
const built = <T>(path: string): Promise<T> => import(`${ROOT}/dist/search/queue/${path}.js`) as Promise<T>;

async function main(): Promise<void> {
  const {
    url,
    modules = [],
    ...options
  } = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as WorkerProgram;
  const { Server } = await built<typeof import('../../src/search/queue/server.ts')>('server');
  const { QueueWorker } = await built<typeof import('../../src/search/queue/queue-worker.ts')>('queue-worker');
  const { modulesByHash } = await built<typeof import('../../src/search/queue/worker-places.ts')>('worker-places');
  const onNote = (text: string): void => void process.stderr.write(`${text}\n`);
  const timing = { lock: 1000, stalled: 500, giveBack: 300 };
  const server = await Server.reach('worker', { url });
  const worker = await QueueWorker.start(
    server,
    { ...options, onNote },
    await modulesByHash(modules),
    undefined,
    timing,
  );
  process.on('SIGTERM', () => void worker.stop());
  process.stderr.write('works\n');
  await worker.ended;
}

void main();
