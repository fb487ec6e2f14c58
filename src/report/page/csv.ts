import { toBase64 } from '../run/base64.ts';

/** The numbers behind a figure, all of them, whatever is shown. */
export interface Csv {
  /** Of the file, without its ending. */
  readonly name: string;
  /** The first is the header. */
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** So many digits tell what a chart shows. */
const DIGITS = 7;

/** A link by which a page without a script hands out a file. */
export function csvHref({ rows }: Csv): string {
  const text = rows.map((row) => row.map(cell).join(',')).join('\r\n');
  return `data:text/csv;charset=utf-8;base64,${toBase64(`${text}\r\n`)}`;
}

/** As RFC 4180 has it. */
function cell(value: string | number | null): string {
  if (typeof value === 'number') return `${Number(value.toPrecision(DIGITS))}`;
  return value === null || !/[",\r\n]/.test(value) ? (value ?? '') : `"${value.replaceAll('"', '""')}"`;
}
