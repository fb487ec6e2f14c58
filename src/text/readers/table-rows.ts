import { csvParser } from '#platform/byte-streams.js';
import { DataError, errorCode, messageOf } from '../../errors.ts';
import { LineFinder, LONGEST } from './lines.ts';
import type { CellTable } from './table-form.ts';

/** A row of a table, and the line of the file in which it starts. */
export interface Row {
  readonly cells: readonly string[];
  readonly line: number;
}

/** What is wrong with a row, by the code of csv-parse. */
const FAULTS: ReadonlyMap<string, string> = new Map([
  ['CSV_QUOTE_NOT_CLOSED', 'a quote is never closed'],
  ['CSV_INVALID_CLOSING_QUOTE', 'more text follows the closing quote'],
  ['INVALID_OPENING_QUOTE', 'a quote stands inside a field without quotes'],
  ['CSV_MAX_RECORD_SIZE', `a row goes on for more than ${LONGEST} bytes, as one does whose quote is never closed`],
]);

/**
 * The rows of a table, a list for each piece of its text; blank lines are none. Commas and semicolons come with the
 * quoting of RFC 4180; tabs come without any, since in such files a quote is part of the text.
 * @param relaxed whether a quote that does not stand where RFC 4180 has one is part of the text
 * @throws DataError when a row has more or fewer columns than the first, or its quotes are broken
 */
export async function* tableRows(
  name: string,
  { text, delimiter, line }: CellTable,
  relaxed: boolean,
): AsyncGenerator<Row[]> {
  const lines = new LineFinder(line);
  let rows: Row[] = [];
  let first: Row | undefined;
  let start = 0;
  const parser = await csvParser({
    delimiter,
    quote: delimiter === '\t' ? null : '"',
    relax_quotes: relaxed,
    // By default the first line decides, and a file of mixed line ends breaks.
    record_delimiter: ['\r\n', '\n', '\r'],
    // The columns are counted below: the message of csv-parse names the last line of a row, and may miscount.
    relax_column_count: true,
    max_record_size: LONGEST,
    on_record(cells: string[], { bytes: end }) {
      const row = { cells, line: lines.lineAt(start) };
      start = end;
      // A blank line holds nothing, and most files end in one.
      if (cells.length === 1 && cells[0]?.trim() === '') return null;
      first ??= row;
      expectColumns(name, row, first);
      rows.push(row);
      return null;
    },
  });
  const faultOf = (error: unknown): unknown => {
    const code = errorCode(error) ?? '';
    if (!FAULTS.has(code) && !code.startsWith('CSV_')) return error;
    const fault = FAULTS.get(code) ?? messageOf(error);
    const at = lines.lineAt(Number((error as { bytes?: unknown }).bytes));
    return new DataError(
      `${name}, line ${at}: fields quoted as in RFC 4180 were expected, but ${fault}; quote the whole field and double the quotes inside${relaxed ? '' : ', or have them read as part of the text (relaxed quotes)'}`,
    );
  };
  try {
    const encoder = new TextEncoder();
    for await (const piece of text) {
      const bytes = encoder.encode(piece);
      lines.add(bytes);
      await parser.write(bytes);
      if (rows.length > 0) yield rows;
      rows = [];
    }
    await parser.end();
  } catch (error) {
    // What is wrong in the rows before comes first, however the text is cut.
    if (rows.length > 0) yield rows;
    throw faultOf(error);
  }
  if (rows.length > 0) yield rows;
}

function expectColumns(name: string, { cells, line }: Row, first: Row): void {
  if (cells.length === first.cells.length) return;
  throw new DataError(
    `${name}, line ${line}: as many columns as in line ${first.line} (${first.cells.length}) were expected, but ${cells.length} came; correct the line or give another delimiter`,
  );
}
