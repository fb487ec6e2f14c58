import { loadPart, storePart } from './vectors';

const SUM_COLUMNS: i32 = 16;

/** Columns that `sumRows` adds up at a time: parts of a sum are cut at multiples of them. */
export function sumColumns(): i32 {
  return SUM_COLUMNS;
}

/** Rows that are added up before their sum is added to the total: float32 keeps more digits in sums of sums. */
const BLOCK: i32 = 64;

/** to [N] = the sum over all rows of x [R,N], whose rows are `ldx` numbers apart. The order depends on R alone. */
export function sumRows(to: usize, x: usize, ldx: i32, rows: i32, n: i32): void {
  const row = (<usize>ldx) << 2;
  // Not memory.fill: it asks for the size of the memory, of which a thread may know less than the host, that let it grow.
  for (let col = 0; col < n; col += 4) storePart(to + ((<usize>col) << 2), f32x4.splat(0), n - col);
  for (let from = 0; from < rows; from += BLOCK) {
    const count = min(BLOCK, rows - from);
    let col = 0;
    for (; col + SUM_COLUMNS <= n; col += SUM_COLUMNS)
      addSum16(to + ((<usize>col) << 2), x + ((<usize>col) << 2), row, count);
    for (; col < n; col += 4) addSum4(to + ((<usize>col) << 2), x + ((<usize>col) << 2), row, count, min(4, n - col));
    x += row * <usize>count;
  }
}

function addSum16(to: usize, x: usize, row: usize, count: i32): void {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (; count > 0; count--) {
    a = f32x4.add(a, v128.load(x));
    b = f32x4.add(b, v128.load(x, 16));
    c = f32x4.add(c, v128.load(x, 32));
    d = f32x4.add(d, v128.load(x, 48));
    x += row;
  }
  v128.store(to, f32x4.add(v128.load(to), a));
  v128.store(to, f32x4.add(v128.load(to, 16), b), 16);
  v128.store(to, f32x4.add(v128.load(to, 32), c), 32);
  v128.store(to, f32x4.add(v128.load(to, 48), d), 48);
}

function addSum4(to: usize, x: usize, row: usize, count: i32, width: i32): void {
  let a = f32x4.splat(0);
  for (; count > 0; count--) {
    a = f32x4.add(a, loadPart(x, width));
    x += row;
  }
  storePart(to, f32x4.add(loadPart(to, width), a), width);
}

/** The sum of x [N], added up in float64. */
export function sum(x: usize, n: i32): f64 {
  let total = f64x2.splat(0);
  for (; n > 0; n -= 4) {
    total = f64x2.add(total, inDoubles(loadPart(x, n)));
    x += 16;
  }
  return f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
}

/** The sum of x [N] times y [N], whose products are added up in float64. */
export function dot(x: usize, y: usize, n: i32): f64 {
  let total = f64x2.splat(0);
  for (; n > 0; n -= 4) {
    total = f64x2.add(total, inDoubles(f32x4.mul(loadPart(x, n), loadPart(y, n))));
    x += 16;
    y += 16;
  }
  return f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
}

/** The four entries of x as two sums in float64. */
export function inDoubles(x: v128): v128 {
  const high = v128.shuffle<f32>(x, x, 2, 3, 0, 1);
  return f64x2.add(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(high));
}
