import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { runScript } from '../helpers/run-script.ts';

// Mounts of one's own, which only some are permitted.
const canMount = process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0;

// `npm run stress` does the same for longer.
test('saves are whole under kills, beside readers and other savers, and on disks that refuse', async () => {
  const args = ['--kills', '5', '--seconds', '2', ...(canMount ? ['--mounts'] : [])];
  const { status, stdout, stderr } = await runScript('test/stress/saving.ts', args);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toMatch(/5 kills: 0 failed loads, 0 files of others touched/);
  expect(stdout).toMatch(/2 savers and 2 readers for 2 s: \d+ saves, \d+ loads, 0 failed, 0 files of others touched/);
}, 180_000);
