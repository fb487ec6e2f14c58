import { expect, test } from 'vitest';
import { ROOT, runNode } from '../helpers/run-script.ts';
import type { Level } from '../helpers/thousand-steps.ts';

test.each(['webasm', 'cpu'])('1,000 training steps in mode %s leave memory where it was after 250', async (mode) => {
  const script = 'test/helpers/thousand-steps-in-node.ts';
  // A young generation of fixed size: what V8 lets it grow to depends on how busy the machine is.
  const flags = ['--expose-gc', '--max-semi-space-size=1', '--import', 'tsx'];
  const { status, stdout, stderr } = await runNode([...flags, script, mode], ROOT);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const { early, late } = JSON.parse(stdout) as { early: Level; late: Level };
  for (const [what, level] of Object.entries(early)) {
    expect(level, what).toBeGreaterThan(1e6);
    expect(late[what], what).toBeLessThan(level * 1.05);
  }
});
