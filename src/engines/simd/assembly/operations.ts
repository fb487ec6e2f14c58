import { applyFactor, Factor } from './masks';
import { PANEL, pack, packTransposed, panelBytes } from './pack';
import { blockCount, multiply, multiplyTransposed, packBlocks, packWorkBytes, transposedWorkBytes } from './products';
import { shifted } from './rows';
import { sumRows } from './sums';
import { flushRow } from './vectors';

/**
 * The operations that threads share. Each finds its operands in the words of a call (see threads.ts), and does one part of
 * its result: a range of rows or of columns, of which no bit depends on how it is cut.
 *
 * The host writes calls by what scripts/assembly-layout.mjs reads here: the numbers of operations, and the classes of
 * calls, a word a field. Nothing of it is written down a second time.
 */

export enum Operation {
  Kernel,
  Multiply,
  MultiplyTransposed,
  Pack,
  PackTransposed,
  PackBlocks,
  SumRows,
}

/**
 * Runs some rows of a kernel: kernels are modules of their own, which the host made, and `words` is what they read. It is
 * imported as `operations.kernel`.
 */
declare function kernel(slot: i32, code: usize, codeBytes: i32, words: usize, from: i32, to: i32): void;

export function perform(operation: i32, call: usize, part: i32): void {
  switch (operation) {
    case Operation.Kernel:
      kernelPart(changetype<KernelCall>(call), part);
      break;
    case Operation.Multiply:
      multiplyPart(changetype<MultiplyCall>(call), part);
      break;
    case Operation.MultiplyTransposed:
      transposedPart(changetype<MultiplyTransposedCall>(call), part);
      break;
    case Operation.Pack:
    case Operation.PackTransposed:
      packPart(changetype<PackCall>(call), operation === Operation.PackTransposed, part);
      break;
    case Operation.PackBlocks:
      packBlocksPart(changetype<PackBlocksCall>(call), part);
      break;
    case Operation.SumRows:
      sumRowsPart(changetype<SumRowsCall>(call), part);
  }
}

/** The words that the kernel itself reads follow: see ../kernel-words.ts. */
@unmanaged
class KernelCall {
  rows: i32;
  rowsOfPart: i32;
  /** The number by which every thread knows the kernel. */
  slot: i32;
  /** Its module, in memory. */
  code: usize;
  codeBytes: i32;
}

/** The words of a call that come before those that the kernel itself reads. */
export function kernelHeaderWords(): i32 {
  return <i32>(offsetof<KernelCall>() >> 2);
}

function kernelPart(call: KernelCall, part: i32): void {
  const from = part * call.rowsOfPart;
  const words = changetype<usize>(call) + offsetof<KernelCall>();
  kernel(call.slot, call.code, call.codeBytes, words, from, min(call.rows, from + call.rowsOfPart));
}

/** See `multiply`. Parts go along the columns first. A factor follows. */
@unmanaged
class MultiplyCall {
  rowsOfPart: i32;
  columnsOfPart: i32;
  c: usize;
  ldc: i32;
  a: usize;
  lda: i32;
  packed: usize;
  bias: usize;
  plus: usize;
  ldp: i32;
  m: i32;
  n: i32;
  k: i32;
  /** Whether the factor is on the left operand, rather than on the result before plus is added to it. */
  onLeft: i32;
  /** For each part, room for `rowsOfWork` rows of what has the factor, where there is one. */
  work: usize;
  rowsOfWork: i32;
}

