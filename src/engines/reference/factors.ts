import { EngineError } from '../../errors.ts';
import type { Factor, Factors, FactorUse, Steps } from '../ops.ts';
import type { Freeable } from './memory.ts';

/** Factors need no copy here: the numbers are read where they were drawn. */
export class FactorTable implements Factors {
  readonly storage: Freeable = { freed: false };
  readonly #table: Readonly<Record<string, Factor>>;

  constructor(table: Readonly<Record<string, Factor>>) {
    this.#table = table;
  }

  get names(): readonly string[] {
    return Object.keys(this.#table);
  }

  /** @throws EngineError after they were freed */
  get(name: string): Factor | undefined {
    if (this.storage.freed) throw new EngineError('reference: live factors were expected, but these were freed');
    return this.#table[name];
  }
}

/** Fill `out` with the factors of one row, for the units 0 .. out.length - 1. */
export function loadFactorRow(
  out: Float64Array,
  { values, scale, strides }: Factor,
  gate: number,
  t: number,
  row: number,
): void {
  const start = gate * strides.gate + t * strides.time + row * strides.row;
  for (let unit = 0; unit < out.length; unit++) out[unit] = (values[start + unit * strides.unit] as number) * scale;
}

/** x [R,N] ⊙ the factor of a gate; x itself where there is none. */
export function applyFactor(x: Float64Array, rows: number, use: FactorUse | undefined, gate: number): Float64Array {
  const factor = use && factorOf(use);
  if (!factor) return x;
  const width = x.length / rows;
  const out = new Float64Array(x.length);
  const line = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    const { t, sample } = placeOf(row, rows, use);
    loadFactorRow(line, factor, gate, t, sample);
    for (let unit = 0; unit < width; unit++) {
      out[row * width + unit] = (x[row * width + unit] as number) * (line[unit] as number);
    }
  }
  return out;
}

export function factorOf({ factors, name }: { factors: Factors; name: string }): Factor | undefined {
  return (factors as FactorTable).get(name);
}

/** Which step and sample a row is: see {@link Steps}. */
export function placeOf(row: number, rows: number, { t = 0, batch = rows }: Steps): { t: number; sample: number } {
  return { t: t + Math.floor(row / batch), sample: row % batch };
}
