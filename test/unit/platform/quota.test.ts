import { expect, test } from 'vitest';
import { coresOfQuota } from '../../../src/platform/quota.ts';

function cores(files: Readonly<Record<string, string>>): number {
  return coresOfQuota((path) => {
    const text = files[path];
    if (text === undefined) throw new Error(`ENOENT: ${path}`);
    return text;
  });
}

test.each([
  ['50000 100000', 1],
  ['100000 100000', 1],
  ['290000 100000', 2],
  ['max 100000', Number.POSITIVE_INFINITY],
  ['', Number.POSITIVE_INFINITY],
])('a quota of %j is %d cores', (text, wanted) => {
  expect(cores({ '/sys/fs/cgroup/cpu.max': `${text}\n` })).toBe(wanted);
});

test('the files of version 1 say the same', () => {
  const files = (quota: string): number =>
    cores({
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': `${quota}\n`,
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '50000\n',
    });
  expect([files('150000'), files('10000'), files('-1')]).toEqual([3, 1, Number.POSITIVE_INFINITY]);
});

test('where there are no such files, there is no quota', () => {
  expect(cores({})).toBe(Number.POSITIVE_INFINITY);
});
