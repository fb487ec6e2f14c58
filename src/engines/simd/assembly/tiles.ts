import { loadPart, madd, storePart } from './vectors';

/**
 * The innermost loops of a product: a few rows of A times one or four panels of B (see pack.ts). An entry's terms are
 * added one by one in the order of k, in every tile: so which tile makes an entry changes no bit of it.
 *
 * V8 keeps 15 vector registers. The tile of 4 x 8 needs 8 for sums, 2 for B, 1 for A and 1 between. GFLOP/s of tiles from
 * the first-level cache on a CPU of 128-bit units, in Node 20, 22, 24 and with relaxed SIMD in 22, 24: 4 x 8 48, 49, 46, 54,
 * 54; 2 x 16 48, 48, 47, 54, 53; 3 x 12 27, 26, 49, 55, 55; 5 x 8 30, 29, 49, 28, 56; 6 x 8 34, 33, 29, 33, 58; 4 x 12 35 at
 * most. Only the first two are fast everywhere, and of them 4 x 8 has the smaller panels.
 *
 * The test after each step of k is there for compilers. Without it, Binaryen and V8 move the loads of several steps to
 * the front, and then lack registers: half the speed.
 */

/** Rows of A that a tile takes at a time. */
export const TILE_ROWS: i32 = 4;
/** Columns of a panel. */
export const PANEL: i32 = 8;

/** Columns of a panel of a packed matrix. */
export function panelColumns(): i32 {
  return PANEL;
}

/** Rows of the left operand that a product takes at a time: parts are cut at multiples of them. */
export function tileRows(): i32 {
  return TILE_ROWS;
}

/** c [4,8] = a [4,K] panel + bias + plus, of which `width` columns exist. Distances between rows are in bytes. */
export function tile4(
  c: usize,
  ldc: usize,
  a: usize,
  lda: usize,
  panel: usize,
  bias: usize,
  plus: usize,
  ldp: usize,
  width: i32,
  k: i32,
): void {
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  let a0 = a;
  let a1 = a0 + lda;
  let a2 = a1 + lda;
  let a3 = a2 + lda;
  let b = panel;
  while (true) {
    let b0 = v128.load(b);
    let b1 = v128.load(b, 16);
    let x = v128.load32_splat(a0);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a1);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a2);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a3);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    if (--k === 0) break;

    b0 = v128.load(b, 32);
    b1 = v128.load(b, 48);
    x = v128.load32_splat(a0, 4);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a1, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a2, 4);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a3, 4);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    if (--k === 0) break;

    b0 = v128.load(b, 64);
    b1 = v128.load(b, 80);
    x = v128.load32_splat(a0, 8);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a1, 8);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a2, 8);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a3, 8);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    if (--k === 0) break;

    b0 = v128.load(b, 96);
    b1 = v128.load(b, 112);
    x = v128.load32_splat(a0, 12);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a1, 12);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a2, 12);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a3, 12);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    if (--k === 0) break;

    b0 = v128.load(b, 128);
    b1 = v128.load(b, 144);
    x = v128.load32_splat(a0, 16);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a1, 16);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a2, 16);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a3, 16);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    if (--k === 0) break;

    b0 = v128.load(b, 160);
    b1 = v128.load(b, 176);
    x = v128.load32_splat(a0, 20);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a1, 20);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a2, 20);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a3, 20);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    if (--k === 0) break;

    b0 = v128.load(b, 192);
    b1 = v128.load(b, 208);
    x = v128.load32_splat(a0, 24);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a1, 24);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a2, 24);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a3, 24);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    if (--k === 0) break;

    b0 = v128.load(b, 224);
    b1 = v128.load(b, 240);
    x = v128.load32_splat(a0, 28);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a1, 28);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a2, 28);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a3, 28);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    if (--k === 0) break;
    a0 += 32;
    a1 += 32;
    a2 += 32;
    a3 += 32;
    b += 256;
  }
  if (width >= PANEL) {
    if (bias) {
      const low = v128.load(bias);
      const high = v128.load(bias, 16);
      c00 = f32x4.add(c00, low);
      c01 = f32x4.add(c01, high);
      c10 = f32x4.add(c10, low);
      c11 = f32x4.add(c11, high);
      c20 = f32x4.add(c20, low);
      c21 = f32x4.add(c21, high);
      c30 = f32x4.add(c30, low);
      c31 = f32x4.add(c31, high);
    }
    if (plus) {
      c00 = f32x4.add(c00, v128.load(plus));
      c01 = f32x4.add(c01, v128.load(plus, 16));
      plus += ldp;
      c10 = f32x4.add(c10, v128.load(plus));
      c11 = f32x4.add(c11, v128.load(plus, 16));
      plus += ldp;
      c20 = f32x4.add(c20, v128.load(plus));
      c21 = f32x4.add(c21, v128.load(plus, 16));
      plus += ldp;
      c30 = f32x4.add(c30, v128.load(plus));
      c31 = f32x4.add(c31, v128.load(plus, 16));
    }
    v128.store(c, c00);
    v128.store(c, c01, 16);
    c += ldc;
    v128.store(c, c10);
    v128.store(c, c11, 16);
    c += ldc;
    v128.store(c, c20);
    v128.store(c, c21, 16);
    c += ldc;
    v128.store(c, c30);
    v128.store(c, c31, 16);
    return;
  }
  // No pointer stays none in the rows below.
  if (plus === 0) ldp = 0;
  storePartOfSums(c, c00, c01, bias, plus, width);
  c += ldc;
  plus += ldp;
  storePartOfSums(c, c10, c11, bias, plus, width);
  c += ldc;
  plus += ldp;
  storePartOfSums(c, c20, c21, bias, plus, width);
  c += ldc;
  plus += ldp;
  storePartOfSums(c, c30, c31, bias, plus, width);
}

