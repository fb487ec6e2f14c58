import type { SimdExports } from '#simd.js';
import type { Layout } from '../../../../src/engines/simd/module.ts';
import { type Instance, instances } from './instantiate.ts';

type Numbers = Float32Array | Int32Array;

const PAGES = 32;
const PATTERN = 0x7fc0_1234; // a NaN, as float32: what is read by mistake shows in a result

export class Module {
  readonly id: Instance['id'];
  readonly exports: SimdExports;
  readonly layout: Layout;
  readonly #words: Int32Array;

  constructor({ id, exports, layout, buffer }: Instance) {
    this.id = id;
    this.exports = exports;
    this.layout = layout;
    this.#words = new Int32Array(buffer);
  }

  /**
   * Call an export with numbers, arrays (operands, copied into the memory) and nulls (null pointers). The arrays among
   * `writes` get what they hold afterwards.
   *
   * It is done once for each array, with that one at the very end of the memory: to read or write beyond an operand
   * traps. What a call writes outside of `writes` throws.
   */
  call(name: keyof SimdExports, args: readonly (number | Numbers | null)[], writes: readonly Numbers[] = []): number {
    const operands = [...new Set(args.filter((arg): arg is Numbers => arg !== null && typeof arg === 'object'))];
    const outcomes = operands.map((last) =>
      this.#callOnce(name, args, writes, [...operands.filter((operand) => operand !== last), last]),
    );
    const [first] = outcomes;
    if (!first) throw new Error(`${name}: no operands`);
    for (const { results, value } of outcomes) {
      const same = Object.is(value, first.value) && results.every((words, i) => equal(words, first.results[i]));
      if (!same) throw new Error(`${name}: the result depends on where the operands lie`);
    }
    writes.forEach((array, i) => {
      bitsOf(array).set(first.results[i] ?? []);
    });
    return first.value;
  }

  #callOnce(
    name: keyof SimdExports,
    args: readonly (number | Numbers | null)[],
    writes: readonly Numbers[],
    order: readonly Numbers[],
  ): { results: Int32Array[]; value: number } {
    const words = this.#words;
    words.fill(PATTERN);
    const places = new Map<Numbers, number>();
    // The first bytes are the module's own.
    const first = Math.ceil(this.layout.controlBytes / 4);
    let next = first;
    order.forEach((operand, i) => {
      const place = i === order.length - 1 ? words.length - operand.length : next;
      // An odd distance between operands: none of them is aligned to 16 bytes by accident.
      next += operand.length + 5;
      if (next - 5 > words.length) throw new Error(`${name}: the operands are too large for this memory`);
      words.set(bitsOf(operand), place);
      places.set(operand, place);
    });
    const before = words.slice();
    const pointers = args.map((arg) => {
      if (arg === null) return 0;
      return typeof arg === 'number' ? arg : 4 * (places.get(arg) ?? 0);
    });
    const value = (this.exports[name] as (...numbers: number[]) => number)(...pointers);
    const results = writes.map((array) => {
      const place = places.get(array) ?? 0;
      const found = words.slice(place, place + array.length);
      before.set(found, place);
      return found;
    });
    if (!equal(before.subarray(first), words.subarray(first)))
      throw new Error(`${name}: something outside of the results was written`);
    return { results, value };
  }
}

function bitsOf(array: Numbers): Int32Array {
  return new Int32Array(array.buffer, array.byteOffset, array.length);
}

function equal(a: Int32Array, b: Int32Array | undefined): boolean {
  return b !== undefined && Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
}

function bytesOf({ buffer, byteOffset, byteLength }: Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The builds that this runtime accepts. */
export const builds: readonly { readonly id: Instance['id']; readonly module: Module }[] = loaded(true);

export function loaded(shared: boolean): { readonly id: Instance['id']; readonly module: Module }[] {
  return instances(PAGES, { shared }).map((instance) => ({ id: instance.id, module: new Module(instance) }));
}

/** Numbers between -1 and 1 without any symmetry, the same for the same seed. */
export function numbers(count: number, seed: number): Float32Array {
  let state = seed | 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x3779_fb91) | 0;
    return ((state ^ (state >>> 13)) / 2 ** 31) as number;
  });
}

/** The number of an array at a place that it has. */
export function at(array: ArrayLike<number>, index: number): number {
  const value = array[index];
  if (value === undefined) throw new Error(`${index} is outside of an array of ${array.length}`);
  return value;
}
