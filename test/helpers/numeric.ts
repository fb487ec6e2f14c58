import type { Tensor } from 'keepgate';
import { expect } from 'vitest';

/** What a run gave, by name: y, h, c, and with a `d` in front the gradients. */
export type Results = Readonly<Record<string, Tensor>>;

/** Two results are equal bit for bit: 0 and -0 differ, and NaN equals NaN. */
export function expectSameBits(actual: Results, expected: Results): void {
  expect(differences(actual, expected, Object.is)).toEqual([]);
}

/** Two results are equal up to an error relative to max(1, |expected|). */
export function expectClose(actual: Results, expected: Results, tolerance: number): void {
  expect(differences(actual, expected, (a, b) => isClose(a, b, tolerance))).toEqual([]);
}

export function isClose(actual: number, expected: number, tolerance: number): boolean {
  return Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected));
}

/** The results of these names alone. */
export function only(results: Results, keep: (name: string) => boolean): Results {
  return Object.fromEntries(Object.entries(results).filter(([name]) => keep(name)));
}

/** y and the final state: what a forward run gives. */
export function forwardPart(results: Results): Results {
  return only(results, (name) => !name.startsWith('d'));
}

/** The first difference of each result, in words: empty when there is none. */
function differences(actual: Results, expected: Results, same: (a: number, b: number) => boolean): string[] {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  return Object.entries(expected).flatMap(([name, wanted]) => {
    const found = actual[name] as Tensor;
    expect(found.shape, name).toEqual(wanted.shape);
    const [ours, theirs] = [found.toFlat(), wanted.toFlat()];
    const at = ours.findIndex((value, i) => !same(value, theirs[i] as number));
    return at < 0
      ? []
      : [`${name}[${at}] of shape [${wanted.shape}]: ${theirs[at]} was expected, but ${ours[at]} came`];
  });
}

/** The sum of the products of the entries. */
export function dot(a: Tensor, b: Tensor): number {
  const other = b.toFlat();
  return a.toFlat().reduce((sum, value, i) => sum + value * (other[i] as number), 0);
}
