import { DataError, show } from '../errors.ts';
import { isDetached, typedArrayName } from '../realms.ts';

/** The typed arrays whose entries are numbers: what tensors are made of. */
export type Numbers =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray;

/** The typed arrays whose entries are bigints. */
export type WideIntegers = BigInt64Array | BigUint64Array;

/** Whether it is a typed array of numbers, of any realm: also a Float16Array, where the host has them; and not one whose memory was transferred. */
export function isNumbers(value: unknown): value is Numbers {
  const name = typedArrayName(value);
  return name !== undefined && !name.startsWith('Big') && !isDetached(value);
}

/** The place of the first that is no finite number; -1 where all are, as in any array of integers. */
export function placeOfNotFinite(numbers: readonly unknown[] | Numbers): number {
  if (!Array.isArray(numbers) && !typedArrayName(numbers)?.startsWith('Float')) return -1;
  for (let i = 0; i < numbers.length; i++) if (!Number.isFinite(numbers[i])) return i;
  return -1;
}

/**
 * A typed array of any realm: itself, or for one of 64-bit integers its numbers, exactly; undefined for what is none.
 * @throws DataError for an integer that is no float64, and an array whose memory was transferred
 */
export function numbersOf(who: string, value: unknown): Numbers | undefined {
  const name = typedArrayName(value);
  if (name === undefined) return undefined;
  if (isDetached(value)) {
    throw new DataError(`${who}: numbers were expected, but ${show(value)} came; pass a copy, or transfer one`);
  }
  if (!name.startsWith('Big')) return value as Numbers;
  const integers = value as WideIntegers;
  const numbers = new Float64Array(integers.length);
  for (let i = 0; i < integers.length; i++) {
    const integer = integers[i] as bigint;
    const number = Number(integer);
    if (!Number.isSafeInteger(number) && BigInt(number) !== integer) {
      throw new DataError(
        `${who}: integers that a float64 holds were expected, but ${integer} came at entry ${i}; the next one is ${BigInt(number)}`,
      );
    }
    numbers[i] = number;
  }
  return numbers;
}
