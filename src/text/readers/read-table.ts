import { expectBoolean, expectFunction, expectText, type OptionNames, optionsOf } from '../../checks.ts';
import { DataError, OptionError, show } from '../../errors.ts';
import { collected, type LabelledTexts } from '../labelled.ts';
import { checkEncoding, decoded } from './decode.ts';
import { type Column, checkColumn, findColumn } from './find-column.ts';
import { fileInput, type Input } from './input.ts';
import { jsonRows } from './json-rows.ts';
import { type CellTable, type Delimiter, tableForm } from './table-form.ts';
import { type Row, tableRows } from './table-rows.ts';

/** What all readers are told. */
export interface ReadOptions {
  /** A label of TextDecoder, such as 'windows-1252' or 'utf-16le'; UTF-8 when left out. */
  readonly encoding?: string | undefined;
  /** Called with each sentence about what is left aside or odd in the data. */
  readonly onNote?: ((note: string) => void) | undefined;
}

/** Which columns of a table are read, and how its columns are separated. */
export interface TableOptions extends ReadOptions {
  /**
   * The column of the texts: its name, or its position from 1 as a number or as '#3'. What the header has is a name, such as
   * '3'. In JSON Lines, the name of an entry.
   */
  readonly text: Column;
  /** The column of the labels; without it the texts are read alone. */
  readonly label?: Column | undefined;
  /** Whether the first row holds the names of the columns (default true). */
  readonly header?: boolean | undefined;
  /**
   * When left out, a first line `sep=;` says it. Else `.tsv` means a tab, and so does a tab in the first line, but not in
   * `.csv`; else it is a comma, or a semicolon where the first line has one and no comma.
   */
  readonly delimiter?: Delimiter | undefined;
  /** Whether quotes in the wrong places are parts of the texts, in place of an error (default false). */
  readonly relaxedQuotes?: boolean | undefined;
}

/** The names of all options. */
export const TABLE_OPTIONS: OptionNames<TableOptions> = {
  text: true,
  label: true,
  header: true,
  delimiter: true,
  encoding: true,
  relaxedQuotes: true,
  onNote: true,
};

/**
 * Read texts and labels from a table in UTF-8 or another encoding: CSV, TSV, or JSON Lines, which is told by its first line.
 * Commas and semicolons come with RFC 4180 quoting, tabs without any. Lines end in `\n`, `\r\n` or `\r`. The file is read piece
 * by piece: memory is needed for the texts and labels alone.
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
  expectText('readTable', 'path', path);
  checkTableOptions('readTable', options);
  return collected(tableTexts(fileInput(path), options));
}

/** @throws OptionError when an option is not what it can be */
export function checkTableOptions(who: string, options: TableOptions): void {
  const { text, label, header = true, delimiter, relaxedQuotes = false } = optionsOf(who, options, TABLE_OPTIONS);
  checkReadOptions(who, options);
  expectBoolean(who, 'header', header);
  expectBoolean(who, 'relaxedQuotes', relaxedQuotes);
  checkColumn(who, text, 'text', header);
  if (label !== undefined) checkColumn(who, label, 'label', header);
  if (delimiter === undefined || delimiter === ',' || delimiter === ';' || delimiter === '\t') return;
  throw new OptionError(
    `${who}: a comma, a semicolon or a tab was expected as the delimiter, but ${show(delimiter)} came`,
  );
}

/** @throws OptionError when an option is not what it can be */
export function checkReadOptions(who: string, { encoding, onNote }: ReadOptions): void {
  checkEncoding(who, encoding);
  if (onNote !== undefined) expectFunction(who, 'onNote', onNote);
}

/** The texts and labels of a table, part by part; the options were checked. @throws DataError as {@link readTable} does */
export async function* tableTexts(input: Input, options: TableOptions): AsyncGenerator<LabelledTexts> {
  const pieces = decoded(input, options.encoding);
  try {
    const table = await tableForm(input.name, pieces, options.delimiter);
    yield* table.form === 'JSON Lines'
      ? jsonRows(input.name, table.text, options)
      : cellTexts(input.name, table, options);
  } finally {
    // Whatever ended the reading: the file is closed, and a pipe left alone.
    await pieces.return(undefined);
  }
}

async function* cellTexts(name: string, table: CellTable, options: TableOptions): AsyncGenerator<LabelledTexts> {
  const { header = true, relaxedQuotes = false, onNote } = options;
  let columns: Columns | undefined;
  let found = false;
  for await (const rows of tableRows(name, table, relaxedQuotes)) {
    const names = columns === undefined ? (rows[0] as Row).cells : [];
    const examples = columns === undefined && header ? rows.slice(1) : rows;
    columns ??= new Columns(name, names, options);
    if (examples.length === 0) continue;
    found = true;
    yield columns.textsOf(examples);
  }
  columns?.tell(onNote);
  if (found) return;
  throw new DataError(
    `${name}: a table with examples was expected, but ${columns ? 'there is only a header' : 'the file is empty'}; give a file with examples`,
  );
}

/** The columns that are read, and what is seen of those that are not. */
class Columns {
  readonly #name: string;
  readonly #text: number;
  readonly #label: number | undefined;
  /** The indices of those that the header gives no name. */
  readonly #unnamed: readonly number[];
  #leftAside = 0;
  #firstAside = 0;

  constructor(name: string, first: readonly string[], { text, label, header = true }: TableOptions) {
    this.#name = name;
    this.#text = findColumn(name, text, first, header);
    this.#label = label === undefined ? undefined : findColumn(name, label, first, header);
    const unnamed = first.flatMap((cell, i) => (header && cell.trim() === '' ? [i] : []));
    this.#unnamed = unnamed.filter((i) => i !== this.#text && i !== this.#label);
  }

  textsOf(rows: readonly Row[]): LabelledTexts {
    const label = this.#label;
    for (const { cells, line } of rows) {
      if (!this.#unnamed.some((i) => cells[i]?.trim() !== '')) continue;
      if (this.#leftAside === 0) this.#firstAside = line;
      this.#leftAside += 1;
    }
    return {
      texts: rows.map((row) => this.#filled(row, this.#text, 'text')),
      labels: label === undefined ? [] : rows.map((row) => this.#filled(row, label, 'label')),
    };
  }

  /** An index column of pandas has no name either, and something in every row. */
  tell(onNote: TableOptions['onNote']): void {
    if (this.#leftAside === 0) return;
    onNote?.(
      `${this.#name}: ${this.#leftAside} rows, the first in line ${this.#firstAside}, have cells in columns without a name, which are left aside`,
    );
  }

  /** White space alone counts as empty: no tokenizer finds a word in it. */
  #filled({ cells, line }: Row, index: number, role: string): string {
    const cell = cells[index] as string;
    if (cell.trim() !== '') return cell;
    throw new DataError(
      `${this.#name}, line ${line}: a ${role} was expected in column ${index + 1}, but the cell is empty; fill it or remove the row`,
    );
  }
}
