import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from 'keepgate';
import { afterAll, describe, expect, test } from 'vitest';
import { timestamp } from '../../../src/search/journal/entries.ts';
import { Journal } from '../../../src/search/journal/journal.ts';
import { journalEntries } from '../../helpers/journal-entries.ts';
import { OPTUNA, readByOptuna } from '../../helpers/optuna.ts';

const folder = mkdtempSync(join(tmpdir(), 'keepgate-journal-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const fresh = (text = ''): string => {
  const path = join(folder, `${files++}.jsonl`);
  writeFileSync(path, text);
  return path;
};

async function write(path: string, groups = journalEntries(timestamp())): Promise<void> {
  const journal = await Journal.open(path);
  for (const group of groups) await journal.put(group);
  journal.end();
  await journal.close();
}

const timeless = (text: string): string => text.replaceAll(/"datetime_\w+":"[^"]*"/g, '"datetime":""');
const FIXTURE = 'test/golden/search-journal.jsonl';
const AS_OPTUNA_READS_IT = JSON.parse(readFileSync('test/golden/search-journal.json', 'utf8'));

describe('a journal', () => {
  test('is in the format of Optuna, as the fixture has it', async () => {
    const path = fresh();
    await write(path);
    expect(timeless(readFileSync(path, 'utf8'))).toBe(timeless(readFileSync(FIXTURE, 'utf8')));
    expect(timestamp()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
  });

  test.skipIf(!OPTUNA)('is read by Optuna, the fixture and one of now, and torn as well', async () => {
    const path = fresh();
    await write(path);
    expect(readByOptuna(path)).toEqual(AS_OPTUNA_READS_IT);
    expect(readByOptuna(FIXTURE)).toEqual(AS_OPTUNA_READS_IT);
    appendFileSync(path, '{"op_code":8,"wor');
    expect(readByOptuna(path)).toEqual(AS_OPTUNA_READS_IT);
    await write(path);
    expect(readByOptuna(path)).toEqual(AS_OPTUNA_READS_IT);
  });

  test('goes on wherever it was torn, to the same content', async () => {
    const path = fresh();
    await write(path);
    const text = readFileSync(path, 'utf8');
    // Each byte of the last lines, and some of all.
    for (let size = 0; size < text.length; size += size < text.length - 300 ? 41 : 1) {
      const torn = fresh(text.slice(0, size));
      const journal = await Journal.open(torn);
      expect(statSync(torn).size).toBe(text.slice(0, size).lastIndexOf('\n') + 1);
      await journal.close();
      await write(torn);
      expect(timeless(readFileSync(torn, 'utf8'))).toBe(timeless(text));
    }
  });

  test('adds nothing where all is there, and keeps the times that were', async () => {
    const path = fresh();
    await write(path, journalEntries('2026-01-02T03:04:05.000000'));
    const before = readFileSync(path, 'utf8');
    await write(path);
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  test('has each entry on the disk when it was put', async () => {
    const path = fresh();
    const journal = await Journal.open(path);
    for (const [i, group] of journalEntries(timestamp()).entries()) {
      await journal.put(group);
      const lines = journalEntries('')
        .slice(0, i + 1)
        .flat().length;
      expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(lines + 1);
    }
    await journal.close();
  });

  const changed = (change: (lines: string[]) => void): string => {
    const lines = readFileSync(FIXTURE, 'utf8').trimEnd().split('\n');
    change(lines);
    return `${lines.join('\n')}\n`;
  };
  const swap = (line: number, from: string, to: string) => (lines: string[]) => {
    lines[line - 1] = (lines[line - 1] as string).replace(from, to);
  };

  test.each<[string, string, string]>([
    ['of another study', changed(swap(1, 'a study', 'b study')), 'that of this study was expected at'],
    ['of a study with other seeds', changed(swap(2, '[1,2]', '[1,3]')), 'that of this study was expected at'],
    ['with another value', changed(swap(7, ':17', ':18')), '"param_value_internal":17'],
    [
      'with another score',
      changed((lines) => swap(lines.findIndex((line) => line.includes('0.8125')) + 1, '0.8125', '0.9')(lines)),
      'as if somebody had changed it',
    ],
    ['without a line', changed((lines) => lines.splice(8, 1)), 'in line 9 of'],
    ['with a line more', changed((lines) => lines.push('{"op_code":3}')), 'the end was expected in line'],
    ['with a line that is no JSON', changed((lines) => lines.splice(4, 1, 'x')), 'an entry was expected in line 5 of'],
    [
      'with a line that is no entry',
      changed((lines) => lines.splice(4, 1, '[]')),
      'an entry was expected in line 5 of',
    ],
    ['of zeros, as a crash of the system may leave one', `${'\0'.repeat(20)}\n`, 'an entry was expected in line 1 of'],
  ])('%s is refused, and stays as it is', async (_, text, message) => {
    const path = fresh(text);
    const error = await write(path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DataError);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain('\n');
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test('that cannot be opened is one line', async () => {
    await expect(Journal.open(folder)).rejects.toThrow(/^journal: ".*" was to be read and written, but /);
    await expect(Journal.open(join(folder, 'no', 'x'))).rejects.toThrow(DataError);
  });
});