/**
 * c [1,32] = a [1,K] and four panels, `next` bytes apart: for the one to three rows that are left beside the tiles of
 * four, and for a batch of one. Eight sums at a time hide the latency of additions.
 */
export function row32(
  c: usize,
  a: usize,
  panel: usize,
  next: usize,
  bias: usize,
  plus: usize,
  width: i32,
  k: i32,
): void {
  let c0 = f32x4.splat(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  let c4 = c0;
  let c5 = c0;
  let c6 = c0;
  let c7 = c0;
  let p0 = panel;
  let p1 = p0 + next;
  let p2 = p1 + next;
  let p3 = p2 + next;
  const end = a + ((<usize>k) << 2);
  while (a < end) {
    const x = v128.load32_splat(a);
    c0 = madd(x, v128.load(p0), c0);
    c1 = madd(x, v128.load(p0, 16), c1);
    c2 = madd(x, v128.load(p1), c2);
    c3 = madd(x, v128.load(p1, 16), c3);
    // Never: it keeps V8 from doing all nine loads first, for which there are too few registers (see above).
    if (p2 === 0) break;
    c4 = madd(x, v128.load(p2), c4);
    c5 = madd(x, v128.load(p2, 16), c5);
    c6 = madd(x, v128.load(p3), c6);
    c7 = madd(x, v128.load(p3, 16), c7);
    a += 4;
    p0 += 32;
    p1 += 32;
    p2 += 32;
    p3 += 32;
  }
  storeSums(c, c0, c1, bias, plus, 8);
  storeSums(c + 32, c2, c3, shifted(bias, 32), shifted(plus, 32), 8);
  storeSums(c + 64, c4, c5, shifted(bias, 64), shifted(plus, 64), 8);
  storeSums(c + 96, c6, c7, shifted(bias, 96), shifted(plus, 96), width - 24);
}

/** c [1,8] = a [1,K] panel: what is left beside `row32`. */
export function row8(c: usize, a: usize, panel: usize, bias: usize, plus: usize, width: i32, k: i32): void {
  let c0 = f32x4.splat(0);
  let c1 = c0;
  const end = a + ((<usize>k) << 2);
  while (a < end) {
    const x = v128.load32_splat(a);
    c0 = madd(x, v128.load(panel), c0);
    c1 = madd(x, v128.load(panel, 16), c1);
    a += 4;
    panel += 32;
  }
  storeSums(c, c0, c1, bias, plus, width);
}

/** A pointer further on, or still none. */
export function shifted(pointer: usize, bytes: usize): usize {
  return pointer ? pointer + bytes : 0;
}

/** c = (sums + bias) + plus, for `width` columns. */
function storeSums(c: usize, low: v128, high: v128, bias: usize, plus: usize, width: i32): void {
  if (width >= PANEL) {
    if (bias) {
      low = f32x4.add(low, v128.load(bias));
      high = f32x4.add(high, v128.load(bias, 16));
    }
    if (plus) {
      low = f32x4.add(low, v128.load(plus));
      high = f32x4.add(high, v128.load(plus, 16));
    }
    v128.store(c, low);
    v128.store(c, high, 16);
  } else storePartOfSums(c, low, high, bias, plus, width);
}

function storePartOfSums(c: usize, low: v128, high: v128, bias: usize, plus: usize, width: i32): void {
  if (bias) low = f32x4.add(low, loadPart(bias, width));
  if (plus) low = f32x4.add(low, loadPart(plus, width));
  storePart(c, low, width);
  if (width <= 4) return;
  if (bias) high = f32x4.add(high, loadPart(bias + 16, width - 4));
  if (plus) high = f32x4.add(high, loadPart(plus + 16, width - 4));
  storePart(c + 16, high, width - 4);
}
