import type { Examples } from 'keepgate';
import { type Digits, SIDE } from '../mnist.ts';

/** The side of the part of a picture that becomes one value. */
const PART = 2;

/** T, the rows of a picture after pooling, and I, the values of a row. */
export const ROWS: number = SIDE / PART;

/**
 * Some of the digits as sequences [T][I] of rows: 2 x 2 pixels become their average, from 0 to 1, and the rows come in
 * the given order, the same for all digits.
 */
export function asRows({ pixels, labels }: Digits, picked: readonly number[], order: readonly number[]): Examples {
  return {
    x: picked.map((digit) => {
      const picture = pixels.subarray(digit * SIDE * SIDE, (digit + 1) * SIDE * SIDE);
      return order.map((row) => Array.from({ length: ROWS }, (_, column) => pooled(picture, row, column)));
    }),
    y: picked.map((digit) => labels[digit] as number),
  };
}

function pooled(picture: Uint8Array, row: number, column: number): number {
  let sum = 0;
  for (let y = PART * row; y < PART * (row + 1); y++) {
    for (let x = PART * column; x < PART * (column + 1); x++) sum += picture[y * SIDE + x] as number;
  }
  return sum / (PART * PART * 255);
}
