/** A number in five digits, as reports show it. */
export function showNumber(value: number): string {
  return `${Number(value.toPrecision(5))}`;
}
