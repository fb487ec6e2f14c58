import type { Factor, SimdExports } from '#simd.js';
import type { FactorUse } from '../ops.ts';
import type { KeptUnits, SimdFactors } from './factors.ts';
import { type Block, type Memory, NUMBER_BYTES } from './memory.ts';
import type { Layout, SimdModule } from './module.ts';
import { type RowOperands, RowRun } from './row-run.ts';
import type { Team } from './threads/thread-team.ts';

/** Numbers that get a factor at a time, before or after a product: 256 KiB stay in a second-level cache. */
const WORK_NUMBERS = 65_536;

/** What it costs to pack a number and to add one up, in steps of arithmetic of a product: memory is slower. */
const PACK_COST = 16;
const SUM_COST = 8;

/** A factor of a product, for one gate. */
export interface GateFactor {
  readonly use: FactorUse;
  readonly gate: number;
  /** The units that the product takes, where it does not take all. */
  readonly kept: KeptUnits | null;
}

/** A kernel's module in memory, and the number by which all threads know it. */
export interface PlacedKernel {
  readonly slot: number;
  readonly code: Block;
  readonly codeBytes: number;
  /** How many words it reads of a call. */
  readonly words: number;
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
 * whatever else touches memory waits for it, by way of {@link Memory} and of {@link Calls.settledExports}.
 *
 * This runs at each timestep. The functions that write a call's words are named where they are called, as V8 makes no object
 * of a call there; through a common helper it would.
 */
export class Calls {
  readonly #memory: Memory;
  readonly #module: SimdModule;
  readonly #team: Team;
  readonly #layout: Layout;
  /** Which of the two places for the words of a call is free. */
  #place: 0 | 1 = 0;
  /** Where the next word of a call goes, in words. */
  #next = 0;
  readonly #run: RowRun;

  constructor(memory: Memory, module: SimdModule, team: Team) {
    this.#memory = memory;
    this.#module = module;
    this.#team = team;
    this.#layout = module.build.layout;
    this.#run = new RowRun(team, memory, this.#layout);
  }

  /** The module's functions, for this thread alone: it waits until no other is at work. */
  settledExports(): SimdExports {
    this.#team.settle();
    return this.#module.exports;
  }

  /**
   * Run a kernel on `rows` rows of `cost` steps of arithmetic.
   * @param writeWords writes the words that the kernel itself reads, from this one on
   */
  kernel(
    { slot, code, codeBytes, words }: PlacedKernel,
    { rows, cost }: { readonly rows: number; readonly cost: number },
    operands: RowOperands,
    writeWords: (at: number) => void,
  ): void {
    if (rows === 0) return;
    const runs = this.#run.takes(rows, words, operands);
    const rowsOfPart = runs ? this.#run.rowsOfBand : Math.ceil(rows / this.#team.parts(rows * cost));
    this.#begin(runs);
    this.#next = this.#layout.write.kernelCall(this.#memory.callIntegers, this.#memory.callNumbers, this.#next, {
      rows,
      rowsOfPart,
      slot,
      code: code.pointer,
      codeBytes,
    });
    writeWords(this.#next);
    if (runs) this.#run.append(this.#layout.operations.kernel, rows * cost);
    else this.#share(this.#layout.operations.kernel, Math.ceil(rows / rowsOfPart), rows * cost);
  }

