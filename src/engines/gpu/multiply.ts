import { expectSize, expectWidth } from '../operand-checks.ts';
import type { FactorUse, Handle, Ops, ProductTerms } from '../ops.ts';
import { matrix } from './kernel-call.ts';
import { addKernel, joinKernel, maskKernel } from './kernels/kernels.ts';
import { columnsByColumns, rowsByColumns, rowsByRows } from './kernels/products.ts';
import type { GpuFactors, PlacedFactor } from './memory/factors.ts';
import { expectGpuHandle } from './memory/handles.ts';
import type { Planner } from './planner.ts';

/**
 * The products, composed of plain ones: a factor is applied before or after by a pass over the smaller side, and where
 * each gate has a mask of its own there is a product for each gate.
 */
export class Multiplier {
  readonly #ops: Pick<Ops, 'rows' | 'concat' | 'release' | 'reshape'>;
  readonly #planner: Planner;

  constructor(ops: Pick<Ops, 'rows' | 'concat' | 'release' | 'reshape'>, planner: Planner) {
    this.#ops = ops;
    this.#planner = planner;
  }

  project(x: Handle, w: Handle, { factor, plus, bias }: NonNullable<Parameters<Ops['project']>[2]>): Handle {
    const [m = 0, n = 0] = w.shape;
    expectWidth('project', x, n);
    expectSize('project: plus', plus, expectGpuHandle(x).rows * m);
    expectSize('project: bias', bias, m);
    const gates = gatesOf(factor);
    if (gates === 1) {
      return this.#masked(x, factor, 0, (input) => {
        const addends = { bias: bias !== undefined, plus: plus !== undefined };
        const spec = this.#planner.spec(`rowsByRows ${n} ${addends.bias} ${addends.plus}`, (dialect) =>
          rowsByRows(dialect, n, addends),
        );
        const added = [bias, plus].flatMap((term) => (term ? [matrix(term)] : []));
        return this.#planner.plan(spec, [...x.shape.slice(0, -1), m], [matrix(input), matrix(w), ...added], []);
      });
    }
    const parts = slices(gates, m).map(({ from, to }, gate) => {
      const rows = this.#ops.rows(w, from, to);
      const part = bias ? { bias: this.#ops.rows(bias, from, to) } : {};
      return this.#masked(x, factor, gate, (input) => this.project(input, rows, part));
    });
    const inputs = Object.fromEntries(parts.map((part, i) => [`p${i}`, part]));
    const joined = this.#planner.run(joinKernel(gates), { inputs }).y as Handle;
    this.#ops.release(parts);
    return plus ? this.#planner.spend(joined, (sum) => this.#added(sum, plus)) : joined;
  }

  projectInputGrad(dy: Handle, w: Handle, { factor, plus }: ProductTerms): Handle {
    const [m = 0, n = 0] = w.shape;
    expectWidth('projectInputGrad', dy, m);
    expectSize('projectInputGrad: plus', plus, expectGpuHandle(dy).rows * n);
    if (!factor || !placeOf(factor)) return this.#rowsByColumns(dy, 0, w, plus);
    return slices(gatesOf(factor), m).reduce<Handle | undefined>((sum, { from, to }, gate) => {
      const part = this.#planner.spend(this.#rowsByColumns(dy, from, this.#ops.rows(w, from, to)), (grad) =>
        this.#applied(grad, factor, gate),
      );
      if (!sum) return part;
      const total = this.#planner.spend(part, (term) => this.#added(term, sum));
      if (sum !== plus) this.#ops.release([sum]);
      return total;
    }, plus) as Handle;
  }

  projectWeightGrad(dy: Handle, x: Handle, { factor }: Pick<ProductTerms, 'factor'>): Handle {
    const spec = this.#planner.spec('columnsByColumns', columnsByColumns);
    const count = expectGpuHandle(x).rows;
    expectSize('projectWeightGrad: dy', dy, count * expectGpuHandle(dy).width);
    const parts = slices(gatesOf(factor), dy.shape.at(-1) ?? 0).map(({ from, to }, gate) =>
      this.#masked(x, factor, gate, (input) =>
        this.#planner.plan(spec, [to - from, x.shape.at(-1) ?? 0], [matrix(dy), matrix(input)], [from, count]),
      ),
    );
    if (parts.length === 1) return parts[0] as Handle;
    const joined = this.#ops.concat(parts);
    this.#ops.release(parts);
    return joined;
  }

  #rowsByColumns(dy: Handle, from: number, w: Handle, plus?: Handle): Handle {
    const [inner = 0, n = 0] = w.shape;
    const added = plus !== undefined;
    const spec = this.#planner.spec(`rowsByColumns ${inner} ${added}`, (dialect) =>
      rowsByColumns(dialect, inner, { bias: false, plus: added }),
    );
    const operands = [matrix(dy), matrix(w), ...(plus ? [matrix(plus)] : [])];
    return this.#planner.plan(spec, [...dy.shape.slice(0, -1), n], operands, [from]);
  }

  /** What is made of x under the factor of a gate, or of x itself where there is none. */
  #masked(x: Handle, factor: FactorUse | undefined, gate: number, use: (input: Handle) => Handle): Handle {
    return factor && placeOf(factor) ? this.#planner.spend(this.#applied(x, factor, gate), use) : use(x);
  }

  #applied(x: Handle, { factors, name, firstGate = 0, ...steps }: FactorUse, gate: number): Handle {
    return this.#planner.run(maskKernel(name, firstGate + gate), { ...steps, factors, inputs: { x } }).y as Handle;
  }

  #added(x: Handle, plus: Handle): Handle {
    const sum = this.#planner.run(addKernel(), { inputs: { x, plus: this.#ops.reshape(plus, x.shape) } });
    return sum.y as Handle;
  }
}

function placeOf({ factors, name }: FactorUse): PlacedFactor | undefined {
  return (factors as GpuFactors).placed.get(name);
}

/** How many products a factor makes necessary: one for each gate where the gates differ. */
function gatesOf(factor: FactorUse | undefined): number {
  const placed = factor && placeOf(factor);
  return factor && placed && placed.gate > 0 ? factor.gates : 1;
}

/** The range of each gate in a number of rows or columns. */
function slices(gates: number, size: number): readonly { readonly from: number; readonly to: number }[] {
  const width = size / gates;
  return Array.from({ length: gates }, (_, gate) => ({ from: gate * width, to: (gate + 1) * width }));
}
