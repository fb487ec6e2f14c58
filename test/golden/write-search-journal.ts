/** Writes the journal of test/helpers/journal-entries.ts, and what Optuna reads in it; see README.md. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { journalEntries } from '../helpers/journal-entries.ts';
import { readByOptuna } from '../helpers/optuna.ts';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const lines = journalEntries('2026-01-02T03:04:05.000000').flat();
writeFileSync(path('search-journal.jsonl'), lines.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
const read = readByOptuna(path('search-journal.jsonl'));
writeFileSync(path('search-journal.json'), `${JSON.stringify(read, null, 2)}\n`);