  /**
   * c = a b + bias + plus, for a packed b. A factor is on a, or on the result before plus is added to it: b has the kept columns
   * alone then, and c all of its `ldc`.
   * @param operands what it reads and writes row by row
   */
  multiply(
    { c, ldc, a, lda, m, n, k }: Product,
    packed: number,
    { bias, plus, ldp }: { readonly bias: number; readonly plus: number; readonly ldp: number },
    factor: GateFactor | null,
    side: 'left' | 'result',
    operands: RowOperands,
  ): void {
    if (m === 0 || n === 0) return;
    if (k === 0) {
      // No terms: a column of zeros leaves what is added.
      const zeros = this.#memory.take(packedBytes(n, 1, this.#layout));
      this.settledExports().clear(zeros.pointer, packedBytes(n, 1, this.#layout));
      const none = { c, ldc, a: zeros.pointer, lda: 0, m, n, k: 1 };
      this.multiply(none, zeros.pointer, { bias, plus, ldp }, null, side, operands);
      this.#memory.give(zeros);
      return;
    }
    const { panelColumns, tileRows, write } = this.#layout;
    const cost = 2 * m * n * k;
    const runs = this.#run.takesProduct(m, n * k, cost, operands);
    const parts = this.#team.parts(cost);
    // Few rows are cut along the columns, so that a thread reads its part of the weights alone; but where all of the
    // weights stay in a cache, rows that have a factor are cut by rows, as each part would apply it to all of them.
    const byRows = m >= 2 * n || (factor !== null && side === 'left' && n * k <= WORK_NUMBERS);
    const rowsOfPart = runs ? this.#run.rowsOfBand : byRows ? multipleOf(tileRows, m / parts) : m;
    const columnsOfPart = runs || byRows ? n : multipleOf(panelColumns, n / parts);
    const count = Math.ceil(m / rowsOfPart) * Math.ceil(n / columnsOfPart);
    const width = side === 'left' ? k : columnsOfPart;
    const rowsOfWork = Math.min(rowsOfPart, multipleOf(tileRows, WORK_NUMBERS / width));
    const workBytes = rowsOfWork * width * NUMBER_BYTES;
    const work = factor && !runs ? this.#memory.take(count * workBytes) : null;
    const room = factor && runs ? this.#run.work(workBytes) : 0;
    this.#begin(runs);
    this.#next = write.multiplyCall(this.#memory.callIntegers, this.#memory.callNumbers, this.#next, {
      rowsOfPart,
      columnsOfPart,
      c,
      ldc,
      a,
      lda,
      packed,
      bias,
      plus,
      ldp,
      m,
      n,
      k,
      onLeft: side === 'left' ? 1 : 0,
      work: work ? work.pointer : room,
      rowsOfWork,
      units: ldc,
    });
    this.#writeFactor(factor);
    if (runs) this.#run.append(this.#layout.operations.multiply, cost);
    else this.#share(this.#layout.operations.multiply, count, cost);
    if (work) this.#memory.give(work);
  }

