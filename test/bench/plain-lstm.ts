/** An LSTM as one would write it by hand in JavaScript: flat arrays, unrolled dot products, no engine. */
export function plainLstm({
  x,
  w,
  u,
  b,
  batch,
  time,
  size,
}: {
  /** [T,B,H] */
  readonly x: Float32Array;
  /** [4H,H] each; the bias [4H] is added twice, as bias_ih and bias_hh. */
  readonly w: Float32Array;
  readonly u: Float32Array;
  readonly b: Float32Array;
  readonly batch: number;
  readonly time: number;
  readonly size: number;
}): Float32Array {
  const gates = 4 * size;
  const input = new Float32Array(time * batch * gates);
  addProduct(input, x, w, time * batch, gates, size);
  const y = new Float32Array(time * batch * size);
  const c = new Float32Array(batch * size);
  const zero = new Float32Array(batch * size);
  for (let t = 0; t < time; t++) {
    const a = input.subarray(t * batch * gates, (t + 1) * batch * gates);
    const h = t === 0 ? zero : y.subarray((t - 1) * batch * size, t * batch * size);
    addProduct(a, h, u, batch, gates, size);
    for (let row = 0; row < batch; row++) {
      for (let j = 0; j < size; j++) {
        const at = row * gates + j;
        const i = sigmoid((a[at] as number) + 2 * (b[j] as number));
        const f = sigmoid((a[at + size] as number) + 2 * (b[size + j] as number));
        const g = Math.tanh((a[at + 2 * size] as number) + 2 * (b[2 * size + j] as number));
        const o = sigmoid((a[at + 3 * size] as number) + 2 * (b[3 * size + j] as number));
        const state = f * (c[row * size + j] as number) + i * g;
        c[row * size + j] = state;
        y[(t * batch + row) * size + j] = o * Math.tanh(state);
      }
    }
  }
  return y;
}

function sigmoid(v: number): number {
  return 1 / (1 + Math.exp(-v));
}

/** out [M,N] += a [M,K] bᵀ for b [N,K], K a multiple of 4. */
function addProduct(out: Float32Array, a: Float32Array, b: Float32Array, m: number, n: number, k: number): void {
  for (let row = 0; row < m; row++) {
    for (let col = 0; col < n; col++) {
      const p = row * k;
      const q = col * k;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let i = 0; i < k; i += 4) {
        s0 += (a[p + i] as number) * (b[q + i] as number);
        s1 += (a[p + i + 1] as number) * (b[q + i + 1] as number);
        s2 += (a[p + i + 2] as number) * (b[q + i + 2] as number);
        s3 += (a[p + i + 3] as number) * (b[q + i + 3] as number);
      }
      out[row * n + col] = (out[row * n + col] as number) + s0 + s1 + s2 + s3;
    }
  }
}
