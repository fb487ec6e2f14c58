/** Runs a study in processes, as a program of its own that a test can kill: `tsx search-process.ts STUDY.json SLOTS`. */
import { readFileSync } from 'node:fs';
import { local, search } from 'keepgate/search';

const [file = '', slots = '2'] = process.argv.slice(2);

async function main(): Promise<void> {
  const { best } = await search(JSON.parse(readFileSync(file, 'utf8')), { driver: local({ slots: Number(slots) }) });
  process.stdout.write(`${JSON.stringify(best)}\n`);
}

void main();
