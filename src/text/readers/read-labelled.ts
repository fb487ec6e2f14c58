import { isFolder } from '#platform/files.js';
import { expectText, optionsOf } from '../../checks.ts';
import { OptionError } from '../../errors.ts';
import { collected, type LabelledTexts } from '../labelled.ts';
import { cannotOpen, fileInput, type Input } from './input.ts';
import { folderTexts, readFolder } from './read-folder.ts';
import {
  checkReadOptions,
  checkTableOptions,
  readTable,
  TABLE_OPTIONS,
  type TableOptions,
  tableTexts,
} from './read-table.ts';

/** As {@link TableOptions}; `text` is needed for a table alone. */
export type LabelledOptions = { readonly [O in keyof TableOptions]?: TableOptions[O] | undefined };

/** The options that a folder leaves aside, if they say anything. */
const FOR_TABLES = ['text', 'label', 'delimiter'] as const;

/**
 * Read labelled texts from a folder ({@link readFolder}) or a table ({@link readTable}).
 * @param options for a table, where `text` and `label` are needed; a folder leaves aside what is for tables alone, and tells it to `onNote`
 * @throws OptionError when `text` or `label` is missing for a table, or an option is not what it can be
 * @throws DataError when nothing is at the path, or the data is broken
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { readLabelled } from 'keepgate';
 *
 * await writeFile('reviews.csv', 'text,label\nA warm film.,good\n"Dull, and long.",bad\n');
 * const { texts, labels } = await readLabelled('reviews.csv', { text: 'text', label: 'label' });
 * console.log(texts, labels); // prints: [ 'A warm film.', 'Dull, and long.' ] [ 'good', 'bad' ]
 * ```
 */
export async function readLabelled(path: string, options: LabelledOptions = {}): Promise<LabelledTexts> {
  expectText('readLabelled', 'path', path);
  return collected(labelledTexts(path, options));
}

/** One text and its label. */
export interface LabelledText {
  readonly text: string;
  readonly label: string;
}

/**
 * What {@link readLabelled} reads, one by one, for data that does not fit in memory: the file is read piece by piece, anew
 * each time that the iterable is gone through.
 * @param options as for `readLabelled`
 * @throws OptionError when an option is not what it can be; all else while it is gone through
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { streamLabelled } from 'keepgate';
 *
 * await writeFile('films.csv', 'text,label\nA warm film.,good\n"Dull, and long.",bad\n');
 * const films = streamLabelled('films.csv', { text: 'text', label: 'label' });
 * for await (const { text, label } of films) console.log(`${label}: ${text}`);
 * // prints: good: A warm film.
 * // prints: bad: Dull, and long.
 * ```
 */
export function streamLabelled(path: string, options: LabelledOptions = {}): AsyncIterable<LabelledText> {
  expectText('streamLabelled', 'path', path);
  const told = optionsOf('streamLabelled', options, TABLE_OPTIONS);
  checkReadOptions('streamLabelled', told);
  return {
    async *[Symbol.asyncIterator]() {
      for await (const { texts, labels } of labelledTexts(path, told)) {
        for (const [i, text] of texts.entries()) yield { text, label: labels[i] as string };
      }
    },
  };
}

/** The same, part by part. @param place a path, or bytes that are those of a table */
export async function* labelledTexts(place: string | Input, options: LabelledOptions): AsyncGenerator<LabelledTexts> {
  checkReadOptions('readLabelled', optionsOf('readLabelled', options, TABLE_OPTIONS));
  if (typeof place === 'string' && (await leadsToFolder(place))) {
    const idle = FOR_TABLES.filter((name) => options[name] !== undefined);
    if (idle.length > 0) options.onNote?.(`${place}: left aside for a folder, being for tables: ${idle.join(', ')}`);
    yield* folderTexts(place, options);
    return;
  }
  const input = typeof place === 'string' ? fileInput(place) : place;
  const { text, label } = options;
  if (text === undefined) throw missing('text', input);
  if (label === undefined) throw missing('label', input);
  const forTable = { ...options, text, label };
  checkTableOptions('readLabelled', forTable);
  yield* tableTexts(input, forTable);
}

function leadsToFolder(path: string): Promise<boolean> {
  return isFolder(path).catch((error: unknown) => {
    throw cannotOpen(path, 'a file or a folder', error);
  });
}

function missing(option: string, { name }: Input): OptionError {
  return new OptionError(
    `readLabelled: the ${option} column was expected for the table ${name}, but none came; give the option ${option}, a column name or number`,
  );
}
