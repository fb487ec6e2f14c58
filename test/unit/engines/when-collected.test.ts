import { expect, test } from 'vitest';
import { ROOT, runNode } from '../../helpers/run-script.ts';

test('what garbage held is freed once; what was disposed of, or is in use, is not; errors go nowhere', async () => {
  const script = 'test/unit/engines/collected.ts';
  const { status, stdout, stderr } = await runNode(['--expose-gc', '--import', 'tsx', script], ROOT);
  expect(stderr).toBe('');
  const lines = stdout.trim().split('\n');
  expect(lines.at(-1)).toBe('kept to the end');
  expect(lines.slice(0, -1).sort()).toEqual(['the forgotten one', 'the one that rejects', 'the one that throws']);
  expect(status).toBe(0);
}, 30_000);
