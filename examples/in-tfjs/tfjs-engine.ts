/** What keepgate's recurrent layers compute with, as operations of TensorFlow.js: at once, on whatever backend it has. */
import * as tf from '@tensorflow/tfjs';
import type { Algebra, Factor, Factors, FactorUse, Handle, Indices, Kernel, Ops, Shape, Steps } from 'keepgate';

/** A tensor as keepgate sees it. Which tensor it is may change: TensorFlow.js keeps copies of what a gradient needs. */
export interface TfjsHandle extends Handle {
  tensor: tf.Tensor;
}

interface TfjsFactors extends Factors {
  readonly table: Readonly<Record<string, Factor>>;
}

/** What `lstm`, `gru`, `rnn` and `bidirectional` ask of an engine. Nothing here needs to wait but `read`, which they never call. */
export class TfjsEngine
  implements
    Pick<Ops, 'name' | 'dtype' | 'usable' | 'upload' | 'uploadIndices' | 'uploadFactors' | 'zeros' | 'read'>,
    Pick<Ops, 'at' | 'rows' | 'reshape' | 'concat' | 'reverse' | 'gather' | 'scatterAdd' | 'openScope' | 'release'>,
    Pick<Ops, 'project' | 'projectInputGrad' | 'projectWeightGrad' | 'sumRows' | 'sum' | 'run'>
{
  readonly name = 'tfjs';
  readonly dtype = 'float32';
  readonly usable = true;
  /** All that were made: what a gradient may need. */
  readonly handles: TfjsHandle[] = [];

  describe(): string {
    return `tfjs: TensorFlow.js ${tf.version_core}, backend ${tf.getBackend()}`;
  }

  of(tensor: tf.Tensor): TfjsHandle {
    const handle = { tensor, shape: tensor.shape };
    this.handles.push(handle);
    return handle;
  }

  upload(values: ArrayLike<number>, shape: Shape): Handle {
    return this.of(tf.tensor(Float32Array.from(values), [...shape], 'float32'));
  }

  uploadIndices(values: ArrayLike<number>, shape: Shape): Indices {
    return { ...this.of(tf.tensor(Int32Array.from(values), [...shape], 'int32')), indices: true } as Indices &
      TfjsHandle;
  }

  /** They stay on the host: what is made of them is as wide as a mask, and not as long as a sequence. */
  uploadFactors(table: Readonly<Record<string, Factor>>): TfjsFactors {
    return { names: Object.keys(table), table };
  }

  zeros(shape: Shape): Handle {
    return this.of(tf.zeros([...shape]));
  }

  async read(x: Handle): Promise<Float64Array> {
    return Float64Array.from(await tensorOf(x).data());
  }

  /** TensorFlow.js frees what is made in a layer's `call` when it ends. */
  openScope(): ReturnType<Ops['openScope']> {
    return { run: (work) => work(), keep: () => {}, dispose: () => {} };
  }

  release(): void {}

  at(x: Handle, t: number): Handle {
    return this.reshape(this.rows(x, t, t + 1), x.shape.slice(1));
  }

  rows(w: Handle, from: number, to: number): Handle {
    return this.of(tf.slice(tensorOf(w), [from], [to - from]));
  }

  reshape(x: Handle, shape: Shape): Handle {
    return this.of(tf.reshape(tensorOf(x), [...shape]));
  }

  concat(parts: readonly Handle[]): Handle {
    return this.of(parts.length === 1 ? tensorOf(parts[0] as Handle).clone() : tf.concat(parts.map(tensorOf), 0));
  }

  reverse(x: Handle, lengths: Indices | null): Handle {
    if (lengths) throw new Error('reverse: sequences of one length were expected, but lengths came; cut them');
    return this.of(tf.reverse(tensorOf(x), 0));
  }

  /** Ids of steps, none of them -1: sequences of no steps do not come here. */
  gather(table: Handle, ids: Indices): Handle {
    return this.of(tf.gather(tensorOf(table), tensorOf(ids) as tf.Tensor1D));
  }

  scatterAdd(dy: Handle, ids: Indices, rows: number): Handle {
    return this.of(tf.unsortedSegmentSum(tensorOf(dy), tensorOf(ids) as tf.Tensor1D, rows));
  }

  project(x: Handle, w: Handle, { factor, bias, plus }: Parameters<Ops['project']>[2] = {}): Handle {
    const weights = tensorOf(w) as tf.Tensor2D;
    const parts = gatesOf(factor, weights.shape[0]).map(({ gate, from, to }) =>
      tf.matMul(rowsOf(masked(tensorOf(x), factor, gate)), tf.slice(weights, [from], [to - from]), false, true),
    );
    const product = parts.length === 1 ? (parts[0] as tf.Tensor) : tf.concat(parts, 1);
    const terms = [bias, plus].flatMap((term) => (term ? [rowsOf(tensorOf(term))] : []));
    const sum = terms.reduce<tf.Tensor>((sum, term) => tf.add(sum, term), product);
    return this.of(sum.reshape([...x.shape.slice(0, -1), weights.shape[0]]));
  }

  projectInputGrad(dy: Handle, w: Handle, { factor, plus }: Parameters<Ops['projectInputGrad']>[2] = {}): Handle {
    const [gradient, weights] = [rowsOf(tensorOf(dy)), tensorOf(w) as tf.Tensor2D];
    const shape = [...dy.shape.slice(0, -1), weights.shape[1]];
    const parts = gatesOf(factor, weights.shape[0]).map(({ gate, from, to }) => {
      const rows = tf.matMul(tf.slice(gradient, [0, from], [-1, to - from]), tf.slice(weights, [from], [to - from]));
      return masked(rows.reshape(shape), factor, gate);
    });
    return this.of(tf.addN([...parts, ...(plus ? [tensorOf(plus).reshape(shape)] : [])]));
  }

  projectWeightGrad(dy: Handle, x: Handle, { factor }: Parameters<Ops['projectWeightGrad']>[2] = {}): Handle {
    const gradient = rowsOf(tensorOf(dy));
    const parts = gatesOf(factor, gradient.shape[1]).map(({ gate, from, to }) =>
      tf.matMul(tf.slice(gradient, [0, from], [-1, to - from]), rowsOf(masked(tensorOf(x), factor, gate)), true, false),
    );
    return this.of(parts.length === 1 ? (parts[0] as tf.Tensor) : tf.concat(parts, 0));
  }

  sumRows(x: Handle): Handle {
    return this.of(tf.sum(rowsOf(tensorOf(x)), 0));
  }

  sum(x: Handle): Handle {
    return this.of(tf.sum(tensorOf(x)).reshape([1]));
  }

  /** A kernel's body works on whatever its algebra is of: here on tensors, a segment each. */
  run: Ops['run'] = (definition, args) => {
    const { inputs, factors = {}, outputs, scalars = [], body } = definition as Kernel;
    const given: Record<string, Handle> = args.inputs;
    const sizes = Object.entries(inputs).map(([name, segments]) => {
      const shape = (given[name] as Handle).shape;
      return { name, segments, outer: shape.slice(0, -1), width: (shape.at(-1) ?? 0) / segments.length };
    });
    const { outer, width } = sizes.reduce((most, one) => (size(one.outer) > size(most.outer) ? one : most));
    const values: Record<string, tf.Tensor> = { live: tf.scalar(1) };
    for (const { name, segments } of sizes) {
      const parts = tf.split(rowsOf(tensorOf(given[name] as Handle)), segments.length, 1);
      for (const [i, segment] of segments.entries()) values[segment] = parts[i] as tf.Tensor;
    }
    for (const name of scalars) values[name] = tf.scalar((args.scalars as Record<string, number>)[name] as number);
    for (const [name, gate] of Object.entries(factors)) {
      const factor = (args.factors as TfjsFactors | undefined)?.table[name];
      values[name] = factor ? rowsOfFactor(factor, gate, { rows: size(outer), width }, args) : tf.scalar(1);
    }
    const results: Record<string, tf.Tensor> = body(ALGEBRA, values);
    const joined = Object.entries(outputs).map(([name, segments]) => {
      const parts = segments.map((segment) => tf.broadcastTo(results[segment] as tf.Tensor, [size(outer), width]));
      const tensor = parts.length === 1 ? (parts[0] as tf.Tensor) : tf.concat(parts, 1);
      return [name, this.of(tensor.reshape([...outer, segments.length * width]))] as const;
    });
    return Object.fromEntries(joined) as never;
  };
}

