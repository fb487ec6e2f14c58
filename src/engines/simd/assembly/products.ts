import { gatherKept, keptBefore, keptRows, Listed, PanelRow } from './kept';
import { applyFactor, Factor } from './masks';
import { PANEL, packedBytes, packRows, panelBytes, transposeInto } from './pack';
import { tileRoom } from './room';
import { finishRows, half4, multiplyRow, shifted } from './rows';
import { Six, Two, tile } from './tiles';

/**
 * Matrix products, row-major, float32. How an entry is summed depends on K alone: its terms are added in the order of k
 * within blocks of K, from zero; then come bias and plus; then the sums of the blocks after the first, in their order.
 * Neither M, nor N, nor the rows beside a row change a bit of it.
 */

/** Terms of a block along K: a panel of so many rows (22 KiB) stays in the first-level cache. */
const BLOCK_K: i32 = 704;
/** The same for products over all rows of a batch, whose left operand is transposed block by block. */
const BLOCK_ROWS: i32 = 384;
/** Columns of the left operand that are transposed at a time. */
const BLOCK_COLUMNS: i32 = 128;
/** Rows of the right operand that get a factor at a time, before they are packed: so few stay in the first-level cache. */
const BLOCK_FACTOR: i32 = 16;
/** Numbers of a block of A: 256 KiB, which leaves room in a second-level cache of 512 KiB. */
const BLOCK_A: i32 = 65536;

/**
 * c [M,N] = a [M,K] b + bias [N] + plus [M,N], for a packed b [K,N] (see pack.ts). Null pointers leave bias and plus out;
 * plus may be c itself. Distances between rows (ldc, lda, ldp) are in numbers. With a list of kept units (see kept.ts), which is null
 * otherwise, a has the columns of these alone; blocks of K are those of all units, so that sums are the same.
 */
export function multiply(
  c: usize,
  ldc: i32,
  a: usize,
  lda: i32,
  packed: usize,
  bias: usize,
  plus: usize,
  ldp: i32,
  m: i32,
  n: i32,
  k: i32,
  list: usize,
): void {
  const blocks = (k + BLOCK_K - 1) / BLOCK_K;
  const step = blocks > 1 ? ((k + blocks - 1) / blocks + 3) & ~3 : k;
  const panel = panelBytes(k);
  let first = 0;
  for (let from = 0; from < k; from += step) {
    let size = min(step, k - from);
    // Where the block begins: in b, or in the list.
    let start = from;
    if (list) {
      start = first;
      first = keptBefore(list, start, from + size);
      size = first - start;
    }
    multiplyBlock(
      c,
      (<usize>ldc) << 2,
      a + ((<usize>start) << 2),
      (<usize>lda) << 2,
      list ? packed : packed + panelBytes(from),
      panel,
      list ? keptRows(list) + ((<usize>start) << 2) : 0,
      from ? 0 : bias,
      from ? c : plus,
      (<usize>(from ? ldc : ldp)) << 2,
      m,
      n,
      size,
    );
  }
}

/** Rows of a block of `packBlocks`: the last may have fewer. */
export function blockRows(): i32 {
  return BLOCK_ROWS;
}

/** How many blocks `packBlocks` makes of K rows. */
export function blockCount(k: i32): i32 {
  return (k + BLOCK_ROWS - 1) / BLOCK_ROWS;
}

/** Bytes of what `packBlocks` needs to work in where there is a factor. */
export function packWorkBytes(n: i32): usize {
  return <usize>((n + 3) & ~3) * <usize>(BLOCK_FACTOR * 4);
}

/**
 * Pack b [K,N] ⊙ factor in blocks of rows, for `multiplyTransposed`: those from `first` on, and before `end`. A null
 * pointer leaves the factor out (see masks.ts); otherwise `work` holds `packWorkBytes(n)` bytes. Of a factor with a list, n are the kept
 * columns, and b has more.
 * Block i begins `packedBytes(n, blockRows())` bytes times i behind the first one.
 */
