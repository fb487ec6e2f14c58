import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** A thread of Node or of a page, as its owner sees it. */
export interface Thread {
  /** @param lost is told why, when it ends by itself */
  listen(events: { ready(): void; lost(why: string): void }): void;
  terminate(): unknown;
}

/** Makes a thread that runs a script: one of a Web Worker, whose first message is `data`. */
export type Spawn = (script: string, data: object) => Thread;

/** How threads are made here. */
export interface Threading {
  readonly spawn: Spawn;
  /** What the machine can run at once. */
  readonly cores: number;
  /** Whether the thread that calls may sleep: that of a page must not. */
  readonly maySleep: boolean;
}

/** How this machine makes threads that share memory, or null where it cannot: worker_threads, which Node always has. @param read the text of a file */
export function findThreading(read: (path: string) => string = readText): Threading | null {
  return { cores: Math.min(availableParallelism(), coresOfQuota(read)), maySleep: true, spawn };
}

/**
 * How many cores the quota of a container amounts to, rounded down to at least one: threads beyond it take time from each
 * other, and Node 20 counts the cores of the whole machine. Infinity where there is no quota.
 * @param read the text of a file; throws where there is none
 */
function coresOfQuota(read: (path: string) => string): number {
  const files = [
    // The quota and its period: of cgroups in version 2, in one file, and of version 1.
    () => read('/sys/fs/cgroup/cpu.max').split(' '),
    () => ['quota', 'period'].map((name) => read(`/sys/fs/cgroup/cpu/cpu.cfs_${name}_us`)),
  ];
  for (const file of files) {
    try {
      const [quota = Number.NaN, period = Number.NaN] = file().map(Number);
      return quota > 0 && period > 0 ? Math.max(1, Math.floor(quota / period)) : Number.POSITIVE_INFINITY;
    } catch {
      // Of the other version, or no Linux.
    }
  }
  return Number.POSITIVE_INFINITY;
}

function readText(path: string): string {
  return readFileSync(path, 'utf8');
}

/** What a script finds in a Web Worker, as far as ours use it. In a block, so that its names are not in the script's way. */
const AS_IN_A_PAGE = `{
  const { parentPort, workerData } = require('node:worker_threads');
  globalThis.postMessage = (message) => parentPort.postMessage(message);
  globalThis.addEventListener = (_, listener) => listener({ data: workerData });
  globalThis.close = () => {};
}
`;

function spawn(script: string, data: object): Thread {
  const worker = new Worker(AS_IN_A_PAGE + script, {
    eval: true,
    workerData: data,
    execArgv: [],
    name: 'keepgate simd',
  });
  return {
    listen({ ready, lost }) {
      worker.on('message', ready);
      worker.on('error', ({ message }) => lost(message));
      worker.on('exit', (status) => lost(`it ended with status ${status}`));
      // So that it keeps no process alive. After the listeners are added, since adding one refs the worker again.
      worker.unref();
    },
    terminate: () => worker.terminate(),
  };
}
