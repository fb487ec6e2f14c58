import { DataError, OptionError, show } from '../../errors.ts';

/** A column by its name in the header, or by its number from 1. */
export type Column = string | number;

/** @throws OptionError when no table could have such a column */
export function checkColumn(column: unknown, role: string, header: boolean): void {
  const isNumber = typeof column === 'number' && Number.isSafeInteger(column) && column >= 1;
  if (isNumber || (header && typeof column === 'string')) return;
  const expected = header ? 'a name or a number from 1' : 'without a header, a number from 1';
  throw new OptionError(`readTable: ${expected} was expected as the ${role} column, but ${show(column)} came`);
}

/**
 * The index of a column, from 0.
 * @param cells the cells of the first row: the names, if there is a header
 * @throws DataError when the table does not have the column
 */
export function findColumn(path: string, column: Column, cells: readonly string[], header: boolean): number {
  const index = typeof column === 'number' ? column - 1 : cells.indexOf(column);
  if (index === -1 || index >= cells.length) {
    const all = header ? cells.map((name) => JSON.stringify(name)) : cells.map((_, i) => i + 1);
    const names = all.length > 20 ? [...all.slice(0, 20), `and ${all.length - 20} more`] : all;
    throw new DataError(
      `${path}: a column ${show(column)} was expected, but the columns are ${names.join(', ')}; choose one of them, or another delimiter`,
    );
  }
  if (typeof column === 'string' && index !== cells.lastIndexOf(column)) {
    throw new DataError(
      `${path}: one column ${show(column)} was expected, but several have that name; give the number of the column`,
    );
  }
  return index;
}