export function packBlocks(
  packed: usize,
  b: usize,
  ldb: i32,
  n: i32,
  k: i32,
  factor: usize,
  work: usize,
  first: i32,
  end: i32,
): void {
  const row = (<usize>ldb) << 2;
  const width = (<usize>n) << 2;
  for (let block = first; block < end; block++) {
    const start = block * BLOCK_ROWS;
    const size = min(BLOCK_ROWS, k - start);
    const to = packed + packedBytes(n, BLOCK_ROWS) * <usize>block;
    const panel = panelBytes(size);
    const from = b + row * <usize>start;
    if (!factor) {
      packRows(to, panel, from, row, n, size);
      continue;
    }
    for (let done = 0; done < size; done += BLOCK_FACTOR) {
      const rows = min(BLOCK_FACTOR, size - done);
      const at = from + row * <usize>done;
      const used = changetype<Factor>(factor);
      if (used.kept) gatherKept(work, at, row, used.kept, used.scale, rows);
      else applyFactor(work, width, at, row, 0, 0, used, start + done, rows, 0, n);
      packRows(to + panelBytes(done), panel, work, width, n, rows);
    }
  }
}

/** Bytes of what `multiplyTransposed` needs to work in. */
export function transposedWorkBytes(m: i32, k: i32): usize {
  return leftRowBytes(min(k, BLOCK_ROWS)) * <usize>min(m, BLOCK_COLUMNS);
}

/** Rows begin with a cache line, but are not a power of two: those share a few places in the cache. */
function leftRowBytes(size: i32): usize {
  return <usize>((size + 15) & ~15) * 4 + 64;
}

/**
 * c [M,N] = aᵀ b, for a [K,M] and b [K,N] in blocks: a gradient of weights, with K the rows of all steps and samples.
 * `work` holds `transposedWorkBytes(m, k)` bytes.
 */
export function multiplyTransposed(
  c: usize,
  ldc: i32,
  a: usize,
  lda: i32,
  packed: usize,
  work: usize,
  m: i32,
  n: i32,
  k: i32,
): void {
  const rowC = (<usize>ldc) << 2;
  const rowA = (<usize>lda) << 2;
  for (let from = 0; from < k; from += BLOCK_ROWS) {
    const size = min(BLOCK_ROWS, k - from);
    const row = leftRowBytes(size);
    for (let col = 0; col < m; col += BLOCK_COLUMNS) {
      const rows = min(BLOCK_COLUMNS, m - col);
      const at = <usize>col;
      const to = c + rowC * at;
      transposeInto(work, row, a + (at << 2), rowA, size, size, rows);
      multiplyRows(to, rowC, work, row, packed, panelBytes(size), 0, 0, from ? to : 0, rowC, rows, n, size);
    }
    a += rowA * <usize>size;
    packed += packedBytes(n, BLOCK_ROWS);
  }
}

/** Rows of the left operand that a product takes at a time: parts are cut at multiples of them. */
export function tileRows(): i32 {
  return <i32>(isWide ? offsetof<Six>() : offsetof<Two>());
}

/** One block along K. Distances are in bytes; `panel` is the one between panels. `list` says which rows they have, or is null for all. */
function multiplyBlock(
  c: usize,
  ldc: usize,
  a: usize,
  lda: usize,
  packed: usize,
  panel: usize,
  list: usize,
  bias: usize,
  plus: usize,
  ldp: usize,
  m: i32,
  n: i32,
  k: i32,
): void {
  const most = BLOCK_A / max(1, k);
  const step = max(tileRows(), most - (most % tileRows()));
  for (let row = 0; row < m; row += step) {
    const rows = min(step, m - row);
    multiplyRows(c, ldc, a, lda, packed, panel, list, bias, plus, ldp, rows, n, k);
    c += ldc * <usize>rows;
    a += lda * <usize>rows;
    plus = shifted(plus, ldp * <usize>rows);
  }
}

/**
 * Tiles of 256 bit, from a module of its own: see wide.ts. They are imported as `products.multiplyPanels`. Where there are none,
 * `products.isWide` is 0.
 */
