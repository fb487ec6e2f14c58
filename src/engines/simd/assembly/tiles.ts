import { madd } from './vectors';

/**
 * The innermost loop of a product: a few rows of A times one panel of B (see pack.ts). An entry's terms are added one by one in
 * the order of k, in every tile: so which tile makes an entry changes no bit of it.
 *
 * V8 keeps 15 vector registers. In vectors of 128 bit, the tile of two rows needs 8 for sums, 4 for B, 1 for A and 1 between: one of the
 * few that are fast in all of Node 20 to 26 (decision 005). In 256 bit (see wide.ts) the one of six needs 12, 2 and 1.
 *
 * The test after each step of k is there for compilers. Without it, Binaryen and V8 move the loads of several steps to
 * the front, and then lack registers: half the speed.
 */

/** How many rows a tile has, as a type: the compiler makes a function of each, and leaves out what is said of rows that it lacks. */
@unmanaged
export class Two {
  rows: u16;
}
@unmanaged
export class Four {
  rows: u32;
}
@unmanaged
export class Six extends Four {
  more: u16;
}

/** c [Rows,16] = a [Rows,K] panel + bias + plus. Distances between rows are in bytes; where the K rows of the panel are: see kept.ts. */
export function tile<Rows, Right>(
  c: usize,
  ldc: usize,
  a: usize,
  lda: usize,
  panel: usize,
  list: usize,
  bias: usize,
  plus: usize,
  ldp: usize,
  k: i32,
): void {
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c02 = c00;
  let c03 = c00;
  let c10 = c00;
  let c11 = c00;
  let c12 = c00;
  let c13 = c00;
  let c20 = c00;
  let c21 = c00;
  let c22 = c00;
  let c23 = c00;
  let c30 = c00;
  let c31 = c00;
  let c32 = c00;
  let c33 = c00;
  let c40 = c00;
  let c41 = c00;
  let c42 = c00;
  let c43 = c00;
  let c50 = c00;
  let c51 = c00;
  let c52 = c00;
  let c53 = c00;
  let a0 = a;
  let a1 = a0 + lda;
  let a2 = a1 + lda;
  let a3 = a2 + lda;
  let a4 = a3 + lda;
  let a5 = a4 + lda;
  let b = panel;
  while (offsetof<Right>() || k > 0) {
    if (!offsetof<Right>()) b = panel + <usize>load<u32>(list);
    let b0 = v128.load(b);
    let b1 = v128.load(b, 16);
    let b2 = v128.load(b, 32);
    let b3 = v128.load(b, 48);
    let x = v128.load32_splat(a0);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    c02 = madd(x, b2, c02);
    c03 = madd(x, b3, c03);
    x = v128.load32_splat(a1);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    c12 = madd(x, b2, c12);
    c13 = madd(x, b3, c13);
    if (offsetof<Rows>() > 2) {
      x = v128.load32_splat(a2);
      c20 = madd(x, b0, c20);
      c21 = madd(x, b1, c21);
      c22 = madd(x, b2, c22);
      c23 = madd(x, b3, c23);
      x = v128.load32_splat(a3);
      c30 = madd(x, b0, c30);
      c31 = madd(x, b1, c31);
      c32 = madd(x, b2, c32);
      c33 = madd(x, b3, c33);
    }
    if (offsetof<Rows>() > 4) {
      x = v128.load32_splat(a4);
      c40 = madd(x, b0, c40);
      c41 = madd(x, b1, c41);
      c42 = madd(x, b2, c42);
      c43 = madd(x, b3, c43);
      x = v128.load32_splat(a5);
      c50 = madd(x, b0, c50);
      c51 = madd(x, b1, c51);
      c52 = madd(x, b2, c52);
      c53 = madd(x, b3, c53);
    }
    if (--k === 0) break;
    if (!offsetof<Right>()) b = panel + <usize>load<u32>(list, 4);
    b0 = v128.load(b, 1 * offsetof<Right>());
    b1 = v128.load(b, 1 * offsetof<Right>() + 16);
    b2 = v128.load(b, 1 * offsetof<Right>() + 32);
    b3 = v128.load(b, 1 * offsetof<Right>() + 48);
    x = v128.load32_splat(a0, 4);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    c02 = madd(x, b2, c02);
    c03 = madd(x, b3, c03);
    x = v128.load32_splat(a1, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    c12 = madd(x, b2, c12);
    c13 = madd(x, b3, c13);
    if (offsetof<Rows>() > 2) {
      x = v128.load32_splat(a2, 4);
      c20 = madd(x, b0, c20);
      c21 = madd(x, b1, c21);
      c22 = madd(x, b2, c22);
      c23 = madd(x, b3, c23);
      x = v128.load32_splat(a3, 4);
      c30 = madd(x, b0, c30);
      c31 = madd(x, b1, c31);
      c32 = madd(x, b2, c32);
      c33 = madd(x, b3, c33);
    }
    if (offsetof<Rows>() > 4) {
      x = v128.load32_splat(a4, 4);
      c40 = madd(x, b0, c40);
      c41 = madd(x, b1, c41);
      c42 = madd(x, b2, c42);
      c43 = madd(x, b3, c43);
      x = v128.load32_splat(a5, 4);
      c50 = madd(x, b0, c50);
      c51 = madd(x, b1, c51);
      c52 = madd(x, b2, c52);
      c53 = madd(x, b3, c53);
    }
    if (--k === 0) break;
    if (!offsetof<Right>()) b = panel + <usize>load<u32>(list, 8);
    b0 = v128.load(b, 2 * offsetof<Right>());
    b1 = v128.load(b, 2 * offsetof<Right>() + 16);
    b2 = v128.load(b, 2 * offsetof<Right>() + 32);
    b3 = v128.load(b, 2 * offsetof<Right>() + 48);
    x = v128.load32_splat(a0, 8);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    c02 = madd(x, b2, c02);
    c03 = madd(x, b3, c03);
    x = v128.load32_splat(a1, 8);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    c12 = madd(x, b2, c12);
    c13 = madd(x, b3, c13);
    if (offsetof<Rows>() > 2) {
      x = v128.load32_splat(a2, 8);
      c20 = madd(x, b0, c20);
      c21 = madd(x, b1, c21);
      c22 = madd(x, b2, c22);
      c23 = madd(x, b3, c23);
      x = v128.load32_splat(a3, 8);
      c30 = madd(x, b0, c30);
      c31 = madd(x, b1, c31);
      c32 = madd(x, b2, c32);
      c33 = madd(x, b3, c33);
    }
    if (offsetof<Rows>() > 4) {
      x = v128.load32_splat(a4, 8);
      c40 = madd(x, b0, c40);
      c41 = madd(x, b1, c41);
      c42 = madd(x, b2, c42);
      c43 = madd(x, b3, c43);
      x = v128.load32_splat(a5, 8);
      c50 = madd(x, b0, c50);
      c51 = madd(x, b1, c51);
      c52 = madd(x, b2, c52);
      c53 = madd(x, b3, c53);
    }
    if (--k === 0) break;
    if (!offsetof<Right>()) b = panel + <usize>load<u32>(list, 12);
    b0 = v128.load(b, 3 * offsetof<Right>());
    b1 = v128.load(b, 3 * offsetof<Right>() + 16);
    b2 = v128.load(b, 3 * offsetof<Right>() + 32);
    b3 = v128.load(b, 3 * offsetof<Right>() + 48);
    x = v128.load32_splat(a0, 12);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    c02 = madd(x, b2, c02);
    c03 = madd(x, b3, c03);
    x = v128.load32_splat(a1, 12);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    c12 = madd(x, b2, c12);
    c13 = madd(x, b3, c13);
    if (offsetof<Rows>() > 2) {
      x = v128.load32_splat(a2, 12);
      c20 = madd(x, b0, c20);
      c21 = madd(x, b1, c21);
      c22 = madd(x, b2, c22);
      c23 = madd(x, b3, c23);
      x = v128.load32_splat(a3, 12);
      c30 = madd(x, b0, c30);
      c31 = madd(x, b1, c31);
      c32 = madd(x, b2, c32);
      c33 = madd(x, b3, c33);
    }
    if (offsetof<Rows>() > 4) {
      x = v128.load32_splat(a4, 12);
      c40 = madd(x, b0, c40);
      c41 = madd(x, b1, c41);
      c42 = madd(x, b2, c42);
      c43 = madd(x, b3, c43);
      x = v128.load32_splat(a5, 12);
      c50 = madd(x, b0, c50);
      c51 = madd(x, b1, c51);
      c52 = madd(x, b2, c52);
      c53 = madd(x, b3, c53);
    }
    if (--k === 0) break;
    a0 += 16;
    a1 += 16;
    a2 += 16;
    a3 += 16;
    a4 += 16;
    a5 += 16;
    b += 4 * offsetof<Right>();
    list += 16;
  }
  if (bias) {
    const b0 = v128.load(bias);
    const b1 = v128.load(bias, 16);
    const b2 = v128.load(bias, 32);
    const b3 = v128.load(bias, 48);
    c00 = f32x4.add(c00, b0);
    c01 = f32x4.add(c01, b1);
    c02 = f32x4.add(c02, b2);
    c03 = f32x4.add(c03, b3);
    c10 = f32x4.add(c10, b0);
    c11 = f32x4.add(c11, b1);
    c12 = f32x4.add(c12, b2);
    c13 = f32x4.add(c13, b3);
    if (offsetof<Rows>() > 2) {
      c20 = f32x4.add(c20, b0);
      c21 = f32x4.add(c21, b1);
      c22 = f32x4.add(c22, b2);
      c23 = f32x4.add(c23, b3);
      c30 = f32x4.add(c30, b0);
      c31 = f32x4.add(c31, b1);
      c32 = f32x4.add(c32, b2);
      c33 = f32x4.add(c33, b3);
    }
    if (offsetof<Rows>() > 4) {
      c40 = f32x4.add(c40, b0);
      c41 = f32x4.add(c41, b1);
      c42 = f32x4.add(c42, b2);
      c43 = f32x4.add(c43, b3);
      c50 = f32x4.add(c50, b0);
      c51 = f32x4.add(c51, b1);
      c52 = f32x4.add(c52, b2);
      c53 = f32x4.add(c53, b3);
    }
  }
  if (plus) {
    c00 = f32x4.add(c00, v128.load(plus));
    c01 = f32x4.add(c01, v128.load(plus, 16));
    c02 = f32x4.add(c02, v128.load(plus, 32));
    c03 = f32x4.add(c03, v128.load(plus, 48));
    plus += ldp;
    c10 = f32x4.add(c10, v128.load(plus));
    c11 = f32x4.add(c11, v128.load(plus, 16));
    c12 = f32x4.add(c12, v128.load(plus, 32));
    c13 = f32x4.add(c13, v128.load(plus, 48));
    if (offsetof<Rows>() > 2) {
      plus += ldp;
      c20 = f32x4.add(c20, v128.load(plus));
      c21 = f32x4.add(c21, v128.load(plus, 16));
      c22 = f32x4.add(c22, v128.load(plus, 32));
      c23 = f32x4.add(c23, v128.load(plus, 48));
      plus += ldp;
      c30 = f32x4.add(c30, v128.load(plus));
      c31 = f32x4.add(c31, v128.load(plus, 16));
      c32 = f32x4.add(c32, v128.load(plus, 32));
      c33 = f32x4.add(c33, v128.load(plus, 48));
    }
    if (offsetof<Rows>() > 4) {
      plus += ldp;
      c40 = f32x4.add(c40, v128.load(plus));
      c41 = f32x4.add(c41, v128.load(plus, 16));
      c42 = f32x4.add(c42, v128.load(plus, 32));
      c43 = f32x4.add(c43, v128.load(plus, 48));
      plus += ldp;
      c50 = f32x4.add(c50, v128.load(plus));
      c51 = f32x4.add(c51, v128.load(plus, 16));
      c52 = f32x4.add(c52, v128.load(plus, 32));
      c53 = f32x4.add(c53, v128.load(plus, 48));
    }
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c, c02, 32);
  v128.store(c, c03, 48);
  c += ldc;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  v128.store(c, c12, 32);
  v128.store(c, c13, 48);
  if (offsetof<Rows>() > 2) {
    c += ldc;
    v128.store(c, c20);
    v128.store(c, c21, 16);
    v128.store(c, c22, 32);
    v128.store(c, c23, 48);
    c += ldc;
    v128.store(c, c30);
    v128.store(c, c31, 16);
    v128.store(c, c32, 32);
    v128.store(c, c33, 48);
  }
  if (offsetof<Rows>() > 4) {
    c += ldc;
    v128.store(c, c40);
    v128.store(c, c41, 16);
    v128.store(c, c42, 32);
    v128.store(c, c43, 48);
    c += ldc;
    v128.store(c, c50);
    v128.store(c, c51, 16);
    v128.store(c, c52, 32);
    v128.store(c, c53, 48);
  }
}
