/** What all parts of the page about schemes share. */

/** The seed of all that is drawn on the page. */
export const SEED = 5;

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((cells) => (cells[column] as string).length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] as number)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

export function round(value: number): string {
  return String(Number(value.toPrecision(3)));
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
