/** The operations on whole tables that are neither products nor elementwise, on plain arrays. */

export function add(out: Float64Array, x: Float64Array): void {
  for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) + (x[i] as number);
}

export function addToRows(out: Float64Array, row: Float64Array): void {
  const n = row.length;
  for (let start = 0; start < out.length; start += n) {
    for (let col = 0; col < n; col++) out[start + col] = (out[start + col] as number) + (row[col] as number);
  }
}

/** Write `part` [R,W] into the columns of out [R,N] that begin at `from`. */
export function setColumns(out: Float64Array, rows: number, n: number, from: number, part: Float64Array): void {
  const width = part.length / rows;
  for (let row = 0; row < rows; row++) out.set(part.subarray(row * width, (row + 1) * width), row * n + from);
}

export function sumRows(x: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n);
  for (let start = 0; start < x.length; start += n) {
    for (let col = 0; col < n; col++) out[col] = (out[col] as number) + (x[start + col] as number);
  }
  return out;
}

/** x [T,B,N] with the first `valid[b]` steps of each sample in reverse order. */
export function reverse(x: Float64Array, time: number, batch: number, valid: Int32Array): Float64Array {
  const n = x.length / (time * batch);
  const out = new Float64Array(x.length);
  for (let t = 0; t < time; t++) {
    for (let b = 0; b < batch; b++) {
      const length = valid[b] as number;
      const from = ((t < length ? length - 1 - t : t) * batch + b) * n;
      out.set(x.subarray(from, from + n), (t * batch + b) * n);
    }
  }
  return out;
}

export function gather(table: Float64Array, n: number, ids: Int32Array): Float64Array {
  const out = new Float64Array(ids.length * n);
  ids.forEach((id, i) => {
    if (id >= 0) out.set(table.subarray(id * n, (id + 1) * n), i * n);
  });
  return out;
}

export function scatterAdd(dy: Float64Array, n: number, ids: Int32Array, rows: number): Float64Array {
  const out = new Float64Array(rows * n);
  ids.forEach((id, i) => {
    if (id < 0) return;
    for (let col = 0; col < n; col++) {
      out[id * n + col] = (out[id * n + col] as number) + (dy[i * n + col] as number);
    }
  });
  return out;
}

export function normalise(
  x: Float64Array,
  n: number,
  epsilon: number,
): { y: Float64Array; inverseDeviation: Float64Array } {
  const y = new Float64Array(x.length);
  const inverseDeviation = new Float64Array(x.length / n);
  for (let row = 0; row < inverseDeviation.length; row++) {
    const start = row * n;
    // Measured from the first entry, so that rows of one value, or far from 0, lose nothing in the sums.
    const origin = x[start] as number;
    let mean = 0;
    for (let col = 0; col < n; col++) mean += ((x[start + col] as number) - origin) / n;
    let variance = 0;
    for (let col = 0; col < n; col++) variance += ((x[start + col] as number) - origin - mean) ** 2 / n;
    const inverse = 1 / Math.sqrt(variance + epsilon);
    inverseDeviation[row] = inverse;
    for (let col = 0; col < n; col++) y[start + col] = ((x[start + col] as number) - origin - mean) * inverse;
  }
  return { y, inverseDeviation };
}

export function normaliseGrad(
  y: Float64Array,
  inverseDeviation: Float64Array,
  dy: Float64Array,
  n: number,
): Float64Array {
  const dx = new Float64Array(y.length);
  for (const [row, inverse] of inverseDeviation.entries()) {
    const start = row * n;
    let mean = 0;
    let meanWithY = 0;
    for (let i = start; i < start + n; i++) {
      mean += (dy[i] as number) / n;
      meanWithY += ((dy[i] as number) * (y[i] as number)) / n;
    }
    for (let i = start; i < start + n; i++) {
      dx[i] = ((dy[i] as number) - mean - (y[i] as number) * meanWithY) * inverse;
    }
  }
  return dx;
}

export function softmax(x: Float64Array, n: number): Float64Array {
  const out = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += n) {
    const row = x.subarray(start, start + n);
    // Shifted by the largest entry, so that exp cannot overflow.
    const top = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    let total = 0;
    for (let col = 0; col < n; col++) total += out[start + col] = Math.exp((row[col] as number) - top);
    for (let col = 0; col < n; col++) out[start + col] = (out[start + col] as number) / total;
  }
  return out;
}

export function softmaxGrad(y: Float64Array, dy: Float64Array, n: number): Float64Array {
  const out = new Float64Array(y.length);
  for (let start = 0; start < y.length; start += n) {
    let dot = 0;
    for (let col = 0; col < n; col++) dot += (y[start + col] as number) * (dy[start + col] as number);
    for (let col = 0; col < n; col++)
      out[start + col] = (y[start + col] as number) * ((dy[start + col] as number) - dot);
  }
  return out;
}

export function softmaxCrossEntropy(
  logits: Float64Array,
  n: number,
  labels: Int32Array,
): { loss: number; grad: Float64Array } {
  const grad = softmax(logits, n);
  const counted = labels.reduce((count, label) => count + (label >= 0 ? 1 : 0), 0);
  let loss = 0;
  labels.forEach((label, row) => {
    const start = row * n;
    if (label < 0) {
      grad.fill(0, start, start + n);
      return;
    }
    // log(sum(exp)) - logit, and not -log(probability): a probability may underflow to 0.
    const line = logits.subarray(start, start + n);
    const top = line.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const total = line.reduce((sum, x) => sum + Math.exp(x - top), 0);
    loss += (Math.log(total) + top - (line[label] as number)) / counted;
    grad[start + label] = (grad[start + label] as number) - 1;
    for (let col = 0; col < n; col++) grad[start + col] = (grad[start + col] as number) / counted;
  });
  return { loss, grad };
}

export function ranks(x: Float64Array, n: number, labels: Int32Array): Float64Array {
  return Float64Array.from(labels, (label, row) => {
    if (label < 0) return -1;
    const line = x.subarray(row * n, (row + 1) * n);
    const own = line[label] as number;
    let before = 0;
    for (let col = 0; col < n; col++) {
      const other = line[col] as number;
      // Said by what comes behind, as nothing compares with NaN.
      const behind = col > label ? other <= own : other < own;
      if (col !== label && !behind) before += 1;
    }
    return before;
  });
}
