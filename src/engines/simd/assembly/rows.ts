import { Listed, PanelRow } from './kept';
import { PANEL } from './pack';
import { tileRoom } from './room';
import { loadPart, madd, storePart } from './vectors';

/** c [1,N] = a [1,K] times all panels, `panel` bytes apart: the row that is left over. `list` is null for all rows of a panel. */
export function multiplyRow(
  c: usize,
  a: usize,
  packed: usize,
  panel: usize,
  list: usize,
  bias: usize,
  plus: usize,
  n: i32,
  k: i32,
): void {
  for (; n > PANEL; n -= 2 * PANEL) {
    const width = min(2 * PANEL, n);
    if (list) row32<Listed>(c, a, packed, list, panel, bias, plus, width, k);
    else row32<PanelRow>(c, a, packed, 0, panel, bias, plus, width, k);
    c += 8 * PANEL;
    bias = shifted(bias, 8 * PANEL);
    plus = shifted(plus, 8 * PANEL);
    packed += 2 * panel;
  }
  if (n <= 0) return;
  if (list) row16<Listed>(c, a, packed, list, bias, plus, n, k);
  else row16<PanelRow>(c, a, packed, 0, bias, plus, n, k);
}

/**
 * c [1,32] = a [1,K] and two panels, `next` bytes apart: for the row that is left beside tiles of two, and for a batch of one.
 * Eight sums at a time hide the latency of additions.
 */
function row32<Right>(
  c: usize,
  a: usize,
  panel: usize,
  list: usize,
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
  const end = a + ((<usize>k) << 2);
  while (a < end) {
    if (!offsetof<Right>()) {
      p0 = panel + <usize>load<u32>(list);
      p1 = p0 + next;
    }
    const x = v128.load32_splat(a);
    c0 = madd(x, v128.load(p0), c0);
    c1 = madd(x, v128.load(p0, 16), c1);
    c2 = madd(x, v128.load(p0, 32), c2);
    c3 = madd(x, v128.load(p0, 48), c3);
    // Never: it keeps V8 from doing all nine loads first, for which there are too few registers (see tiles.ts).
    if (p1 === 0) break;
    c4 = madd(x, v128.load(p1), c4);
    c5 = madd(x, v128.load(p1, 16), c5);
    c6 = madd(x, v128.load(p1, 32), c6);
    c7 = madd(x, v128.load(p1, 48), c7);
    a += 4;
    p0 += offsetof<Right>();
    p1 += offsetof<Right>();
    list += 4;
  }
  const sums = tileRoom();
  v128.store(sums, c0);
  v128.store(sums, c1, 16);
  v128.store(sums, c2, 32);
  v128.store(sums, c3, 48);
  v128.store(sums, c4, 64);
  v128.store(sums, c5, 80);
  v128.store(sums, c6, 96);
  v128.store(sums, c7, 112);
  finishRows(c, 0, sums, bias, plus, 0, 1, width);
}

/** c [1,16] = a [1,K] panel: what is left beside `row32`. */
function row16<Right>(
  c: usize,
  a: usize,
  panel: usize,
  list: usize,
  bias: usize,
  plus: usize,
  width: i32,
  k: i32,
): void {
  let c0 = f32x4.splat(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  let b = panel;
  const end = a + ((<usize>k) << 2);
  while (a < end) {
    if (!offsetof<Right>()) b = panel + <usize>load<u32>(list);
    const x = v128.load32_splat(a);
    c0 = madd(x, v128.load(b), c0);
    c1 = madd(x, v128.load(b, 16), c1);
    c2 = madd(x, v128.load(b, 32), c2);
    c3 = madd(x, v128.load(b, 48), c3);
    a += 4;
    b += offsetof<Right>();
    list += 4;
  }
  const sums = tileRoom();
  v128.store(sums, c0);
  v128.store(sums, c1, 16);
  v128.store(sums, c2, 32);
  v128.store(sums, c3, 48);
  finishRows(c, 0, sums, bias, plus, 0, 1, width);
}

/** sums [4,8] = a [4,K] times the first eight columns of a panel; the rows of the sums are as far apart as those of a tile. */
export function half4<Right>(sums: usize, a: usize, lda: usize, panel: usize, list: usize, k: i32): void {
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  let a1 = a + lda;
  let a2 = a1 + lda;
  let a3 = a2 + lda;
  let b = panel;
  for (; offsetof<Right>() || k > 0; b += 2 * offsetof<Right>(), list += 8) {
    if (!offsetof<Right>()) b = panel + <usize>load<u32>(list);
    let b0 = v128.load(b);
    let b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
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
    if (!offsetof<Right>()) b = panel + <usize>load<u32>(list, 4);
    b0 = v128.load(b, offsetof<Right>());
    b1 = v128.load(b, offsetof<Right>() + 16);
    x = v128.load32_splat(a, 4);
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
    a += 8;
    a1 += 8;
    a2 += 8;
    a3 += 8;
  }
  v128.store(sums, c00);
  v128.store(sums, c01, 16);
  v128.store(sums, c10, 64);
  v128.store(sums, c11, 80);
  v128.store(sums, c20, 128);
  v128.store(sums, c21, 144);
  v128.store(sums, c30, 192);
  v128.store(sums, c31, 208);
}

/** A pointer further on, or still none. */
export function shifted(pointer: usize, bytes: usize): usize {
  return pointer ? pointer + bytes : 0;
}

/**
 * c [R,width] = (sums + bias) + plus: what exists of sums that were stored elsewhere, in rows as far apart as those of a panel.
 * The sums go by way of memory, and not of calls, as V8 ends the process over vectors in calls where it makes 256-bit code (see
 * wide.ts): it may be told to while it compiles this module as well.
 */
export function finishRows(
  c: usize,
  ldc: usize,
  sums: usize,
  bias: usize,
  plus: usize,
  ldp: usize,
  rows: i32,
  width: i32,
): void {
  for (; rows > 0; rows--) {
    for (let col = 0; col < width; col += 4) {
      const at = (<usize>col) << 2;
      const left = width - col;
      let sum = v128.load(sums + at);
      if (bias) sum = f32x4.add(sum, loadPart(bias + at, left));
      if (plus) sum = f32x4.add(sum, loadPart(plus + at, left));
      storePart(c + at, sum, left);
    }
    c += ldc;
    sums += PANEL * 4;
    plus = shifted(plus, ldp);
  }
}
