import { readable } from '../checks.ts';
import { OptionError, show } from '../errors.ts';

/**
 * Rows of text as aligned columns, two spaces apart. The first row is the heading; columns that hold numbers below it
 * are aligned at their right.
 * @throws OptionError for what are no rows of texts
 * @example
 * ```ts
 * import { formatTable } from 'keepgate';
 *
 * console.log(formatTable([['scheme', 'accuracy'], ['none', '71.0%'], ['variational', '9.5%']]));
 * // prints: scheme       accuracy
 * // prints: none            71.0%
 * // prints: variational      9.5%
 * ```
 */
export function formatTable(rows: readonly (readonly string[])[]): string {
  if (!readable('formatTable', () => isTable(rows))) {
    throw new OptionError(
      `formatTable: a list of rows of texts was expected, but ${show(rows)} came; pass [['a', 'b']]`,
    );
  }
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  const right = widths.map((_, i) => rows.slice(1).every((row) => /^[-+\d.,%±e ]*$/.test(row[i] ?? '')));
  const line = (row: readonly string[]): string =>
    widths.map((width, i) => (right[i] ? (row[i] ?? '').padStart(width) : (row[i] ?? '').padEnd(width))).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}

function isTable(rows: unknown): boolean {
  const isRow = (row: unknown): boolean =>
    Array.isArray(row) && Array.from(row).every((cell) => typeof cell === 'string');
  return Array.isArray(rows) && Array.from(rows).every(isRow);
}

/**
 * A share as a percentage with one decimal: 0.1234 is 12.3%.
 * @throws OptionError for what is no number
 * @example
 * ```ts
 * import { percent } from 'keepgate';
 *
 * console.log(percent(0.1234), percent(1)); // prints: 12.3% 100.0%
 * ```
 */
export function percent(share: number): string {
  if (typeof share !== 'number') throw new OptionError(`percent: a number was expected, but ${show(share)} came`);
  return `${(100 * share).toFixed(1)}%`;
}
