import type { SimdExports } from '#simd.js';
import type { FactorUse } from '../ops.ts';
import type { SimdFactors } from './factors.ts';
import { type Block, type Memory, NUMBER_BYTES } from './memory.ts';
import type { SimdModule } from './module.ts';
import type { Team } from './team.ts';

/** The operations that threads share, by the numbers that assembly/operations.ts gives them. */
const KERNEL = 0;
const MULTIPLY = 1;
const MULTIPLY_TRANSPOSED = 2;
const PACK = 3;
const PACK_TRANSPOSED = 4;
const PACK_BLOCKS = 5;
const SUM_ROWS = 6;

/** Words of a kernel's call that come before those that its module reads, and which of them is its slot. */
export const KERNEL_WORDS = 5;
export const SLOT_WORD = 2;
/** Columns of a panel of a packed matrix. */
const PANEL = 8;
/** Columns that `sumRows` adds up at a time. */
const SUM_COLUMNS = 16;
/** Numbers that get a factor at a time, before or after a product: 256 KiB stay in a second-level cache. */
const WORK_NUMBERS = 65_536;

/** What it costs to pack a number and to add one up, in steps of arithmetic of a product: memory is slower. */
const PACK_COST = 16;
const SUM_COST = 8;

/** A factor of a product, for one gate. */
export interface GateFactor {
  readonly use: FactorUse;
  readonly gate: number;
}

/** A kernel's module in memory, and the number by which all threads know it. */
export interface PlacedKernel {
  readonly slot: number;
  readonly code: Block;
  readonly codeBytes: number;
}

/** Pointers are in bytes, and 0 for what is left out; distances between rows in numbers. See assembly/products.ts. */
export interface Product {
  readonly c: number;
  readonly ldc: number;
  readonly a: number;
  readonly lda: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/**
 * Operations by pointer that threads share: the operands are written where all of them find them, and the work is cut into
 * parts if it is large enough. It may still be under way when the call returns, so that the next one is prepared meanwhile:
 * whatever else touches memory waits for it, by way of {@link Memory} and of {@link Calls.alone}.
 */
export class Calls {
  readonly #memory: Memory;
  readonly #module: SimdModule;
  readonly #team: Team;
  /** Where the words of two calls are, in bytes: those of one that is under way, and those of the next. */
  readonly #places: readonly number[];
  #call = 0;
  /** Where the next word of a call goes, in words. */
  #next = 0;

  constructor(memory: Memory, module: SimdModule, team: Team) {
    this.#memory = memory;
    this.#module = module;
    this.#team = team;
    this.#places = [module.exports.callAddress(0), module.exports.callAddress(1)];
    memory.settle = () => team.settle();
  }

  /** The functions that this thread does alone, once nobody else is at work. */
  get alone(): SimdExports {
    this.#team.settle();
    return this.#module.exports;
  }

  /** How many words a kernel can have. */
  get kernelWords(): number {
    return this.#module.exports.callWords() - KERNEL_WORDS;
  }

