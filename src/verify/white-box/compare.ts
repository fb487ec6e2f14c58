import type { Tensor } from '../../tensor/tensor.ts';

/** What a law throws when it does not hold: one line for a failed property. */
export class Broken extends Error {}

/** What a run gave, by name: y, h, c, and with a `d` in front the gradients. */
export type Results = Readonly<Record<string, Tensor>>;

/** @throws Broken unless the statement is true */
export function expectTrue(statement: boolean, otherwise: string): asserts statement {
  if (!statement) throw new Broken(otherwise);
}

/** @throws Broken unless two results are equal bit for bit: 0 and -0 differ, and NaN equals NaN */
export function expectSameBits(actual: Results, expected: Results): void {
  expectSame(actual, expected, Object.is);
}

/** @throws Broken unless two results are equal up to an error relative to max(1, |expected|) */
export function expectClose(actual: Results, expected: Results, tolerance: number): void {
  expectSame(actual, expected, (a, b) => isClose(a, b, tolerance));
}

export function isClose(actual: number, expected: number, tolerance: number): boolean {
  return Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected));
}

/** The results of these names alone. */
export function only(results: Results, keep: (name: string) => boolean): Results {
  return Object.fromEntries(Object.entries(results).filter(([name]) => keep(name)));
}

/** The sum of the products of the entries. */
export function dot(a: Tensor, b: Tensor): number {
  const other = b.toFlat();
  return a.toFlat().reduce((sum, value, i) => sum + value * (other[i] as number), 0);
}

function expectSame(actual: Results, expected: Results, same: (a: number, b: number) => boolean): void {
  const [found, wanted] = [actual, expected].map((results) => Object.keys(results).sort().join(', '));
  expectTrue(found === wanted, `results ${wanted} were expected, but ${found} came`);
  const differences = Object.entries(expected).flatMap(
    ([name, value]) => firstDifference(name, actual[name] as Tensor, value, same) ?? [],
  );
  expectTrue(differences.length === 0, differences.join('; '));
}

/** The first difference of a result, in words. */
function firstDifference(
  name: string,
  actual: Tensor,
  expected: Tensor,
  same: (a: number, b: number) => boolean,
): string | undefined {
  if (actual.shape.join() !== expected.shape.join()) {
    return `${name} of shape [${expected.shape}] was expected, but shape [${actual.shape}] came`;
  }
  const [ours, theirs] = [actual.toFlat(), expected.toFlat()];
  const at = ours.findIndex((value, i) => !same(value, theirs[i] as number));
  return at < 0
    ? undefined
    : `${name}[${at}] of shape [${expected.shape}]: ${theirs[at]} was expected, but ${ours[at]} came`;
}