  /** c = aᵀ (b ⊙ factor). Of a factor with kept units, n are these; c has all of its `ldc` columns. */
  multiplyTransposed(
    { c, ldc, a, lda, m, n, k }: Product,
    { b, ldb }: { readonly b: number; readonly ldb: number },
    factor: GateFactor | null,
  ): void {
    if (m === 0 || n === 0 || k === 0) {
      this.settledExports().clear(c, m * ldc * NUMBER_BYTES);
      return;
    }
    const packed = this.#packBlocks(b, ldb, n, k, factor);
    const cost = 2 * m * n * k;
    const { tileRows, write } = this.#layout;
    const rowsOfPart = multipleOf(tileRows, m / this.#team.parts(cost));
    const count = Math.ceil(m / rowsOfPart);
    const work = this.#memory.take(count * this.#module.exports.transposedWorkBytes(rowsOfPart, k));
    const sums = factor?.kept ? this.#memory.take(m * n * NUMBER_BYTES) : null;
    this.#begin();
    this.#next = write.multiplyTransposedCall(this.#memory.callIntegers, this.#memory.callNumbers, this.#next, {
      rowsOfPart,
      c,
      ldc,
      a,
      lda,
      packed: packed.pointer,
      work: work.pointer,
      m,
      n,
      k,
      list: factor?.kept ? factor.kept.list : 0,
      sums: sums ? sums.pointer : 0,
      units: ldc,
    });
    this.#share(this.#layout.operations.multiplyTransposed, count, cost);
    if (sums) this.#memory.give(sums);
    this.#memory.give(work);
    this.#memory.give(packed);
  }

  /** b [K,N] ⊙ factor as `multiplyTransposed` reads it. */
  #packBlocks(b: number, ldb: number, n: number, k: number, factor: GateFactor | null): Block {
    const { blockRows, write } = this.#layout;
    const blocks = Math.ceil(k / blockRows);
    const cost = PACK_COST * n * k;
    const blocksOfPart = Math.ceil(blocks / this.#team.parts(cost));
    const parts = Math.ceil(blocks / blocksOfPart);
    const packed = this.#memory.take(blocks * packedBytes(n, blockRows, this.#layout));
    const room = factor && this.#memory.take(parts * this.#module.exports.packWorkBytes(n));
    const work = room ? room.pointer : 0;
    this.#begin();
    this.#next = write.packBlocksCall(this.#memory.callIntegers, this.#memory.callNumbers, this.#next, {
      blocksOfPart,
      packed: packed.pointer,
      b,
      ldb,
      work,
      n,
      k,
    });
    this.#writeFactor(factor);
    this.#share(this.#layout.operations.packBlocks, parts, cost);
    if (room) this.#memory.give(room);
    return packed;
  }

  /** Pack b [K,N], or the transpose of b [N,K]. Of a list, n are the columns that are taken of b, as it is. */
  pack(
    way: 'straight' | 'transposed',
    packed: number,
    {
      b,
      ldb,
      n,
      k,
      list,
    }: { readonly b: number; readonly ldb: number; readonly n: number; readonly k: number; readonly list: number },
  ): void {
    const cost = PACK_COST * n * k;
    const columnsOfPart = multipleOf(this.#layout.panelColumns, n / this.#team.parts(cost));
    this.#begin();
    this.#next = this.#layout.write.packCall(this.#memory.callIntegers, this.#memory.callNumbers, this.#next, {
      columnsOfPart,
      packed,
      b,
      ldb,
      n,
      k,
      list,
    });
    const { pack, packTransposed } = this.#layout.operations;
    this.#share(way === 'straight' ? pack : packTransposed, Math.ceil(n / columnsOfPart), cost);
  }

  /** to [N] = the sum over all rows of x [R,N]. */
  sumRows(to: number, x: number, rows: number, n: number): void {
    const cost = SUM_COST * rows * n;
    const columnsOfPart = multipleOf(this.#layout.sumColumns, n / this.#team.parts(cost));
    this.#begin();
    this.#next = this.#layout.write.sumRowsCall(this.#memory.callIntegers, this.#memory.callNumbers, this.#next, {
      columnsOfPart,
      to,
      x,
      ldx: n,
      rows,
      n,
    });
    this.#share(this.#layout.operations.sumRows, Math.ceil(n / columnsOfPart), cost);
  }

  #begin(runs = false): void {
    this.#next = runs ? this.#run.next : this.#layout.callAddresses[this.#place] / NUMBER_BYTES;
  }

  #share(operation: number, parts: number, cost: number): void {
    this.#team.begin(operation, this.#layout.callAddresses[this.#place], parts, cost);
    this.#place = this.#place === 0 ? 1 : 0;
  }

  /** See assembly/masks.ts. */
  #writeFactor(gateFactor: GateFactor | null): void {
    if (!gateFactor) {
      this.#next = this.#layout.write.factor(
        this.#memory.callIntegers,
        this.#memory.callNumbers,
        this.#next,
        NO_FACTOR,
      );
      return;
    }
    const { use, gate, kept } = gateFactor;
    const { pointer, factor } = (use.factors as SimdFactors).get(use.name, gate);
    const { time, row, unit } = factor.strides;
    this.#next = this.#layout.write.factor(this.#memory.callIntegers, this.#memory.callNumbers, this.#next, {
      entries: pointer,
      scale: factor.scale,
      time,
      row,
      unit,
      isBytes: factor.isBytes ? 1 : 0,
      t: use.t ?? 0,
      batch: use.batch ?? EVERY_ROW,
      kept: kept ? kept.list : 0,
      keptTime: kept ? kept.time : 0,
    });
  }
}

/** A null pointer stands for the factor 1: nobody reads the rest. */
const NO_FACTOR: Factor = {
  entries: 0,
  scale: 1,
  time: 0,
  row: 0,
  unit: 0,
  isBytes: 0,
  t: 0,
  batch: 1,
  kept: 0,
  keptTime: 0,
};

/** Where all rows are one step: more samples than there are rows. */
const EVERY_ROW = 2 ** 31 - 1;

/** Bytes of a packed matrix [K,N]: see assembly/pack.ts. They may be more than 32 bits can count. */
export function packedBytes(n: number, k: number, { panelColumns }: Pick<Layout, 'panelColumns'>): number {
  return multipleOf(panelColumns, n) * k * NUMBER_BYTES;
}

/** The multiple of a step that is the next from a size on. */
export function multipleOf(step: number, size: number): number {
  return Math.max(step, Math.ceil(size / step) * step);
}
