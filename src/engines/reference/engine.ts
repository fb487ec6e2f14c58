import { expectNumber, optionsOf } from '../../checks.ts';
import { sizeOf } from '../../tensor/tensor.ts';
import type { Kernel } from '../kernel.ts';
import { expectCount, expectIds, expectSize, expectSizes, expectWidth, listOf } from '../operand-checks.ts';
import type { FactorUse, Handle, Indices, KernelArgs, MemoryScope, Ops, Shape } from '../ops.ts';
import { reshaped, rowsOf, stepOf } from '../views.ts';
import { applyFactor, FactorTable, factorOf } from './factors.ts';
import { dataOf, expectReferenceHandle, idsOf, Memory, type ReferenceHandle, ReferenceIndices } from './memory.ts';
import { addDotProducts, columns, transpose } from './products.ts';
import * as tables from './row-operations.ts';
import { runKernel } from './run-kernel.ts';

/** The reference engine: float64, plain loops, slow, and the truth that other engines are compared with. */
export function createReferenceEngine(warnings: readonly string[] = []): ReferenceEngine {
  return new ReferenceEngine(warnings);
}

export class ReferenceEngine implements Ops {
  readonly name = 'reference';
  readonly dtype = 'float64';
  /** Why it is in the place of another engine, if it is. */
  readonly warnings: readonly string[];
  readonly #memory = new Memory();
  readonly #transposes = new WeakMap<ReferenceHandle, Map<string, Float64Array>>();

  constructor(warnings: readonly string[] = []) {
    this.warnings = warnings;
  }

  /** What runs here, for people. */
  describe(): string {
    return ['reference: float64 TypeScript, one thread', ...this.warnings].join('; ');
  }

  get usable(): boolean {
    return this.#memory.open;
  }

  async dispose(): Promise<void> {
    this.#memory.close();
  }

  /** Buffers that are not freed: for tests of lifetimes. */
  get liveBuffers(): number {
    return this.#memory.live;
  }

  upload(values: ArrayLike<number>, shape: Shape): Handle {
    expectCount('upload', values, shape);
    return this.#memory.allocate(shape, Float64Array.from(values));
  }

  uploadIndices(values: ArrayLike<number>, shape: Shape): Indices {
    expectCount('uploadIndices', values, shape);
    const indices = new ReferenceIndices(Int32Array.from(values), shape);
    this.#memory.track(indices.storage);
    return indices;
  }

  uploadFactors(factors: ConstructorParameters<typeof FactorTable>[0]): FactorTable {
    const table = new FactorTable(factors);
    this.#memory.track(table.storage);
    return table;
  }

  zeros(shape: Shape): Handle {
    expectSizes('zeros', shape);
    return this.#memory.allocate(shape);
  }

  async read(handle: Handle): Promise<Float64Array> {
    this.#memory.expectOpen();
    return dataOf(handle).slice();
  }

  openScope(): MemoryScope {
    return this.#memory.openScope();
  }

  release(handles: Iterable<Handle>): void {
    this.#memory.release(handles);
  }

  at(x: Handle, t: number): Handle {
    return stepOf(expectReferenceHandle(x), t);
  }

  rows(w: Handle, from: number, to: number): Handle {
    return rowsOf(expectReferenceHandle(w), from, to);
  }

  reshape(x: Handle, shape: Shape): Handle {
    return reshaped(expectReferenceHandle(x), shape);
  }

  concat(parts: readonly Handle[]): Handle {
    const list = listOf('concat', parts).map(expectReferenceHandle);
    const [, ...rest] = list[0]?.shape ?? [];
    for (const part of list) expectSize('concat', part, (part.shape[0] ?? 0) * sizeOf(rest));
    const out = this.#memory.allocate([list.reduce((total, { shape }) => total + (shape[0] ?? 0), 0), ...rest]);
    const { data } = out;
    let offset = 0;
    for (const part of list) {
      data.set(dataOf(part), offset);
      offset += sizeOf(part.shape);
    }
    return out;
  }

  reverse(x: Handle, lengths: Indices | null): Handle {
    const values = dataOf(x);
    const [time = 0, batch = 0] = x.shape;
    const valid = lengths ? idsOf(lengths) : new Int32Array(batch).fill(time);
    expectSize('reverse: lengths', lengths ?? undefined, batch);
    return this.#memory.allocate(x.shape, tables.reverse(values, time, batch, valid));
  }

