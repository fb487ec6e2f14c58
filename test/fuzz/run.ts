/**
 * Fuzzing: whatever comes in from outside is taken, or refused with a typed error of one line. `npm run fuzz -- --help`
 * tells the options. The same seed and the same numbers give the same inputs.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Finding, fuzz, TARGETS } from './fuzz.ts';

const { values: options } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    inputs: { type: 'string', default: '1000000' },
    first: { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
  },
});

async function main(): Promise<boolean> {
  const targets = TARGETS.filter(({ name }) => name.includes(options.only));
  const shares = targets.reduce((sum, { share }) => sum + share, 0);
  const rows = [];
  const all: Finding[] = [];
  for (const target of targets) {
    const folder = await mkdtemp(join(tmpdir(), 'keepgate-fuzz-'));
    const inputs = Math.ceil((Number(options.inputs) * target.share) / shares);
    const started = performance.now();
    const { taken, refused, findings } = await fuzz(target, folder, {
      inputs,
      first: Number(options.first),
      seed: Number(options.seed),
    });
    await rm(folder, { recursive: true, force: true });
    const seconds = Math.round((performance.now() - started) / 1000);
    rows.push({ target: target.name, inputs, taken, refused, findings: findings.length, seconds });
    all.push(...findings);
    for (const { input, error } of findings.slice(0, 20)) console.log(`${target.name}, input ${input}:`, error);
  }
  console.table(rows);
  return all.length === 0;
}

if (options.help) {
  console.log(`npm run fuzz -- [--inputs N] [--first N] [--only TEXT] [--seed N]
  --inputs N   how many inputs, shared by all targets (1000000)
  --first N    the number of the first input of each target (0): to see a finding again, with --inputs 1 and --only
  --only TEXT  the targets whose name has this text: ${TARGETS.map(({ name }) => name).join(', ')}
  --seed N     another seed gives other inputs (1)`);
} else {
  process.exitCode = (await main()) ? 0 : 1;
}
