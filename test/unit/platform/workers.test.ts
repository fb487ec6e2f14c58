import { availableParallelism } from 'node:os';
import { expect, test, vi } from 'vitest';
import { findThreading } from '../../../src/platform/workers.ts';

function cores(files: Readonly<Record<string, string>>): number | undefined {
  return findThreading((path) => {
    const text = files[path];
    if (text === undefined) throw new Error(`ENOENT: ${path}`);
    return text;
  })?.cores;
}

vi.mock('node:os', { spy: true });
vi.mocked(availableParallelism).mockReturnValue(8);

test.each([
  ['50000 100000', 1],
  ['100000 100000', 1],
  ['290000 100000', 2],
  ['max 100000', 8],
  ['', 8],
])('a quota of %j is %d cores', (text, wanted) => {
  expect(cores({ '/sys/fs/cgroup/cpu.max': `${text}\n` })).toBe(wanted);
});

test('the files of version 1 say the same', () => {
  const files = (quota: string): number | undefined =>
    cores({
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': `${quota}\n`,
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '50000\n',
    });
  expect([files('150000'), files('10000'), files('-1')]).toEqual([3, 1, 8]);
});

test('where there are no such files, there is no quota', () => {
  expect(cores({})).toBe(8);
});
