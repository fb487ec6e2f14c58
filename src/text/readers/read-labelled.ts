import { isFolder } from '#platform/files.js';
import { OptionError } from '../../errors.ts';
import type { LabelledTexts } from '../labelled.ts';
import { readFolder } from './read-folder.ts';
import { readTable, type TableOptions } from './read-table.ts';
import { cannotOpen } from './utf8.ts';

/** As {@link TableOptions}; `text` is needed for a table alone. */
export type LabelledOptions = { readonly [O in keyof TableOptions]?: TableOptions[O] | undefined };

/**
 * Read labelled texts from a folder ({@link readFolder}) or a table ({@link readTable}).
 * @param options for a table, where `text` and `label` are needed; a folder takes none and leaves them aside
 * @throws OptionError when `text` or `label` is missing for a table
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
  const hasFiles = await isFolder(path).catch((error: unknown) => {
    throw cannotOpen(path, 'a file or a folder', error);
  });
  if (hasFiles) return readFolder(path);
  const { text, label } = options;
  if (text === undefined) throw missing('text', path);
  if (label === undefined) throw missing('label', path);
  return readTable(path, { ...options, text, label });
}

function missing(option: string, path: string): OptionError {
  return new OptionError(
    `readLabelled: the ${option} column was expected for the table ${path}, but none came; give the option ${option}, a column name or number`,
  );
}
