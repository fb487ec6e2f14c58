/** A search on a queue, as a program of its own that a test can kill: `tsx queue-search.ts STUDY.json`. */
import { readFileSync } from 'node:fs';
import { ROOT } from './run-script.ts';

const built = <T>(path: string): Promise<T> => import(`${ROOT}/dist/search/${path}.js`) as Promise<T>;

async function main(): Promise<void> {
  const { url, ...study } = JSON.parse(readFileSync(process.argv[2] as string, 'utf8'));
  const { search } = await built<typeof import('../../src/search/search.ts')>('search');
  const { bullmqWith } = await built<typeof import('../../src/search/drivers/bullmq.ts')>('drivers/bullmq');
  await search(study, { driver: bullmqWith({ connection: url }, { look: 300, again: 100 }) });
}

void main();