  /**
   * Run a kernel on `rows` rows of `cost` steps of arithmetic.
   * @param writeWords writes the words of its own from this one on
   */
  kernel(
    { slot, code, codeBytes }: PlacedKernel,
    { rows, cost }: { readonly rows: number; readonly cost: number },
    writeWords: (at: number) => void,
  ): void {
    if (rows === 0) return;
    const rowsOfPart = Math.ceil(rows / this.#team.parts(rows * cost));
    this.#begin();
    this.#write(rows, rowsOfPart, slot, code.pointer, codeBytes);
    writeWords(this.#next);
    this.#share(KERNEL, Math.ceil(rows / rowsOfPart), rows * cost);
  }

  /** c = a b + bias + plus, for a packed b. A factor is on a, or on the result before plus is added to it. */
  multiply(
    { c, ldc, a, lda, m, n, k }: Product,
    packed: number,
    { bias, plus, ldp }: { readonly bias: number; readonly plus: number; readonly ldp: number },
    factor: GateFactor | null,
    side: 'left' | 'result',
  ): void {
    if (m === 0 || n === 0) return;
    if (k === 0) {
      // No terms: a column of zeros leaves what is added.
      const zeros = this.#memory.take(packedBytes(n, 1));
      this.alone.clear(zeros.pointer, packedBytes(n, 1));
      const none = { c, ldc, a: zeros.pointer, lda: 0, m, n, k: 1 };
      this.multiply(none, zeros.pointer, { bias, plus, ldp }, null, side);
      this.#memory.give(zeros);
      return;
    }
    const cost = 2 * m * n * k;
    const parts = this.#team.parts(cost);
    // Few rows are cut along the columns, so that a thread reads its part of the weights alone; but where all of the
    // weights stay in a cache, rows that have a factor are cut by rows, as each part would apply it to all of them.
    const byRows = m >= 2 * n || (factor !== null && side === 'left' && n * k <= WORK_NUMBERS);
    const rowsOfPart = byRows ? multipleOf(4, m / parts) : m;
    const columnsOfPart = byRows ? n : multipleOf(PANEL, n / parts);
    const count = Math.ceil(m / rowsOfPart) * Math.ceil(n / columnsOfPart);
    const width = side === 'left' ? k : columnsOfPart;
    const rowsOfWork = Math.min(rowsOfPart, multipleOf(4, WORK_NUMBERS / width));
    const work = factor && this.#memory.take(count * rowsOfWork * width * NUMBER_BYTES);
    this.#begin();
    this.#write(rowsOfPart, columnsOfPart, c, ldc, a, lda, packed, bias, plus, ldp, m, n, k);
    this.#write(side === 'left' ? 1 : 0, work ? work.pointer : 0, rowsOfWork);
    this.#writeFactor(factor);
    this.#share(MULTIPLY, count, cost);
    if (work) this.#memory.give(work);
  }

  /** c = aᵀ (b ⊙ factor). */
  multiplyTransposed(
    { c, ldc, a, lda, m, n, k }: Product,
    { b, ldb }: { readonly b: number; readonly ldb: number },
    factor: GateFactor | null,
  ): void {
    if (m === 0 || n === 0 || k === 0) {
      this.alone.clear(c, m * ldc * NUMBER_BYTES);
      return;
    }
    const { blockRows, packWorkBytes, transposedWorkBytes } = this.#module.exports;
    const blocks = Math.ceil(k / blockRows());
    const packing = PACK_COST * n * k;
    const blocksOfPart = Math.ceil(blocks / this.#team.parts(packing));
    const packers = Math.ceil(blocks / blocksOfPart);
    const packed = this.#memory.take(blocks * packedBytes(n, blockRows()));
    const room = factor && this.#memory.take(packers * packWorkBytes(n));
    this.#begin();
    this.#write(blocksOfPart, packed.pointer, b, ldb, room ? room.pointer : 0, n, k);
    this.#writeFactor(factor);
    this.#share(PACK_BLOCKS, packers, packing);
    if (room) this.#memory.give(room);

    const cost = 2 * m * n * k;
    const rowsOfPart = multipleOf(4, m / this.#team.parts(cost));
    const count = Math.ceil(m / rowsOfPart);
    const work = this.#memory.take(count * transposedWorkBytes(rowsOfPart, k));
    this.#begin();
    this.#write(rowsOfPart, c, ldc, a, lda, packed.pointer, work.pointer, m, n, k);
    this.#share(MULTIPLY_TRANSPOSED, count, cost);
    this.#memory.give(work);
    this.#memory.give(packed);
  }

  /** Pack b [K,N], or the transpose of b [N,K]. */
  pack(way: 'straight' | 'transposed', packed: number, b: number, ldb: number, n: number, k: number): void {
    const cost = PACK_COST * n * k;
    const columnsOfPart = multipleOf(PANEL, n / this.#team.parts(cost));
    this.#begin();
    this.#write(columnsOfPart, packed, b, ldb, n, k);
    this.#share(way === 'straight' ? PACK : PACK_TRANSPOSED, Math.ceil(n / columnsOfPart), cost);
  }

  /** to [N] = the sum over all rows of x [R,N]. */
  sumRows(to: number, x: number, rows: number, n: number): void {
    const cost = SUM_COST * rows * n;
    const columnsOfPart = multipleOf(SUM_COLUMNS, n / this.#team.parts(cost));
    this.#begin();
    this.#write(columnsOfPart, to, x, n, rows, n);
    this.#share(SUM_ROWS, Math.ceil(n / columnsOfPart), cost);
  }

  #begin(): void {
    this.#next = (this.#places[this.#call] as number) / NUMBER_BYTES;
  }

  #share(operation: number, parts: number, cost: number): void {
    this.#team.begin(operation, this.#places[this.#call] as number, parts, cost);
    this.#call = 1 - this.#call;
  }

  #write(...words: readonly number[]): void {
    const { callIntegers: integers } = this.#memory;
    for (let i = 0; i < words.length; i++) integers[this.#next + i] = words[i] as number;
    this.#next += words.length;
  }

  /** See assembly/masks.ts. */
  #writeFactor(factor: GateFactor | null): void {
    if (!factor) {
      this.#write(0);
      return;
    }
    const { use, gate } = factor;
    const { pointer, factor: placed } = (use.factors as SimdFactors).get(use.name, gate);
    this.#memory.callNumbers[this.#next + 1] = placed.scale;
    this.#write(pointer);
    this.#next += 1;
    const { time, row, unit } = placed.strides;
    this.#write(time, row, unit, placed.isBytes ? 1 : 0, use.t ?? 0, use.batch ?? EVERY_ROW);
  }
}

/** Where all rows are one step: more samples than there are rows. */
const EVERY_ROW = 2 ** 31 - 1;

/** Bytes of a packed matrix [K,N]: see assembly/pack.ts. They may be more than 32 bits can count. */
export function packedBytes(n: number, k: number): number {
  return multipleOf(PANEL, n) * k * NUMBER_BYTES;
}

function multipleOf(step: number, size: number): number {
  return Math.max(step, Math.ceil(size / step) * step);
}
