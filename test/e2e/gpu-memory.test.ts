import { expect, test } from 'vitest';
import { ROOT, runNode } from '../helpers/run-script.ts';
import type { Level } from '../helpers/thousand-steps.ts';

test.each(['webasm', 'cpu'])('1,000 training steps in mode %s leave memory where it was after 100', async (mode) => {
  const script = 'test/helpers/thousand-steps-in-node.ts';
  const { status, stdout, stderr } = await runNode(['--expose-gc', '--import', 'tsx', script, mode], ROOT);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const { early, late } = JSON.parse(stdout) as { early: Level; late: Level };
  for (const [what, level] of Object.entries(early)) {
    expect(level, what).toBeGreaterThan(1e6);
    expect(late[what], what).toBeLessThan(level * 1.05);
  }
});
