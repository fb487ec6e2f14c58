import { EngineError } from '../../../errors.ts';
import type { Factor, Factors } from '../../ops.ts';
import { flushed } from '../../trace.ts';
import type { FactorForm } from '../kernels/kernel-program.ts';
import type { LazyBuffer } from './lazy-buffer.ts';

/** Rows of masks of one width, as numbers. */
interface Table {
  readonly buffer: LazyBuffer;
  readonly width: number;
  readonly rows: number;
}

/** A factor in its table: the strides count rows. */
export interface PlacedFactor extends FactorForm {
  /** Of the number, where there is no table. */
  readonly value: number;
  readonly base: number;
  readonly gate: number;
  readonly time: number;
  readonly row: number;
}

/**
 * The factors of a layer as few tables: rows of one width lie in one, since a kernel takes few arrays. A mask that is
 * fixed over time keeps its one row a sample; an expectation, which is one number for all, is no table at all.
 */
export class GpuFactors implements Factors {
  readonly #tables: readonly Table[];
  readonly #placed: ReadonlyMap<string, PlacedFactor>;

  /** @param hold keeps numbers on the engine */
  constructor(factors: Readonly<Record<string, Factor>>, hold: (values: Float32Array) => LazyBuffer) {
    const widths: number[] = [];
    const parts: Factor[][] = [];
    const rows: number[] = [];
    const placed = new Map<string, PlacedFactor>();
    for (const [name, factor] of Object.entries(factors)) {
      const { gate, time, row, unit } = factor.strides;
      const nothing = { base: 0, gate: 0, time: 0, row: 0, shared: false };
      if (gate === 0 && time === 0 && row === 0 && unit === 0) {
        placed.set(name, { ...nothing, table: null, value: flushed((factor.values[0] as number) * factor.scale) });
        continue;
      }
      const width = widthOf(name, factor);
      const table = widths.includes(width) ? widths.indexOf(width) : widths.push(width) - 1;
      const base = rows[table] ?? 0;
      parts[table] = [...(parts[table] ?? []), factor];
      rows[table] = base + factor.values.length / width;
      const inRows = { base, gate: gate / width, time: time / width, row: row / width };
      placed.set(name, { table, value: 1, ...inRows, shared: unit === 0 });
    }
    this.#placed = placed;
    this.#tables = widths.map((width, table) => {
      const total = rows[table] as number;
      const products = new Float32Array(total * width);
      let next = 0;
      for (const { values, scale } of parts[table] as Factor[]) {
        for (const value of values) products[next++] = flushed(value * scale);
      }
      return { buffer: hold(products), width, rows: total };
    });
  }

  get names(): readonly string[] {
    return [...this.#placed.keys()];
  }

  /** The places of the factors that a kernel may read. */
  get placed(): ReadonlyMap<string, PlacedFactor> {
    return this.#placed;
  }

  /** @throws EngineError after they were freed */
  get tables(): readonly Table[] {
    if (this.#tables.some(({ buffer }) => buffer.released))
      throw new EngineError('gpu: live factors were expected, but these were freed');
    return this.#tables;
  }
}

/** How many units lie in a row of the values. */
function widthOf(name: string, { values, strides }: Factor): number {
  const { gate, time, row, unit } = strides;
  const steps = [gate, time, row].filter((stride) => stride > 0);
  const width = unit === 0 ? 1 : Math.min(values.length, ...steps);
  if (unit > 1 || values.length % width !== 0 || steps.some((stride) => stride % width !== 0)) {
    throw new EngineError(
      `gpu: rows of units were expected in the factor '${name}', but its strides are ${gate}, ${time}, ${row}, ${unit}; lay it out gate by gate, step by step, row by row`,
    );
  }
  return width;
}
