import { expect, test } from 'vitest';
import { ROOT, runNode } from '../../../helpers/run-script.ts';

type Held = Readonly<Record<'threads' | 'handles' | 'reserved' | 'resident', number>>;

/** Reserved and resident memory are no exact numbers: an engine alone reserves several thousand MiB. */
const SLACK = { reserved: 500, resident: 60 };

// Linux tells of threads and of addresses, in /proc.
test.skipIf(process.platform !== 'linux')(
  'a hundred models leave nothing behind, disposed of or forgotten',
  { timeout: 300_000 },
  async () => {
    const script = 'test/unit/train/model/hundred-models.ts';
    const { status, stdout, stderr } = await runNode(['--expose-gc', '--import', 'tsx', script], ROOT);
    expect([status, stderr]).toEqual([0, '']);
    const { before, together, ...after } = JSON.parse(stdout) as Record<string, Held> & {
      before: Held;
      together: Held;
    };
    for (const held of Object.values(after)) {
      expect({ threads: held.threads, handles: held.handles }).toEqual({
        threads: before.threads,
        handles: before.handles,
      });
      expect(held.reserved).toBeLessThan(before.reserved + SLACK.reserved);
      expect(held.resident).toBeLessThan(before.resident + SLACK.resident);
    }
    // Twelve models at a time have one engine: one memory, and no thread more than that has.
    expect(together.reserved).toBeGreaterThan(before.reserved + SLACK.reserved);
    expect(together.threads - before.threads).toBeLessThan(4);
  },
);