declare const isWide: i32;
declare function multiplyPanels(
  c: usize,
  ldc: usize,
  a: usize,
  lda: usize,
  packed: usize,
  panel: usize,
  bias: usize,
  plus: usize,
  ldp: usize,
  sixes: i32,
  fours: i32,
  twos: i32,
  n: i32,
  k: i32,
  list: usize,
): void;

/** Rows of A that stay in the second-level cache, times all panels. */
function multiplyRows(
  c: usize,
  ldc: usize,
  a: usize,
  lda: usize,
  packed: usize,
  panel: usize,
  list: usize,
  bias: usize,
  plus: usize,
  ldp: usize,
  m: i32,
  n: i32,
  k: i32,
): void {
  const pairs = m >> 1;
  const full = n & ~(PANEL - 1);
  multiplyPairs(c, ldc, a, lda, packed, panel, list, bias, plus, ldp, pairs, full, k);
  if (full < n) {
    const at = (<usize>full) << 2;
    const last = packed + panel * <usize>(full / PANEL);
    multiplyPart(c + at, ldc, a, lda, last, list, shifted(bias, at), shifted(plus, at), ldp, pairs, n - full, k);
  }
  if (m & 1) {
    const at = <usize>(m - 1);
    multiplyRow(c + ldc * at, a + lda * at, packed, panel, list, bias, shifted(plus, ldp * at), n, k);
  }
}

/** Pairs of rows, times whole panels. */
function multiplyPairs(
  c: usize,
  ldc: usize,
  a: usize,
  lda: usize,
  packed: usize,
  panel: usize,
  list: usize,
  bias: usize,
  plus: usize,
  ldp: usize,
  pairs: i32,
  n: i32,
  k: i32,
): void {
  if (isWide) {
    // Two tiles of four rows are faster than one of six and one of two.
    const left = pairs % 3;
    const split = left === 1 && pairs > 1;
    const sixes = pairs / 3 - <i32>split;
    const fours = split ? 2 : <i32>(left === 2);
    multiplyPanels(c, ldc, a, lda, packed, panel, bias, plus, ldp, sixes, fours, <i32>(pairs === 1), n, k, list);
    return;
  }
  for (; n > 0; n -= PANEL) {
    let to = c;
    let from = a;
    let added = plus;
    for (let pair = 0; pair < pairs; pair++) {
      if (list) tile<Two, Listed>(to, ldc, from, lda, packed, list, bias, added, ldp, k);
      else tile<Two, PanelRow>(to, ldc, from, lda, packed, 0, bias, added, ldp, k);
      to += 2 * ldc;
      from += 2 * lda;
      added = shifted(added, 2 * ldp);
    }
    c += 4 * PANEL;
    bias = shifted(bias, 4 * PANEL);
    plus = shifted(plus, 4 * PANEL);
    packed += panel;
  }
}

/** Pairs of rows, times the last panel, of which `width` columns exist: tiles go by way of this thread's room. */
function multiplyPart(
  c: usize,
  ldc: usize,
  a: usize,
  lda: usize,
  packed: usize,
  list: usize,
  bias: usize,
  plus: usize,
  ldp: usize,
  pairs: i32,
  width: i32,
  k: i32,
): void {
  const sums = tileRoom();
  const narrow = !isWide && width <= PANEL / 2;
  const most = narrow ? 2 : tileRows() >> 1;
  for (; pairs > 0; pairs -= most) {
    const some = min(most, pairs);
    if (!narrow || some < most) multiplyPairs(sums, 4 * PANEL, a, lda, packed, 0, list, 0, 0, 0, some, PANEL, k);
    else if (list) half4<Listed>(sums, a, lda, packed, list, k);
    else half4<PanelRow>(sums, a, lda, packed, 0, k);
    finishRows(c, ldc, sums, bias, plus, ldp, 2 * some, width);
    c += ldc * <usize>(2 * some);
    a += lda * <usize>(2 * some);
    plus = shifted(plus, ldp * <usize>(2 * some));
  }
}
