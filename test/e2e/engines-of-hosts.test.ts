import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Finished, ROOT, runCommand } from '../helpers/run-script.ts';

/** Run a command line of a shell, in which NODE stands for a Node that reads TypeScript. */
function shell(line: string): Promise<Finished> {
  return runCommand('bash', ['-c', line.replace('NODE', `${process.execPath} --import tsx`)], ROOT);
}

async function enginesOn(line: string): Promise<Record<string, unknown>> {
  const { stdout, stderr } = await shell(`${line} test/helpers/engines-of-host.ts`);
  const said = stdout.split('\n').find((text) => text.startsWith('{'));
  expect(said, stderr).toBeDefined();
  return JSON.parse(said as string);
}

const HAS_TASKSET = spawnSync('taskset', ['-c', '0', 'true']).status === 0;
const instead = expect.stringMatching(/^auto: reference, which is some twenty times slower, is used, /);

describe('auto', () => {
  test.skipIf(!HAS_TASKSET)('on one core is simd with one thread', async () => {
    const { ofModels, ofFit, simd, last } = await enginesOn('taskset -c 0 NODE');
    expect([simd, ofFit]).toEqual([12, []]);
    expect(last).toMatch(/^simd: .*, one thread$/);
    expect(ofModels).toEqual([last]);
  });

  test('where addresses run out is one engine for all models, and says why another one is not simd', async () => {
    const { ofModels, ofFit, simd, last, ofLast } = await enginesOn('ulimit -v 60000000; NODE');
    expect(ofModels).toEqual([expect.stringMatching(/^simd: .* threads?$/)]);
    expect(ofFit).toEqual([]);
    expect(simd).toBeGreaterThan(0);
    expect(simd).toBeLessThan(12);
    expect(ofLast).toEqual([
      expect.stringMatching(/^auto: reference.*memory was expected, but this machine gives none/),
    ]);
    expect(last).toBe(`reference: float64 TypeScript, one thread; ${(ofLast as string[])[0]}`);
  });

  test('where no code can be made at run time says so, in history.warnings too', async () => {
    const { ofModels, ofFit, simd } = await enginesOn('NODE --jitless');
    expect(simd).toBe(0);
    expect(ofFit).toEqual([instead]);
    expect(ofModels).toEqual([`reference: float64 TypeScript, one thread; ${(ofFit as string[])[0]}`]);
  });
});

test('the command line says on standard error that the engine is a slower one, once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keepgate-hosts-'));
  try {
    const rows = Array.from({ length: 20 }, (_, i) => (i % 2 ? `cat,meow ${i}` : `dog,woof ${i}`));
    await writeFile(join(folder, 'animals.csv'), ['who,says', ...rows].join('\n'));
    const options = '--text says --label who --units 5 --embedding 4 --epochs 1 --min-count 1';
    const finished = await shell(`NODE --jitless src/cli/main.ts train ${folder}/animals.csv ${options}`);
    // The host has a warning of its own.
    const said = finished.stderr.split('\n').filter((line) => line.startsWith('warning: '));
    expect(said).toEqual([expect.stringContaining('warning: auto: reference, which is some twenty times slower')]);
    expect(finished.stdout).toContain('accuracy: ');
    expect(finished.status).toBe(0);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('in a realm of its own, as Jest and vmThreads make one, simd has its threads', async () => {
  const { stdout, stderr } = await shell(
    'NODE node_modules/vitest/vitest.mjs run --config test/helpers/realm.config.ts',
  );
  expect(stdout + stderr).toMatch(/Tests .*1 passed/);
}, 120_000);
