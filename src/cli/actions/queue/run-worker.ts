import { kindBehind } from '#platform/files.js';
import { DataError, OptionError, show } from '../../../errors.ts';
import { QueueWorker } from '../../../search/queue/queue-worker.ts';
import { Server } from '../../../search/queue/server.ts';
import { modulesByHash } from '../../../search/queue/worker-places.ts';
import type { Interrupt } from '../../interrupt.ts';
import { output } from '../../output.ts';

export interface WorkerCommandOptions {
  readonly queue: string;
  readonly prefix: string;
  readonly slots?: number;
  readonly store?: string;
  readonly data?: string;
  readonly module?: readonly string[];
  readonly idle?: number;
  readonly json: boolean;
}

export async function runWorker(options: WorkerCommandOptions, interrupt: Interrupt): Promise<void> {
  const { queue, prefix, module = [], json, ...rest } = options;
  const out = output(json);
  // What can be wrong with the command shows before any work is done.
  if (rest.slots !== undefined && rest.slots > 1024) {
    throw new OptionError(`worker: a whole number from 1 to 1024 was expected as --slots, but ${rest.slots} came`);
  }
  if (rest.data !== undefined) await expectFolder('--data', rest.data);
  const modules = await modulesByHash(module);
  const server = await Server.reach('worker', { url: queue, prefix });
  const worker = await QueueWorker.start(server, { ...rest, onNote: (text) => out.warn(text) }, modules);
  const stop = (): void => void worker.stop();
  interrupt.listen().addEventListener('abort', stop);
  process.on('SIGTERM', stop);
  out.line(`works for ${server.name}`);
  out.record({ worker: server.name });
  try {
    await worker.ended;
  } finally {
    process.off('SIGTERM', stop);
  }
}

async function expectFolder(option: string, path: string): Promise<void> {
  const found = (await kindBehind(path)) ?? 'nothing';
  if (found === 'a folder') return;
  throw new DataError(
    `worker: a folder was expected as ${option} ${show(path)}, but ${found} is there; check the path`,
  );
}
