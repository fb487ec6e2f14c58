import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from '../helpers/run-script.ts';

const run = promisify(execFile);

test.each([
  { form: 'encoder-decoder', rate: '0.1' },
  { form: 'repeat', rate: '0' },
])(
  'the example of addition trains, and scores other sums: $form',
  async ({ form, rate }) => {
    const told = [
      '--digits',
      '1',
      '--sums',
      '50',
      '--epochs',
      '2',
      '--units',
      '8',
      '--form',
      form,
      '--rate',
      rate,
      '--json',
    ];
    const { stdout } = await run(process.execPath, ['--import', 'tsx', 'examples/addition/main.ts', ...told], {
      cwd: ROOT,
    });
    const { exact, form: named, sums } = JSON.parse(stdout);
    expect([named, sums]).toEqual([form, 50]);
    expect(exact).toBeGreaterThanOrEqual(0);
    expect(exact).toBeLessThanOrEqual(1);
  },
  60_000,
);

test('the example of addition refuses what it cannot do', async () => {
  const call = run(process.execPath, ['--import', 'tsx', 'examples/addition/main.ts', '--digits', '9'], { cwd: ROOT });
  await expect(call).rejects.toMatchObject({
    stderr: expect.stringContaining('A whole number from 1 to 6 was expected'),
  });
}, 60_000);
