import { loadPart } from './vectors';

/**
 * The right operand of a product, packed: panels of P columns (see PANEL), one after the other; a panel is [K,P], row-major.
 * The last panel's missing columns are zeros. Entry (k, n) is number (n / P | 0) * K * P + k * P + n % P.
 */

/** Columns of a panel. */
export const PANEL: i32 = 16;

/** Columns of a panel of a packed matrix. */
export function panelColumns(): i32 {
  return PANEL;
}

/** Bytes of a packed right operand [K,N]. */
export function packedBytes(n: i32, k: i32): usize {
  return panelBytes(k) * <usize>((n + PANEL - 1) / PANEL);
}

/** Bytes of one panel of K rows. */
export function panelBytes(k: i32): usize {
  return <usize>k * <usize>(PANEL * 4);
}

/** Pack b [K,N], whose rows are `ldb` numbers apart. */
export function pack(packed: usize, b: usize, ldb: i32, n: i32, k: i32): void {
  packRows(packed, panelBytes(k), b, (<usize>ldb) << 2, n, k);
}

/** Pack K rows of panels that are `panel` bytes apart, and may have more rows. */
export function packRows(packed: usize, panel: usize, b: usize, row: usize, n: i32, k: i32): void {
  // Four rows at a time, so that a panel is visited once for all of them: panels may be a power of two apart.
  let i = 0;
  for (; i + 4 <= k; i += 4) {
    packRows4(packed + panelBytes(i), panel, b, row, n);
    b += row << 2;
  }
  for (; i < k; i++) {
    packRow(packed + panelBytes(i), panel, b, n);
    b += row;
  }
}

function packRows4(to: usize, panel: usize, from: usize, row: usize, n: i32): void {
  const full = n & ~(PANEL - 1);
  let b0 = from;
  let b1 = b0 + row;
  let b2 = b1 + row;
  let b3 = b2 + row;
  for (let col = 0; col < full; col += PANEL) {
    copyPanelRow(to, b0);
    copyPanelRow(to + 64, b1);
    copyPanelRow(to + 128, b2);
    copyPanelRow(to + 192, b3);
    b0 += 64;
    b1 += 64;
    b2 += 64;
    b3 += 64;
    to += panel;
  }
  if (full === n) return;
  packRow(to, panel, b0, n - full);
  packRow(to + 64, panel, b1, n - full);
  packRow(to + 128, panel, b2, n - full);
  packRow(to + 192, panel, b3, n - full);
}

function packRow(to: usize, panel: usize, from: usize, n: i32): void {
  for (; n >= PANEL; n -= PANEL) {
    copyPanelRow(to, from);
    from += 64;
    to += panel;
  }
  if (n === 0) return;
  for (let col = 0; col < PANEL; col += 4) {
    v128.store(to, n > col ? loadPart(from, n - col) : f32x4.splat(0));
    from += 16;
    to += 16;
  }
}

function copyPanelRow(to: usize, from: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
  v128.store(to, v128.load(from, 32), 32);
  v128.store(to, v128.load(from, 48), 48);
}

/** Pack the transpose of b [N,K], whose rows are `ldb` numbers apart. */
export function packTransposed(packed: usize, b: usize, ldb: i32, n: i32, k: i32): void {
  const row = (<usize>ldb) << 2;
  for (let col = 0; col < n; col += PANEL) {
    transposeInto(packed, (<usize>PANEL) << 2, b, row, min(PANEL, n - col), PANEL, k);
    packed += panelBytes(k);
    b += row * <usize>PANEL;
  }
}

/**
 * to [K,R] = the transpose of from [R,K], with zeros in the columns from `rows` to `padded`. Distances between rows are
 * in bytes.
 */
export function transposeInto(
  to: usize,
  toRow: usize,
  from: usize,
  fromRow: usize,
  rows: i32,
  padded: i32,
  k: i32,
): void {
  let r = 0;
  for (; r + 4 <= rows; r += 4) {
    transposeFour(to, toRow, from, fromRow, k);
    to += 16;
    from += fromRow << 2;
  }
  for (; r < padded; r++) {
    let at = to;
    if (r < rows) {
      for (let i = 0; i < k; i++) {
        store<f32>(at, load<f32>(from + ((<usize>i) << 2)));
        at += toRow;
      }
    } else {
      for (let i = 0; i < k; i++) {
        store<f32>(at, 0);
        at += toRow;
      }
    }
    to += 4;
    from += fromRow;
  }
}

/** Four rows of `from` become four columns of `to`. */
function transposeFour(to: usize, toRow: usize, from: usize, fromRow: usize, k: i32): void {
  let f0 = from;
  let f1 = f0 + fromRow;
  let f2 = f1 + fromRow;
  let f3 = f2 + fromRow;
  let i = 0;
  for (; i + 4 <= k; i += 4) {
    const r0 = v128.load(f0);
    const r1 = v128.load(f1);
    const r2 = v128.load(f2);
    const r3 = v128.load(f3);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
    to += toRow;
    v128.store(to, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
    to += toRow;
    v128.store(to, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
    to += toRow;
    v128.store(to, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
    to += toRow;
    f0 += 16;
    f1 += 16;
    f2 += 16;
    f3 += 16;
  }
  for (; i < k; i++) {
    store<f32>(to, load<f32>(f0));
    store<f32>(to, load<f32>(f1), 4);
    store<f32>(to, load<f32>(f2), 8);
    store<f32>(to, load<f32>(f3), 12);
    to += toRow;
    f0 += 4;
    f1 += 4;
    f2 += 4;
    f3 += 4;
  }
}
