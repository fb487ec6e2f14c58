import { gatherKept, keptCount, packKept, scatterKept } from './kept';
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

/**
 * See `multiply`. Parts go along the columns first. A factor follows: one with kept units (see kept.ts) on the result has n of them, and
 * c has `units` columns.
 */
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
  units: i32;
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
  const scale = factor.scale;
  for (let done = 0, count = 0; done < rows; done += count) {
    const first = row + done;
    count = min(step, rows - done);
    // Each step may keep other units.
    if (factor.kept && factor.keptTime) count = min(count, factor.batch - (first % factor.batch));
    const list = factor.kept ? factor.kept + <usize>((factor.t + first / factor.batch) * factor.keptTime) : 0;
    const a = call.a + ((<usize>(first * call.lda)) << 2);
    const c = call.c + ((<usize>(first * call.ldc)) << 2);
    const to = c + ((<usize>col) << 2);
    const plus = shifted(call.plus, (<usize>(first * call.ldp)) << 2);
    const added = shifted(plus, (<usize>col) << 2);
    if (!factor.entries) multiply(to, call.ldc, a, call.lda, packed, bias, added, call.ldp, count, n, k, 0);
    else if (left) {
      const width = list ? keptCount(list) : k;
      if (list) gatherKept(work, a, (<usize>call.lda) << 2, list, scale, count);
      else applyFactor(work, (<usize>k) << 2, a, (<usize>call.lda) << 2, 0, 0, factor, first, count, 0, k);
      multiply(to, call.ldc, work, width, packed, bias, added, call.ldp, count, n, k, list);
    } else {
      const ldc = (<usize>call.ldc) << 2;
      const ldp = (<usize>call.ldp) << 2;
      const wide = (<usize>n) << 2;
      multiply(work, n, a, call.lda, packed, bias, 0, 0, count, n, k, 0);
      if (list) scatterKept(c, ldc, work, wide, plus, ldp, list, scale, count, col, col + n, call.units);
      else applyFactor(to, ldc, work, wide, added, ldp, factor, first, count, col, n);
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

/** See `multiplyTransposed`. Of the columns of a list (see kept.ts), c has `units`, in which they are put. */
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
  /** Null where c has n columns. */
  list: usize;
  /** Room for [M,N], where there is a list. */
  sums: usize;
  units: i32;
}

function transposedPart(call: MultiplyTransposedCall, part: i32): void {
  const row = part * call.rowsOfPart;
  const rows = min(call.rowsOfPart, call.m - row);
  const n = call.n;
  const c = call.c + ((<usize>(row * call.ldc)) << 2);
  const to = call.list ? call.sums + ((<usize>(row * n)) << 2) : c;
  multiplyTransposed(
    to,
    call.list ? n : call.ldc,
    call.a + ((<usize>row) << 2),
    call.lda,
    call.packed,
    call.work + transposedWorkBytes(call.rowsOfPart, call.k) * <usize>part,
    rows,
    n,
    call.k,
  );
  // Both operands may have decayed. Other products are of weights, and what they give is read by kernels.
  const wide = (<usize>call.ldc) << 2;
  if (call.list) scatterKept(c, wide, to, (<usize>n) << 2, 0, 0, call.list, 1, rows, 0, n, call.units);
  else for (let done = 0; done < rows; done++) flushRow(c + wide * <usize>done, n);
}

/** See `pack`, `packTransposed` and `packKept`. */
@unmanaged
class PackCall {
  columnsOfPart: i32;
  packed: usize;
  b: usize;
  ldb: i32;
  n: i32;
  k: i32;
  /** Null to pack all columns. */
  list: usize;
}

function packPart(call: PackCall, transposed: bool, part: i32): void {
  const col = part * call.columnsOfPart;
  const n = min(call.columnsOfPart, call.n - col);
  const packed = call.packed + panelBytes(call.k) * <usize>(col / PANEL);
  if (call.list) packKept(packed, call.b, call.ldb, call.list, col, n, call.k);
  else if (transposed) packTransposed(packed, call.b + ((<usize>(col * call.ldb)) << 2), call.ldb, n, call.k);
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
