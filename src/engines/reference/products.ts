/**
 * Matrix products in float64. There is one: dot products of rows. Every entry adds its terms in the order of the
 * inner index, whatever the sizes, so a row's result never depends on the rows beside it.
 */

/** out [M,N] += a [M,K] bᵀ, for b [N,K]. */
export function addDotProducts(
  out: Float64Array,
  a: Float64Array,
  b: Float64Array,
  m: number,
  n: number,
  k: number,
): void {
  // Blocks of 2 x 4 rows keep eight sums in registers and load each number for several of them.
  let row = 0;
  for (; row + 1 < m; row += 2) {
    const a0 = row * k;
    const a1 = a0 + k;
    let col = 0;
    for (; col + 3 < n; col += 4) {
      const b0 = col * k;
      const b1 = b0 + k;
      const b2 = b1 + k;
      const b3 = b2 + k;
      let s00 = 0;
      let s01 = 0;
      let s02 = 0;
      let s03 = 0;
      let s10 = 0;
      let s11 = 0;
      let s12 = 0;
      let s13 = 0;
      for (let i = 0; i < k; i++) {
        const x0 = a[a0 + i] as number;
        const x1 = a[a1 + i] as number;
        const y0 = b[b0 + i] as number;
        const y1 = b[b1 + i] as number;
        const y2 = b[b2 + i] as number;
        const y3 = b[b3 + i] as number;
        s00 += x0 * y0;
        s01 += x0 * y1;
        s02 += x0 * y2;
        s03 += x0 * y3;
        s10 += x1 * y0;
        s11 += x1 * y1;
        s12 += x1 * y2;
        s13 += x1 * y3;
      }
      const o0 = row * n + col;
      const o1 = o0 + n;
      out[o0] = (out[o0] as number) + s00;
      out[o0 + 1] = (out[o0 + 1] as number) + s01;
      out[o0 + 2] = (out[o0 + 2] as number) + s02;
      out[o0 + 3] = (out[o0 + 3] as number) + s03;
      out[o1] = (out[o1] as number) + s10;
      out[o1 + 1] = (out[o1 + 1] as number) + s11;
      out[o1 + 2] = (out[o1 + 2] as number) + s12;
      out[o1 + 3] = (out[o1 + 3] as number) + s13;
    }
    addBlock(out, a, b, row, row + 2, col, n, n, k);
  }
  addBlock(out, a, b, row, m, 0, n, n, k);
}

/** What is left beside the 2 x 4 blocks: rows and columns from (inclusive) to (exclusive). */
function addBlock(
  out: Float64Array,
  a: Float64Array,
  b: Float64Array,
  rowFrom: number,
  rowTo: number,
  colFrom: number,
  colTo: number,
  n: number,
  k: number,
): void {
  for (let row = rowFrom; row < rowTo; row++) {
    for (let col = colFrom; col < colTo; col++) {
      let sum = 0;
      for (let i = 0; i < k; i++) sum += (a[row * k + i] as number) * (b[col * k + i] as number);
      out[row * n + col] = (out[row * n + col] as number) + sum;
    }
  }
}

/** The transpose of a [M,N] as [N,M]. */
export function transpose(a: Float64Array, m: number, n: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let row = 0; row < m; row++) {
    for (let col = 0; col < n; col++) out[col * m + row] = a[row * n + col] as number;
  }
  return out;
}

/** Columns from (inclusive) to (exclusive) of a [M,N], as a contiguous matrix. */
export function columns(a: Float64Array, m: number, n: number, from: number, to: number): Float64Array {
  if (from === 0 && to === n) return a;
  const out = new Float64Array(m * (to - from));
  for (let row = 0; row < m; row++) out.set(a.subarray(row * n + from, row * n + to), row * (to - from));
  return out;
}