const ALGEBRA: Algebra<tf.Tensor> = {
  constant: (value) => tf.scalar(value),
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  sqrt: tf.sqrt,
  log: tf.log,
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  greater: (x, y) => tf.cast(tf.greater(x, y), 'float32'),
  blend: (keep, fresh, old) => tf.add(tf.mul(keep, fresh), tf.mul(tf.sub(1, keep), old)),
};

export function tensorOf(handle: Handle): tf.Tensor {
  return (handle as TfjsHandle).tensor;
}

function size(shape: Shape): number {
  return shape.reduce((product, length) => product * length, 1);
}

function rowsOf(x: tf.Tensor): tf.Tensor2D {
  return x.reshape([-1, x.shape.at(-1) ?? 1]);
}

/** The columns of a product with M columns: all at once, or one gate's after the other where each has a factor. */
function gatesOf(use: FactorUse | undefined, columns: number): { gate: number; from: number; to: number }[] {
  const factor = factorOf(use);
  if (!use || !factor || factor.strides.gate === 0) return [{ gate: 0, from: 0, to: columns }];
  const width = columns / use.gates;
  return Array.from({ length: use.gates }, (_, k) => ({
    gate: (use.firstGate ?? 0) + k,
    from: k * width,
    to: (k + 1) * width,
  }));
}

function factorOf(use: FactorUse | undefined): Factor | undefined {
  return use && (use.factors as TfjsFactors).table[use.name];
}

/** x [..., N] ⊙ the factor of a gate. */
function masked(x: tf.Tensor, use: FactorUse | undefined, gate: number): tf.Tensor {
  const factor = factorOf(use);
  if (!use || !factor) return x;
  const width = x.shape.at(-1) ?? 0;
  const rows = size(x.shape.slice(0, -1));
  return tf.mul(rowsOf(x), rowsOfFactor(factor, gate, { rows, width }, use)).reshape(x.shape);
}

/** A factor for rows of some steps, [R,N]: row r is sample r % batch at step t + floor(r / batch). */
function rowsOfFactor(
  { values, scale, strides }: Factor,
  gate: number,
  { rows, width }: { readonly rows: number; readonly width: number },
  { t = 0, batch = rows }: Steps,
): tf.Tensor {
  // Of what is fixed in time one step is made, which the backend repeats.
  const made = strides.time === 0 ? batch : rows;
  const numbers = new Float32Array(made * width);
  for (let row = 0; row < made; row++) {
    const step = t + Math.floor(row / batch);
    const start = gate * strides.gate + step * strides.time + (row % batch) * strides.row;
    for (let unit = 0; unit < width; unit++) {
      numbers[row * width + unit] = (values[start + unit * strides.unit] as number) * scale;
    }
  }
  const one = tf.tensor2d(numbers, [made, width]);
  return made === rows ? one : tf.tile(one, [rows / made, 1]);
}
