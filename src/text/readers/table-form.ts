import { DataError, show } from '../../errors.ts';
import { LONGEST } from './lines.ts';

/** What separates the columns of a table. */
export type Delimiter = ',' | '\t' | ';';

/** How a table is written, and its text. */
export type Table = CellTable | { readonly form: 'JSON Lines'; readonly text: AsyncIterable<string> };

/** A table of rows and columns. */
export interface CellTable {
  readonly form: 'cells';
  readonly text: AsyncIterable<string>;
  readonly delimiter: Delimiter;
  /** The line in which the text begins. */
  readonly line: number;
}

/**
 * Find out how a table is written, from the first of its lines that is not blank: JSON Lines where that is an object of
 * JSON. Else a line `sep=;`, as spreadsheets write it, says the delimiter, or else the name of the file and the header do.
 * @param pieces the text, which whoever opened it closes
 * @param given the delimiter, if it is known: then it is no JSON
 * @throws DataError for JSON that is not in lines, and for a delimiter that no table has
 */
export async function tableForm(
  name: string,
  pieces: AsyncIterableIterator<string>,
  given?: Delimiter,
): Promise<Table> {
  let head = '';
  let found = firstLine(head);
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
    head += next.value;
    found = firstLine(head);
    if (found.ended || head.length > LONGEST) break;
  }
  return formOf(name, found.line, head, pieces, given);
}

function formOf(name: string, line: string, head: string, rest: AsyncIterable<string>, given?: Delimiter): Table {
  if (given === undefined) {
    if (isObject(line)) return { form: 'JSON Lines', text: chained(head, rest) };
    expectNoOtherJson(name, line);
  }
  const separator = /^(?:sep=(.)|"sep=(.)")$/i.exec(line);
  if (!separator || !head.startsWith(line)) {
    return { form: 'cells', text: chained(head, rest), delimiter: given ?? delimiterOf(name, line), line: 1 };
  }
  const said = separator[1] ?? separator[2];
  if (given === undefined && !isDelimiter(said)) {
    throw new DataError(
      `${name}, line 1: a comma, a semicolon or a tab was expected after "sep=", but ${show(said)} came; write the table with one of them`,
    );
  }
  const text = chained(head.slice(line.length).replace(/^(\r\n|\n|\r)/, ''), rest);
  return { form: 'cells', text, delimiter: given ?? (said as Delimiter), line: 2 };
}

/** The first line that is not blank, as far as the text goes; a line end that may go on has not ended. */
function firstLine(head: string): { readonly line: string; readonly ended: boolean } {
  const start = head.search(/\S/);
  if (start === -1) return { line: '', ended: false };
  const begin = Math.max(head.lastIndexOf('\n', start), head.lastIndexOf('\r', start)) + 1;
  const length = head.slice(begin).search(/\r\n|\n|\r(?!$)/);
  return {
    line: length === -1 ? head.slice(begin).replace(/\r$/, '') : head.slice(begin, begin + length),
    ended: length !== -1,
  };
}

async function* chained(head: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  if (head !== '') yield head;
  yield* rest;
}

function isDelimiter(value: string | undefined): value is Delimiter {
  return value === ',' || value === ';' || value === '\t';
}

function isObject(line: string): boolean {
  if (!line.trimStart().startsWith('{')) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

/** A table can begin with a bracket too, but not under such a name, and none begins with a brace or a bracket alone. */
function expectNoOtherJson(name: string, line: string): void {
  const isNamed = /\.(json|jsonl|ndjson)$/i.test(name);
  if (!isNamed && !/^\s*([[{]\s*$|\{\s*["}]|\[\s*[[{])/.test(line)) return;
  throw new DataError(
    `${name}: a table or JSON Lines, one object a line, was expected, but ${isNamed && !/^\s*[[{]/.test(line) ? 'a first line without an object' : 'JSON of another form'} came; write each example as one line such as {"text": "A warm film.", "label": "good"}`,
  );
}

/** A comma where nothing says otherwise. */
function delimiterOf(name: string, line: string): Delimiter {
  if (/\.tsv$/i.test(name)) return '\t';
  if (!/\.csv$/i.test(name) && line.includes('\t')) return '\t';
  const outside = line.replaceAll(/"[^"]*("|$)/g, '');
  return outside.includes(';') && !outside.includes(',') ? ';' : ',';
}
