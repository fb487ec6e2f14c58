import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the sentences of rt-polarity are, a file a class. */
const DATA = new URL('../../../../shared/data/rt-polarity/', import.meta.url);

/** The sentences as a table in a new folder. @param most of each class; all when left out */
export function polarityTable(most: number = Number.POSITIVE_INFINITY): {
  readonly folder: string;
  readonly data: string;
} {
  const folder = mkdtempSync(join(tmpdir(), 'keepgate-polarity-'));
  const rows = ['neg', 'pos'].flatMap((label) =>
    readFileSync(new URL(`rt-polarity.${label}`, DATA), 'latin1')
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(0, most)
      .map((line) => `${label}\t${line.trim().replaceAll('\t', ' ')}`),
  );
  const data = join(folder, 'rt-polarity.tsv');
  writeFileSync(data, `label\ttext\n${rows.join('\n')}\n`);
  return { folder, data };
}

export const READING = { text: 'text', label: 'label' } as const;