  project(x: Handle, w: Handle, terms: Parameters<Ops['project']>[2] = {}): Handle {
    const { factor, plus, bias } = optionsOf('project', terms, { factor: true, plus: true, bias: true });
    const a = expectReferenceHandle(x);
    const b = expectReferenceHandle(w);
    const rows = countRows(a);
    const [m = 0, n = 0] = b.shape;
    expectWidth('project', a, n);
    expectSize('project: plus', plus, rows * m);
    expectSize('project: bias', bias, m);
    const out = this.#memory.allocate([...a.shape.slice(0, -1), m], plus && dataOf(plus).slice());
    const y = out.data;
    for (const { gate, from, to } of gatesOf(factor, m)) {
      const part = columns(y, rows, m, from, to);
      addDotProducts(
        part,
        applyFactor(a.data, rows, factor, gate),
        b.data.subarray(from * n, to * n),
        rows,
        to - from,
        n,
      );
      if (part !== y) tables.setColumns(y, rows, m, from, part);
    }
    if (bias) tables.addToRows(y, dataOf(bias));
    return out;
  }

  projectInputGrad(dy: Handle, w: Handle, terms: Parameters<Ops['projectInputGrad']>[2] = {}): Handle {
    const { factor, plus } = optionsOf('projectInputGrad', terms, { factor: true, plus: true });
    const d = expectReferenceHandle(dy);
    const rows = countRows(d);
    const [m = 0, n = 0] = expectReferenceHandle(w).shape;
    expectWidth('projectInputGrad', dy, m);
    expectSize('projectInputGrad: plus', plus, rows * n);
    const out = this.#memory.allocate([...dy.shape.slice(0, -1), n], plus && dataOf(plus).slice());
    const dx = out.data;
    for (const { gate, from, to } of gatesOf(factor, m)) {
      const part = new Float64Array(rows * n);
      const wt = this.#transposed(expectReferenceHandle(w), from, to);
      addDotProducts(part, columns(d.data, rows, m, from, to), wt, rows, n, to - from);
      tables.add(dx, applyFactor(part, rows, factor, gate));
    }
    return out;
  }

