import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, runScript } from '../helpers/run-script.ts';

const DATA = join(ROOT, '../shared/data/sms-spam/SMSSpamCollection');

// Almeida et al. 2011. Real data is not part of the repository; without it there is nothing to measure.
test.skipIf(!existsSync(DATA))(
  'spam: at least 96.5% of a held-out, de-duplicated 30% (skipped where ../shared has no data)',
  { timeout: 300_000 },
  async () => {
    const dropout = 'variational(input=0.25,recurrent=0.25)+zoneout(hidden=0.05,scope=step)';
    const args = [
      'train',
      DATA,
      '--no-header',
      '--label',
      '1',
      '--text',
      '2',
      '--epochs',
      '4',
      '--dropout',
      dropout,
      '--json',
    ];
    const { status, stdout } = await runScript('src/cli/main.ts', args);
    expect(status).toBe(0);
    const records = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records[0]).toMatchObject({ training: 3620, test: 1551, repeated: 403 });
    expect(records.at(-1).test.accuracy).toBeGreaterThanOrEqual(0.965);
  },
);
