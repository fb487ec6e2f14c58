/** keepgate: `node --import tsx child.ts THREADS WIDE`. What it is timed on are the standard works of `keepgate bench`. */
import { readFile } from 'node:fs/promises';
import { createEngine, type Ops } from 'keepgate';
import { standardWork } from '../../../../src/report/standard-works.ts';
import { type Prepared, serve, type Task } from '../common/peer.mjs';
import { checkWork } from './check.ts';

const threads = Number(process.argv[2] ?? 1);
let engine: Ops | null = null;
let refusal = '';
try {
  engine = await createEngine('simd', { threads, wide: process.argv[3] === 'true' });
} catch (error) {
  refusal = error instanceof Error ? error.message : String(error);
}

async function prepare(task: Task): Promise<Prepared | null> {
  if (!engine) return null;
  if (task.kind !== 'time') return checkWork(engine, task);
  const work = standardWork(engine, task.work, task.size);
  return {
    step: async () => {
      const values = await work.run();
      return task.trains ? (values[0] as number) : values;
    },
  };
}

const manifest = JSON.parse(await readFile(new URL('../../../../package.json', import.meta.url), 'utf8'));
await serve({ version: `${manifest.version}, ${engine ? engine.describe() : refusal}`, prepare });