  /** Rows of w, transposed: the same at every step, and handles never change, so it is done once for a handle. */
  #transposed(w: ReferenceHandle, from: number, to: number): Float64Array {
    const n = w.shape[1] ?? 0;
    const rows = w.data.subarray(from * n, to * n);
    const known = this.#transposes.get(w) ?? new Map<string, Float64Array>();
    this.#transposes.set(w, known);
    const range = `${from}:${to}`;
    const found = known.get(range) ?? transpose(rows, to - from, n);
    known.set(range, found);
    return found;
  }

  projectWeightGrad(dy: Handle, x: Handle, terms: Parameters<Ops['projectWeightGrad']>[2] = {}): Handle {
    const { factor } = optionsOf('projectWeightGrad', terms, { factor: true });
    const d = expectReferenceHandle(dy);
    const rows = countRows(d);
    const m = d.shape.at(-1) ?? 0;
    const n = expectReferenceHandle(x).shape.at(-1) ?? 0;
    expectSize('projectWeightGrad: x', x, rows * n);
    const out = this.#memory.allocate([m, n]);
    const dw = out.data;
    for (const { gate, from, to } of gatesOf(factor, m)) {
      const dt = transpose(columns(d.data, rows, m, from, to), rows, to - from);
      const xt = transpose(applyFactor(dataOf(x), rows, factor, gate), rows, n);
      addDotProducts(dw.subarray(from * n, to * n), dt, xt, to - from, n, rows);
    }
    return out;
  }

  sumRows(x: Handle): Handle {
    const values = dataOf(x);
    const n = x.shape.at(-1) ?? 0;
    return this.#memory.allocate([n], tables.sumRows(values, n));
  }

  sum(x: Handle): Handle {
    return this.#memory.allocate([1], tables.sumRows(dataOf(x), 1));
  }

  run: Ops['run'] = (kernel, args) => {
    const results = runKernel(kernel as Kernel, args as KernelArgs<string, string>);
    const handles = Object.entries(results).map(([name, { data, shape }]) => [
      name,
      this.#memory.allocate(shape, data),
    ]);
    return Object.fromEntries(handles);
  };

  normalise(x: Handle, epsilon: number): { y: Handle; inverseDeviation: Handle } {
    expectNumber('normalise', 'epsilon', epsilon);
    const values = dataOf(x);
    const { y, inverseDeviation } = tables.normalise(values, x.shape.at(-1) ?? 1, epsilon);
    return {
      y: this.#memory.allocate(x.shape, y),
      inverseDeviation: this.#memory.allocate([inverseDeviation.length], inverseDeviation),
    };
  }

  normaliseGrad(y: Handle, inverseDeviation: Handle, dy: Handle): Handle {
    const values = dataOf(y);
    const n = y.shape.at(-1) ?? 1;
    for (const operand of [inverseDeviation, dy]) expectReferenceHandle(operand);
    expectSize('normaliseGrad: inverseDeviation', inverseDeviation, values.length / n);
    expectSize('normaliseGrad: dy', dy, values.length);
    return this.#memory.allocate(y.shape, tables.normaliseGrad(values, dataOf(inverseDeviation), dataOf(dy), n));
  }

  gather(table: Handle, ids: Indices): Handle {
    const values = dataOf(table);
    const numbers = idsOf(ids);
    const [rows = 0, n = 0] = table.shape;
    expectIds('gather', numbers, rows);
    return this.#memory.allocate([...ids.shape, n], tables.gather(values, n, numbers));
  }

  scatterAdd(dy: Handle, ids: Indices, rows: number): Handle {
    const values = dataOf(dy);
    const numbers = idsOf(ids);
    const n = dy.shape.at(-1) ?? 0;
    expectSizes('scatterAdd', [rows, n]);
    expectIds('scatterAdd', numbers, rows);
    expectSize('scatterAdd: dy', dy, numbers.length * n);
    return this.#memory.allocate([rows, n], tables.scatterAdd(values, n, numbers, rows));
  }

  softmax(x: Handle): Handle {
    const values = dataOf(x);
    return this.#memory.allocate(x.shape, tables.softmax(values, x.shape.at(-1) ?? 1));
  }

  softmaxGrad(y: Handle, dy: Handle): Handle {
    const values = dataOf(y);
    const grads = dataOf(dy);
    expectSize('softmaxGrad: dy', dy, values.length);
    return this.#memory.allocate(y.shape, tables.softmaxGrad(values, grads, y.shape.at(-1) ?? 1));
  }

  softmaxCrossEntropy(logits: Handle, labels: Indices): { loss: Handle; grad: Handle } {
    const values = dataOf(logits);
    const classes = idsOf(labels);
    const n = logits.shape.at(-1) ?? 1;
    expectIds('softmaxCrossEntropy', classes, n);
    expectSize('softmaxCrossEntropy: labels', labels, values.length / n);
    const { loss, grad } = tables.softmaxCrossEntropy(values, n, classes);
    return {
      loss: this.#memory.allocate([1], Float64Array.of(loss)),
      grad: this.#memory.allocate(logits.shape, grad),
    };
  }

  ranks(x: Handle, labels: Indices): Handle {
    const values = dataOf(x);
    const classes = idsOf(labels);
    const n = x.shape.at(-1) ?? 1;
    expectIds('ranks', classes, n);
    expectSize('ranks: labels', labels, values.length / n);
    return this.#memory.allocate([classes.length], tables.ranks(values, n, classes));
  }
}

function countRows({ shape }: ReferenceHandle): number {
  return sizeOf(shape.slice(0, -1));
}

/** The column ranges of a product with M columns: all at once, or one per gate where the factor differs by gate. */
function gatesOf(use: FactorUse | undefined, m: number): { gate: number; from: number; to: number }[] {
  const factor = use && factorOf(use);
  if (!use || !factor || factor.strides.gate === 0) return [{ gate: 0, from: 0, to: m }];
  const width = m / use.gates;
  const first = use.firstGate ?? 0;
  return Array.from({ length: use.gates }, (_, k) => ({ gate: first + k, from: k * width, to: (k + 1) * width }));
}
