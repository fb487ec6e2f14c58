/** The value that this share of the values is below: 0.5 for the median. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] as number;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
