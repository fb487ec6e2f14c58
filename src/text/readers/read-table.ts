import { DataError, OptionError, show } from '../../errors.ts';
import type { LabelledTexts } from '../labelled.ts';
import { type Column, checkColumn, findColumn } from './find-column.ts';
import { type Delimiter, type Row, tableRows } from './table-rows.ts';
import { readText } from './utf8.ts';

/** Which columns of a table are read, and how its columns are separated. */
export interface TableOptions {
  /** The column of the texts, by its name or by its number from 1. */
  readonly text: Column;
  /** The column of the labels; without it the texts are read alone. */
  readonly label?: Column | undefined;
  /** Whether the first row holds the names of the columns (default true). */
  readonly header?: boolean | undefined;
  /** By default `.csv` means a comma and `.tsv` a tab; elsewhere a tab in the first line means a tab, else a comma. */
  readonly delimiter?: Delimiter | undefined;
}

/**
 * Read texts and labels from a table in UTF-8. Commas and semicolons come with RFC 4180 quoting, tabs without any.
 * @throws DataError when the file cannot be read, or a row, a text or a label is broken or empty
 * @throws OptionError when an option is not what it can be
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { readTable } from 'keepgate';
 *
 * await writeFile('reviews.tsv', 'good\tA "warm" film.\nbad\tDull.\n');
 * const { texts, labels } = await readTable('reviews.tsv', { header: false, text: 2, label: 1 });
 * console.log(texts, labels); // prints: [ 'A "warm" film.', 'Dull.' ] [ 'good', 'bad' ]
 * ```
 */
export async function readTable(path: string, options: TableOptions): Promise<LabelledTexts> {
  const { header = true, text: textColumn, label: labelColumn } = options;
  checkDelimiter(options.delimiter);
  checkColumn(textColumn, 'text', header);
  if (labelColumn !== undefined) checkColumn(labelColumn, 'label', header);
  const text = await readText(path);
  const rows = await tableRows(path, text, options.delimiter ?? delimiterOf(path, text));
  const [first] = rows;
  const examples = header ? rows.slice(1) : rows;
  if (first === undefined || examples.length === 0) {
    const found = first === undefined ? 'the file is empty' : 'there is only a header';
    throw new DataError(`${path}: a table with examples was expected, but ${found}; give a file with examples`);
  }
  const read = (column: Column, role: string): string[] => {
    const index = findColumn(path, column, first.cells, header);
    return examples.map((row) => filledCell(path, row, index, role));
  };
  return { texts: read(textColumn, 'text'), labels: labelColumn === undefined ? [] : read(labelColumn, 'label') };
}

function checkDelimiter(delimiter: unknown): void {
  if (delimiter === undefined || delimiter === ',' || delimiter === ';' || delimiter === '\t') return;
  throw new OptionError(
    `readTable: a comma, a semicolon or a tab was expected as the delimiter, but ${show(delimiter)} came`,
  );
}

function delimiterOf(path: string, text: string): Delimiter {
  if (/\.csv$/i.test(path)) return ',';
  return /\.tsv$/i.test(path) || /^[^\n]*\t/.test(text) ? '\t' : ',';
}

/** White space alone counts as empty: no tokenizer finds a word in it. */
function filledCell(path: string, { cells, line }: Row, index: number, role: string): string {
  const cell = cells[index] as string;
  if (cell.trim() !== '') return cell;
  throw new DataError(
    `${path}, line ${line}: a ${role} was expected in column ${index + 1}, but the cell is empty; fill it or remove the row`,
  );
}
