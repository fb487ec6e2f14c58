/** What a job costs a server of Redis, and this process: `npx tsx test/bench/search/queue-cost.ts`, after a build. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { redisServer } from '../../helpers/queue-servers.ts';
import { ROOT } from '../../helpers/run-script.ts';
import { toyResult } from '../../helpers/toy-search.ts';

const TRIALS = 200;

const built = <T>(path: string): Promise<T> => import(`${ROOT}/dist/search/${path}.js`) as Promise<T>;

async function main(): Promise<void> {
  const { Server } = await built<typeof import('../../../src/search/queue/server.ts')>('queue/server');
  const { QueueWorker } = await built<typeof import('../../../src/search/queue/queue-worker.ts')>('queue/queue-worker');
  const { modulesByHash } =
    await built<typeof import('../../../src/search/queue/worker-places.ts')>('queue/worker-places');
  const { search } = await built<typeof import('../../../src/search/search.ts')>('search');
  const { bullmq } = await built<typeof import('../../../src/search/drivers/bullmq.ts')>('drivers/bullmq');
  const redis = await redisServer();
  const client = new Redis(redis.url);
  const counted = async (): Promise<{ commands: number; bytes: number }> => {
    const info = await client.info();
    const of = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]);
    return {
      commands: of('total_commands_processed'),
      bytes: of('total_net_input_bytes') + of('total_net_output_bytes'),
    };
  };
  for (const count of [1, 8, 64]) {
    const folder = mkdtempSync(join(tmpdir(), 'keepgate-cost-'));
    const module = join(folder, 'objective.mjs');
    writeFileSync(module, '// What comes of a job is known here.\n');
    const server = await Server.reach('bench', { url: redis.url });
    const modules = await modulesByHash([module]);
    const pool = {
      run: async ({ work }: { work: unknown }) => ({ result: toyResult(work as Parameters<typeof toyResult>[0]) }),
      close: async () => {},
    };
    const workers = await Promise.all(
      Array.from({ length: count }, () =>
        QueueWorker.start(server, { slots: 1, onNote: console.error }, modules, pool),
      ),
    );
    const before = await counted();
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    const study = {
      module,
      space: { x: [0, 0.9] as const },
      out: join(folder, 'study'),
      trials: TRIALS,
      epochs: 1,
      parallel: 100,
    };
    await search(study, { driver: bullmq({ connection: redis.url, onNote: console.error }) });
    const after = await counted();
    const { user, system } = process.cpuUsage(cpu);
    console.log(
      JSON.stringify({
        workers: count,
        jobs: TRIALS,
        commandsPerJob: (after.commands - before.commands) / TRIALS,
        bytesPerJob: Math.round((after.bytes - before.bytes) / TRIALS),
        cpuMsPerJob: (user + system) / 1000 / TRIALS,
        seconds: (performance.now() - began) / 1000,
      }),
    );
    await Promise.all(workers.map((worker) => worker.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
  client.disconnect();
  await redis.close();
}

void main();
