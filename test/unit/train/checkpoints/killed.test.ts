import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ROOT } from '../../../helpers/run-script.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'keepgate-killed-run-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** What a training printed; it is killed once it has done so many steps. */
function run(dir: string, engine: readonly string[], killAfter = Number.POSITIVE_INFINITY): Promise<string[]> {
  const script = 'test/unit/train/checkpoints/killed-run.ts';
  const child = spawn(process.execPath, ['--import', 'tsx', script, dir, ...engine], { cwd: ROOT });
  let [printed, errors] = ['', ''];
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  child.stdout.on('data', (chunk) => {
    printed += chunk;
    // In the midst of a step, or of writing a checkpoint.
    if (printed.split('\n').length > killAfter) child.kill('SIGKILL');
  });
  return new Promise((resolve) => {
    child.on('close', () => resolve([...printed.trim().split('\n'), ...(errors ? [errors] : [])]));
  });
}

test.each([['reference'], ['simd', '1'], ['simd', '2'], ['gpu']])(
  'a training that is killed again and again ends with the bits of one that was not, on %s %s',
  { timeout: 240_000 },
  async (...engine) => {
    const whole = (await run(join(root, 'whole'), engine)).at(-1);
    expect(JSON.parse(whole as string).history.epochs).toHaveLength(12);
    const dir = join(root, 'cut');
    let printed: string[] = [];
    for (const steps of [7, 1, 14, Number.POSITIVE_INFINITY]) printed = await run(dir, engine, steps);
    expect(Number(printed[0]?.replace('step ', ''))).toBeGreaterThan(15);
    expect(printed.at(-1)).toBe(whole);
  },
);
