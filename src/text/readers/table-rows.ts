import { DataError } from '../../errors.ts';

/** What separates the columns of a table. */
export type Delimiter = ',' | '\t' | ';';

/** A row of a table, and the line of the file in which it starts. */
export interface Row {
  readonly cells: readonly string[];
  readonly line: number;
}

/** What is wrong with the quotes, by the code of csv-parse. */
const QUOTE_FAULTS: ReadonlyMap<string, string> = new Map([
  ['CSV_QUOTE_NOT_CLOSED', 'a quote is never closed'],
  ['CSV_INVALID_CLOSING_QUOTE', 'more text follows the closing quote'],
  ['INVALID_OPENING_QUOTE', 'a quote stands inside a field without quotes'],
]);

/**
 * The rows of a table. Commas and semicolons come with the quoting of RFC 4180; tabs come without any, since in such
 * files a quote is part of the text.
 * @param path where the text comes from, for messages
 * @throws DataError when a row has more or fewer columns than the first, or its quotes are broken
 */
export async function tableRows(path: string, text: string, delimiter: Delimiter): Promise<Row[]> {
  const { CsvError, parse } = await import('csv-parse/sync');
  const bytes = new TextEncoder().encode(text);
  const lineAt = lineCounter(bytes);
  const rows: Row[] = [];
  let start = 0;
  try {
    parse(bytes, {
      delimiter,
      quote: delimiter === '\t' ? null : '"',
      // By default the first line decides, and a file of mixed line ends breaks.
      record_delimiter: ['\r\n', '\n'],
      // The columns are counted below: the message of csv-parse names the last line of a row, and may miscount.
      relax_column_count: true,
      on_record(cells, { bytes: end }) {
        const row = { cells, line: lineAt(start) };
        start = end;
        // A blank line holds nothing, and most files end in one.
        if (cells.length === 1 && cells[0]?.trim() === '') return null;
        expectColumns(path, row, rows[0] ?? row);
        rows.push(row);
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const fault = QUOTE_FAULTS.get(error.code) ?? error.message;
    throw new DataError(
      `${path}, line ${lineAt(Number(error.bytes))}: fields quoted as in RFC 4180 were expected, but ${fault}; quote the whole field and double the quotes inside`,
    );
  }
  return rows;
}

function expectColumns(path: string, { cells, line }: Row, first: Row): void {
  if (cells.length === first.cells.length) return;
  throw new DataError(
    `${path}, line ${line}: as many columns as in line 1 (${first.cells.length}) were expected, but ${cells.length} came; correct the line or give another delimiter`,
  );
}

/**
 * The line at a byte, for bytes that never fall. csv-parse counts lines too, but takes a CRLF inside quotes for two
 * and a lone CR for one.
 */
function lineCounter(bytes: Uint8Array): (offset: number) => number {
  let line = 1;
  let at = 0;
  return (offset) => {
    for (; at < offset; at++) if (bytes[at] === 10) line += 1;
    return line;
  };
}
