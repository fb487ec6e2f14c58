/**
 * Prints what a process holds before and after 100 models were made, trained, used and disposed of, and after as many that
 * nobody disposed of became garbage. Needs --expose-gc, and Linux, which tells of threads and reserved addresses.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  dense,
  embedding,
  key,
  lstm,
  type Model,
  recurrent,
  sequential,
  softmaxCrossEntropy,
  variational,
} from 'keepgate';

const x = Array.from({ length: 32 }, (_, i) => Array.from({ length: 20 }, (_, t) => 2 + ((i * 7 + t * 3) % 90)));
const examples = { x, y: x.map((_, i) => i % 2) };

/** Large enough that threads share its work. */
async function used(): Promise<Model> {
  const model = sequential([
    embedding({ vocabulary: 100, units: 32 }),
    lstm({ units: 64, dropout: variational({ recurrent: 0.25 }) }),
    dense({ units: 2 }),
  ]);
  await model.fit(examples, { key: key(1), epochs: 1, loss: softmaxCrossEntropy() });
  await model.predict(x.slice(0, 8));
  const layer = recurrent({ cell: 'gru', inputSize: 4, hiddenSize: 8 });
  (await layer.forward([[[1, 2, 3, 4]]])).dispose();
  await layer.dispose();
  return model;
}

interface Held {
  readonly threads: number;
  readonly handles: number;
  /** Addresses that are reserved, and memory that is in use, but for the room that the host keeps for garbage to come; in MiB. */
  readonly reserved: number;
  readonly resident: number;
}

async function held(): Promise<Held> {
  // Garbage is found in several rounds: what one frees keeps others alive.
  for (let round = 0; round < 10; round++) {
    globalThis.gc?.();
    await sleep(20);
  }
  const status = readFileSync('/proc/self/status', 'utf8');
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  // Its heap grows to 150 MiB in Node 24, of which 12 are in use, however often garbage was collected.
  const { heapTotal, heapUsed } = process.memoryUsage();
  const kept = process
    .getActiveResourcesInfo()
    .filter((name) => name !== 'Timeout' && name !== 'TTYWrap' && name !== 'PipeWrap');
  return {
    threads: field('Threads'),
    handles: kept.length,
    reserved: Math.round(field('VmSize') / 1024),
    resident: Math.round(field('VmRSS') / 1024 - (heapTotal - heapUsed) / 2 ** 20),
  };
}

// The first models load what is loaded once.
for (let i = 0; i < 10; i++) await (await used()).dispose();
const before = await held();
for (let i = 0; i < 100; i++) await (await used()).dispose();
const disposed = await held();
const alive = await Promise.all(Array.from({ length: 12 }, used));
const together = await held();
await Promise.all(alive.map((model) => model.dispose()));
alive.length = 0;
for (let i = 0; i < 100; i++) await used();
const forgotten = await held();
console.log(JSON.stringify({ before, disposed, together, forgotten }));
