import { DataError, OptionError, show } from '../../errors.ts';

/**
 * A column by its name in the header, or by its position from 1: a number, or '#3'. '3' is a name where the header has it,
 * and else a position.
 */
export type Column = string | number;

/** @throws OptionError when no table could have such a column */
export function checkColumn(who: string, column: unknown, role: string, header: boolean): void {
  const isPosition = positionOf(column) !== undefined;
  if (isPosition || (header && typeof column === 'string')) return;
  const expected = header ? 'a name or a number from 1' : 'without a header, a number from 1';
  throw new OptionError(`${who}: ${expected} was expected as the ${role} column, but ${show(column)} came`);
}

/**
 * The index of a column, from 0.
 * @param cells the cells of the first row: the names, if there is a header
 * @throws DataError when the table does not have the column
 */
export function findColumn(name: string, column: Column, cells: readonly string[], header: boolean): number {
  const named = header && typeof column === 'string' ? cells.indexOf(column) : -1;
  if (named !== -1 && named !== cells.lastIndexOf(column as string)) {
    throw new DataError(
      `${name}: one column ${show(column)} was expected, but several have that name; give the number of the column, such as #${named + 1}`,
    );
  }
  const index = named === -1 ? (positionOf(column) ?? 0) - 1 : named;
  if (index !== -1 && index < cells.length) return index;
  const all = header ? cells.map((cell) => JSON.stringify(cell)) : cells.map((_, i) => i + 1);
  throw noColumn(name, column, all, header ? cells : []);
}

/** @param names those of the columns, if they have names: one of them may be meant */
export function noColumn(
  name: string,
  column: Column,
  all: readonly (string | number)[],
  names: readonly string[],
): DataError {
  const shown = all.length > 20 ? [...all.slice(0, 20), `and ${all.length - 20} more`] : all;
  const meant = names.find((other) => bare(other) === bare(String(column)));
  const advice =
    meant === undefined
      ? 'choose one of them, or another delimiter'
      : hasQuotes(column) && !hasQuotes(meant)
        ? `leave the quotes out: ${meant}`
        : `did you mean ${JSON.stringify(meant)}?`;
  return new DataError(
    `${name}: a column ${show(column)} was expected, but the columns are ${shown.join(', ')}; ${advice}`,
  );
}

function positionOf(column: unknown): number | undefined {
  const digits = typeof column === 'string' ? /^#?(\d+)$/.exec(column)?.[1] : undefined;
  const number = digits === undefined ? column : Number(digits);
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 1 ? number : undefined;
}

/** A name without what is easily got wrong: its quotes, the spaces around it, and its case. */
function bare(name: string): string {
  return name.replaceAll(/^[\s'"`‘’“”]+|[\s'"`‘’“”]+$/g, '').toLowerCase();
}

function hasQuotes(name: Column): boolean {
  return /^['"`‘’“”]/.test(String(name));
}
