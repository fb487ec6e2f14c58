import { readFileSync } from 'node:fs';

/**
 * How many cores the quota of a container amounts to, rounded down to at least one: threads beyond it take time from each
 * other, and Node 20 counts the cores of the whole machine. Infinity where there is no quota.
 * @param read the text of a file; throws where there is none
 */
export function coresOfQuota(read: (path: string) => string = readText): number {
  const files = [
    // The quota and its period: of cgroups in version 2, in one file, and of version 1.
    () => read('/sys/fs/cgroup/cpu.max').split(' '),
    () => ['quota', 'period'].map((name) => read(`/sys/fs/cgroup/cpu/cpu.cfs_${name}_us`)),
  ];
  for (const file of files) {
    try {
      const [quota = Number.NaN, period = Number.NaN] = file().map(Number);
      return quota > 0 && period > 0 ? Math.max(1, Math.floor(quota / period)) : Number.POSITIVE_INFINITY;
    } catch {
      // Of the other version, or no Linux.
    }
  }
  return Number.POSITIVE_INFINITY;
}

function readText(path: string): string {
  return readFileSync(path, 'utf8');
}