function multiplyPart(call: MultiplyCall, part: i32): void {
  const across = (call.n + call.columnsOfPart - 1) / call.columnsOfPart;
  const row = (part / across) * call.rowsOfPart;
  const col = (part % across) * call.columnsOfPart;
  const rows = min(call.rowsOfPart, call.m - row);
  const n = min(call.columnsOfPart, call.n - col);
  const k = call.k;
  const factor = changetype<Factor>(changetype<usize>(call) + offsetof<MultiplyCall>());
  const packed = call.packed + panelBytes(k) * <usize>(col / PANEL);
  const bias = shifted(call.bias, (<usize>col) << 2);
  const left = factor.entries && call.onLeft;
  const work = call.work + ((<usize>(part * call.rowsOfWork * (left ? k : call.columnsOfPart))) << 2);
  // Without a factor all rows at once, and otherwise as many as stay in the cache.
  const step = factor.entries ? call.rowsOfWork : rows;
  for (let done = 0; done < rows; done += step) {
    const first = row + done;
    const count = min(step, rows - done);
    const a = call.a + ((<usize>(first * call.lda)) << 2);
    const c = call.c + ((<usize>(first * call.ldc + col)) << 2);
    const plus = shifted(call.plus, (<usize>(first * call.ldp + col)) << 2);
    if (!factor.entries) multiply(c, call.ldc, a, call.lda, packed, bias, plus, call.ldp, count, n, k);
    else if (left) {
      applyFactor(work, (<usize>k) << 2, a, (<usize>call.lda) << 2, 0, 0, factor, first, count, 0, k);
      multiply(c, call.ldc, work, k, packed, bias, plus, call.ldp, count, n, k);
    } else {
      const wide = (<usize>n) << 2;
      multiply(work, n, a, call.lda, packed, bias, 0, 0, count, n, k);
      applyFactor(c, (<usize>call.ldc) << 2, work, wide, plus, (<usize>call.ldp) << 2, factor, first, count, col, n);
    }
  }
}

/** See `packBlocks`. A factor follows. */
@unmanaged
class PackBlocksCall {
  blocksOfPart: i32;
  packed: usize;
  b: usize;
  ldb: i32;
  /** For each part, `packWorkBytes(n)` bytes. */
  work: usize;
  n: i32;
  k: i32;
}

function packBlocksPart(call: PackBlocksCall, part: i32): void {
  const factor = changetype<usize>(call) + offsetof<PackBlocksCall>();
  const work = call.work + packWorkBytes(call.n) * <usize>part;
  const used = changetype<Factor>(factor).entries ? factor : 0;
  const first = part * call.blocksOfPart;
  const end = min(blockCount(call.k), first + call.blocksOfPart);
  packBlocks(call.packed, call.b, call.ldb, call.n, call.k, used, work, first, end);
}

/** See `multiplyTransposed`. */
@unmanaged
class MultiplyTransposedCall {
  rowsOfPart: i32;
  c: usize;
  ldc: i32;
  a: usize;
  lda: i32;
  packed: usize;
  /** For each part, `transposedWorkBytes(rowsOfPart, k)` bytes. */
  work: usize;
  m: i32;
  n: i32;
  k: i32;
}

function transposedPart(call: MultiplyTransposedCall, part: i32): void {
  const row = part * call.rowsOfPart;
  const rows = min(call.rowsOfPart, call.m - row);
  const c = call.c + ((<usize>(row * call.ldc)) << 2);
  multiplyTransposed(
    c,
    call.ldc,
    call.a + ((<usize>row) << 2),
    call.lda,
    call.packed,
    call.work + transposedWorkBytes(call.rowsOfPart, call.k) * <usize>part,
    rows,
    call.n,
    call.k,
  );
  // Both operands may have decayed. Other products are of weights, and what they give is read by kernels.
  for (let done = 0; done < rows; done++) flushRow(c + ((<usize>(done * call.ldc)) << 2), call.n);
}

/** See `pack` and `packTransposed`. */
@unmanaged
class PackCall {
  columnsOfPart: i32;
  packed: usize;
  b: usize;
  ldb: i32;
  n: i32;
  k: i32;
}

function packPart(call: PackCall, transposed: bool, part: i32): void {
  const col = part * call.columnsOfPart;
  const n = min(call.columnsOfPart, call.n - col);
  const packed = call.packed + panelBytes(call.k) * <usize>(col / PANEL);
  if (transposed) packTransposed(packed, call.b + ((<usize>(col * call.ldb)) << 2), call.ldb, n, call.k);
  else pack(packed, call.b + ((<usize>col) << 2), call.ldb, n, call.k);
}

/** See `sumRows`. */
@unmanaged
class SumRowsCall {
  columnsOfPart: i32;
  to: usize;
  x: usize;
  ldx: i32;
  rows: i32;
  n: i32;
}

function sumRowsPart(call: SumRowsCall, part: i32): void {
  const col = part * call.columnsOfPart;
  const shift = (<usize>col) << 2;
  sumRows(call.to + shift, call.x + shift, call.ldx, call.rows, min(call.columnsOfPart, call.n - col));
}
