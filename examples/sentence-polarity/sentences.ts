import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, deduplicate, type LabelledTexts } from 'keepgate';

/** The two files of the data set, and what their sentences are. */
const LABELS: Readonly<Record<string, string>> = { 'rt-polarity.neg': 'negative', 'rt-polarity.pos': 'positive' };

/** The sentences of the folder, one a line of either file, each once. */
export async function readSentences(folder: string): Promise<LabelledTexts> {
  const texts: string[] = [];
  const labels: string[] = [];
  for (const [file, label] of Object.entries(LABELS)) {
    const lines = await linesOf(join(folder, file));
    texts.push(...lines);
    labels.push(...lines.map(() => label));
  }
  return deduplicate({ texts, labels });
}

async function linesOf(path: string): Promise<string[]> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new DataError(
      `${path}: a file with one sentence a line was expected, but it cannot be read (${error.code}); name the folder that holds rt-polarity.neg and rt-polarity.pos`,
    );
  });
  // Without the spaces at the ends, which would make two of one sentence.
  const lines = decode(path, bytes)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 0)
    throw new DataError(`${path}: a sentence a line was expected, but there is none; check the file`);
  return lines;
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // The authors' own files are in Windows-1252. It is not decoded here, since versions of Node disagree about it.
    throw new DataError(
      `${path}: UTF-8 was expected, but other bytes came; if it is Windows-1252, convert it: iconv -f CP1252 -t UTF-8`,
    );
  }
}
