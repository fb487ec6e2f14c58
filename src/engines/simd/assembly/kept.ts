import { PANEL, panelBytes } from './pack';
import { flush, loadPart, storePart } from './vectors';

/**
 * Units that a dropout factor keeps, where all rows of a product have the same ones: what is dropped is left out of the sums, which
 * are the same numbers, as a term of 0 changes none. A list has the number of kept units, and then for each, in their order, where its
 * row lies in a panel (see pack.ts), in bytes: a word each.
 */

/** How a tile finds its rows of a panel, as a type (see `Two` of tiles.ts): how far one is behind the other in memory. */
@unmanaged
export class PanelRow {
  columns0: v128;
  columns4: v128;
  columns8: v128;
  columns12: v128;
}
/** By a list instead. */
@unmanaged
export class Listed {}

/** How many units a list has. */
export function keptCount(list: usize): i32 {
  return load<i32>(list);
}

/** Where the rows of its units are. */
export function keptRows(list: usize): usize {
  return list + 4;
}

/** The first of a list's units from `from` on whose row is behind `end` rows of a panel. */
export function keptBefore(list: usize, from: i32, end: i32): i32 {
  const count = keptCount(list);
  const limit = <u32>panelBytes(end);
  while (from < count && load<u32>(keptRows(list) + ((<usize>from) << 2)) < limit) from++;
  return from;
}

/** Where a unit's number is in a row of numbers, in bytes. */
function placeIn(row: usize, rows: usize): usize {
  return row + <usize>(load<u32>(rows) / (PANEL as u32));
}

/** The numbers of the next units of a list, 1 to 4 of them, and zeros. */
function gatherFour(row: usize, rows: usize, count: i32): v128 {
  let x = v128.load32_zero(placeIn(row, rows));
  if (count > 1) x = v128.load_lane<f32>(placeIn(row, rows + 4), x, 1);
  if (count > 2) x = v128.load_lane<f32>(placeIn(row, rows + 8), x, 2);
  if (count > 3) x = v128.load_lane<f32>(placeIn(row, rows + 12), x, 3);
  return x;
}

/** Write numbers where the next units of a list are, 1 to 4 of them. */
function scatterFour(row: usize, rows: usize, x: v128, count: i32): void {
  v128.store_lane<f32>(placeIn(row, rows), x, 0);
  if (count > 1) v128.store_lane<f32>(placeIn(row, rows + 4), x, 1);
  if (count > 2) v128.store_lane<f32>(placeIn(row, rows + 8), x, 2);
  if (count > 3) v128.store_lane<f32>(placeIn(row, rows + 12), x, 3);
}

/** y [R,N'] = the kept columns of x [R,N] times `scale`, flushed. The rows of y are N' apart, those of x as many bytes as is said. */
export function gatherKept(y: usize, x: usize, ldx: usize, list: usize, scale: f32, rows: i32): void {
  const factor = f32x4.splat(scale);
  for (; rows > 0; rows--) {
    let from = keptRows(list);
    for (let left = keptCount(list); left > 0; left -= 4) {
      const count = min(4, left);
      storePart(y, flush(f32x4.mul(gatherFour(x, from, count), factor)), count);
      y += (<usize>count) << 2;
      from += 16;
    }
    x += ldx;
  }
}

/**
 * c [R,N] = x [R,N'] times `scale` in the kept columns, and 0 in the others, plus `plus`, flushed: for the units of a list from number
 * `first` on and before `end`, and the dropped ones in front of each and behind the last one of all. Distances are in bytes. A null
 * pointer leaves plus out; otherwise it may be c, of flushed numbers.
 */
export function scatterKept(
  c: usize,
  ldc: usize,
  x: usize,
  ldx: usize,
  plus: usize,
  ldp: usize,
  list: usize,
  scale: f32,
  rows: i32,
  first: i32,
  end: i32,
  n: i32,
): void {
  const kept = keptRows(list);
  const factor = f32x4.splat(scale);
  const from = first === 0 ? <usize>0 : placeIn(4, kept + ((<usize>(first - 1)) << 2));
  const to = end === keptCount(list) ? (<usize>n) << 2 : placeIn(4, kept + ((<usize>(end - 1)) << 2));
  for (; rows > 0; rows--) {
    for (let at = from; at < to; at += 16) {
      const left = <i32>((to - at) >> 2);
      storePart(c + at, plus ? flush(loadPart(plus + at, left)) : f32x4.splat(0), left);
    }
    let at = kept + ((<usize>first) << 2);
    let sums = x;
    for (let left = end - first; left > 0; left -= 4) {
      let value = f32x4.mul(loadPart(sums, left), factor);
      if (plus) value = f32x4.add(value, gatherFour(plus, at, left));
      scatterFour(c, at, flush(value), left);
      at += 16;
      sums += 16;
    }
    c += ldc;
    x += ldx;
    if (plus) plus += ldp;
  }
}

/** Pack the columns of b [K,N], whose rows are `ldb` numbers apart, that are `n` units of a list from number `first` on. */
export function packKept(packed: usize, b: usize, ldb: i32, list: usize, first: i32, n: i32, k: i32): void {
  let rows = keptRows(list) + ((<usize>first) << 2);
  for (; n > 0; n -= PANEL) {
    let row = b;
    for (let i = 0; i < k; i++) {
      for (let col = 0; col < PANEL; col += 4) {
        const at = (<usize>col) << 2;
        v128.store(packed + at, n > col ? gatherFour(row, rows + at, n - col) : f32x4.splat(0));
      }
      packed += PANEL * 4;
      row += (<usize>ldb) << 2;
    }
    rows += PANEL * 4;
  }
}
