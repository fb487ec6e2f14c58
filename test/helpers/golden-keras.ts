import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeepgateError } from 'keepgate';
import { ROOT } from './run-script.ts';

/** A file of test/golden/keras, which keras.py and hostile.py made. */
export function kerasFile(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(ROOT, 'test/golden/keras', name)));
}

/** What models of those files give, by the specification in keras.py. */
export const EXPECTED: {
  readonly chain: { readonly x: number[][] } & Readonly<Record<'keras-3.15' | 'keras-3.16', number[][]>>;
  readonly texts: { readonly texts: string[]; readonly ids: number[][]; readonly yes: number[] };
  readonly legacy_list: { readonly x: number[][][]; readonly y: number[][] };
  readonly cudnn: { readonly x: number[][][] } & Readonly<Record<'lstm' | 'gru', number[][][]>>;
  readonly cells: readonly { readonly version: string; readonly layer: string; readonly y: number[][][] }[];
  readonly cells_x: number[][][];
} = JSON.parse(readFileSync(join(ROOT, 'test/golden/keras/expected.json'), 'utf8'));

/** The largest difference of two nested lists, relative to the largest number. */
export function largestError(found: unknown, expected: unknown): number {
  const [a, b] = [found, expected].map((value) => JSON.parse(JSON.stringify(value)).flat(9) as number[]) as [
    number[],
    number[],
  ];
  if (a.length !== b.length || a.length === 0) return Number.POSITIVE_INFINITY;
  const scale = b.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-30);
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] as number)) / scale), 0);
}

/** What the error of work that must fail says: a typed one, in one line. */
export async function refusalOf(work: () => Promise<unknown>): Promise<string> {
  const error = await work().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof KeepgateError && !/[\r\n]/.test(error.message)) return error.message;
  throw new Error(`a typed error of one line was expected, but ${String(error)} came`);
}
