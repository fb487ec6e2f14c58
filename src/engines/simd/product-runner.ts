import { expectBatch, expectSize, expectWidth } from '../operand-checks.ts';
import type { FactorUse, Handle, Ops, ProductTerms } from '../ops.ts';
import { type Calls, type GateFactor, multipleOf, packedBytes } from './calls.ts';
import type { KeptUnits, SimdFactors } from './factors.ts';
import { type Memory, NUMBER_BYTES, type Packed } from './memory.ts';
import type { Layout, SimdModule } from './module.ts';

/**
 * The three products of `Ops`: a call for each gate, with weights that are packed once. Where all rows have the same units dropped,
 * products leave them out: at all steps at once where the mask is fixed in time, and otherwise `project` alone, since a
 * list of rows can be skipped in packed weights as they are, and of columns not.
 */
export class ProductRunner {
  readonly #memory: Memory;
  readonly #layout: Layout;
  readonly #calls: Calls;

  constructor(memory: Memory, module: SimdModule, calls: Calls) {
    this.#memory = memory;
    this.#layout = module.build.layout;
    this.#calls = calls;
  }

  project(x: Handle, w: Handle, { factor, plus, bias }: Parameters<Ops['project']>[2] = {}): Handle {
    const [m = 0, n = 0] = w.shape;
    expectWidth('project', x, n);
    const from = this.#memory.expectHandle(x);
    const { rows, pointer } = from;
    expectSize('project: plus', plus, rows * m);
    expectSize('project: bias', bias, m);
    const added = plus ? this.#memory.expectHandle(plus) : null;
    const out = this.#memory.allocate([...x.shape.slice(0, -1), m]);
    const offset = bias ? this.#memory.expectHandle(bias) : null;
    const operands = { reads: [from, added, offset], writes: [out] };
    for (const { gate, from: first, to } of this.#gateRanges(factor, 'project', rows, m, n)) {
      const packed = this.#packed(w, first, to, 'transposed', null);
      const shift = first * NUMBER_BYTES;
      this.#calls.multiply(
        { c: out.pointer + shift, ldc: m, a: pointer, lda: n, m: rows, n: to - first, k: n },
        packed,
        {
          bias: offset ? offset.pointer + shift : 0,
          plus: added ? added.pointer + shift : 0,
          ldp: m,
        },
        gate,
        'left',
        operands,
      );
    }
    return out;
  }

  projectInputGrad(dy: Handle, w: Handle, { factor, plus }: ProductTerms = {}): Handle {
    const [m = 0, n = 0] = w.shape;
    expectWidth('projectInputGrad', dy, m);
    const gradient = this.#memory.expectHandle(dy);
    const { rows, pointer } = gradient;
    expectSize('projectInputGrad: plus', plus, rows * n);
    const addend = plus ? this.#memory.expectHandle(plus) : null;
    const out = this.#memory.allocate([...dy.shape.slice(0, -1), n]);
    const operands = { reads: [gradient, addend], writes: [out] };
    let added = addend ? addend.pointer : 0;
    for (const { gate, from, to } of this.#gateRanges(factor, 'projectInputGrad', rows, m, n)) {
      const packed = this.#packed(w, from, to, 'straight', gate?.kept ?? null);
      const a = pointer + from * NUMBER_BYTES;
      this.#calls.multiply(
        { c: out.pointer, ldc: n, a, lda: m, m: rows, n: gate?.kept?.count ?? n, k: to - from },
        packed,
        { bias: 0, plus: added, ldp: n },
        gate,
        'result',
        operands,
      );
      added = out.pointer;
    }
    return out;
  }

  projectWeightGrad(dy: Handle, x: Handle, { factor }: Pick<ProductTerms, 'factor'> = {}): Handle {
    const { width: m, rows, pointer } = this.#memory.expectHandle(dy);
    const { width: n, pointer: b } = this.#memory.expectHandle(x);
    expectSize('projectWeightGrad: x', x, rows * n);
    const out = this.#memory.allocate([m, n]);
    for (const { gate, from, to } of this.#gateRanges(factor, 'projectWeightGrad', rows, m, n)) {
      const [c, a] = [out.pointer + from * n * NUMBER_BYTES, pointer + from * NUMBER_BYTES];
      const taken = gate?.kept?.count ?? n;
      this.#calls.multiplyTransposed({ c, ldc: n, a, lda: m, m: to - from, n: taken, k: rows }, { b, ldb: n }, gate);
    }
    return out;
  }

  /**
   * Rows `from` to `to` of a weight as products read them: made once for as long as the weight lives. Kept columns alone are made once
   * for as long as the mask lives: one weight sees many masks.
   */
  #packed(w: Handle, from: number, to: number, way: Packed['way'], kept: KeptUnits | null): number {
    const { block, pointer: start, width: columns } = this.#memory.expectHandle(w);
    const rows = to - from;
    const pointer = start + from * columns * NUMBER_BYTES;
    const list = kept ? kept.list : 0;
    const owner = kept ? kept.block : block;
    owner.packed ??= [];
    const known = owner.packed.find(
      (one) =>
        one.of === block &&
        one.list === list &&
        one.pointer === pointer &&
        one.way === way &&
        one.rows === rows &&
        one.columns === columns,
    );
    if (known) return known.block.pointer;
    // A mask that outlives weights has nothing of them.
    for (const one of owner.packed) if (one.of.freed) this.#memory.give(one.block);
    owner.packed = owner.packed.filter((one) => !one.of.freed);
    const [n, k] = way === 'transposed' ? [rows, columns] : [kept ? kept.count : columns, rows];
    const made = this.#memory.take(packedBytes(n, k, this.#layout));
    this.#calls.pack(way, made.pointer, { b: pointer, ldb: columns, n, k, list });
    owner.packed.push({ of: block, list, way, pointer, rows, columns, block: made });
    return made.pointer;
  }

  /** The ranges into which a product over M columns falls: one for each gate where the gates see different factors. */
  #gateRanges(use: FactorUse | undefined, product: ProductName, rows: number, m: number, n: number): GateRange[] {
    const factors = use?.factors as SimdFactors | undefined;
    const place = use && factors?.place(use.name);
    if (!place) return [{ gate: null, from: 0, to: m }];
    expectBatch(use.name, use.batch);
    const first = use.firstGate ?? 0;
    const count = place.strides.gate > 0 ? use.gates : 1;
    const width = m / count;
    const ranges: GateRange[] = [];
    for (let k = 0; k < count; k++) {
      const units = factors?.kept(use.name, first + k, n) ?? null;
      const kept = units && this.#isFaster(product, units, rows, width, n) ? units : null;
      ranges.push({ gate: { use, gate: first + k, kept }, from: k * width, to: (k + 1) * width });
    }
    return ranges;
  }

  /**
   * Whether a product is to leave out the dropped units: this is decided by the sizes and the count of kept ones alone, and changes no
   * bit of what is finite. `project` skips rows of packed weights, by any list; the gradients skip columns, which are packed
   * without them first: so for all steps at once.
   */
  #isFaster(product: ProductName, { time, count }: KeptUnits, rows: number, m: number, n: number): boolean {
    const { panelColumns } = this.#layout;
    if (product === 'project') return multipleOf(panelColumns, m) * (n - count) > GATHER_COST * count;
    if (time > 0 || count === 0) return false;
    const saved = m * (multipleOf(panelColumns, n) - multipleOf(panelColumns, count));
    if (product === 'projectInputGrad') return saved > SCATTER_COST * count;
    return rows * saved > (GATHER_COST * rows + SCATTER_COST * m) * count;
  }
}

/** What it costs to pick a number from among those of all units, and to put one there, in multiplications of a product. */
const GATHER_COST = 12;
const SCATTER_COST = 24;

type ProductName = 'project' | 'projectInputGrad' | 'projectWeightGrad';

/** Columns that have one product, and its factor. */
interface GateRange {
  readonly gate: GateFactor | null;
  readonly from: number;
  readonly to: number;
}
