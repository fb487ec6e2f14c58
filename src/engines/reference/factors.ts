import { expectObject, partsOf, readable } from '../../checks.ts';
import { EngineError, OptionError, show } from '../../errors.ts';
import { typedArrayName } from '../../realms.ts';
import type { Factor, Factors, FactorUse, Steps } from '../ops.ts';
import type { Freeable } from './memory.ts';

/** Factors need no copy here: the numbers are read where they were drawn. */
export class FactorTable implements Factors {
  readonly storage: Freeable = { freed: false };
  readonly #table: Readonly<Record<string, Factor>>;

  constructor(table: Readonly<Record<string, Factor>>) {
    expectObject('uploadFactors', table);
    for (const [name, factor] of Object.entries(table)) expectFactor(name, factor);
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

/** @throws OptionError unless it is a factor */
function expectFactor(name: string, factor: Factor): void {
  const fits = readable('uploadFactors', () => {
    const { values, scale, strides } = Object(factor) as Factor;
    const { gate, time, row, unit } = Object(strides) as Factor['strides'];
    const numbers = [scale, gate, time, row, unit];
    return typedArrayName(values) !== undefined && numbers.every((value) => typeof value === 'number');
  });
  if (fits) return;
  throw new OptionError(`uploadFactors: { values, scale, strides } was expected as ${name}, but ${show(factor)} came`);
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

export function factorOf(use: { factors: Factors; name: string }): Factor | undefined {
  const { factors, name } = partsOf<typeof use>('reference', use, 'factors', 'name');
  if (typeof name !== 'string') {
    throw new OptionError(`reference: the name of a factor was expected, but ${show(name)} came; see FactorUse`);
  }
  if (factors instanceof FactorTable) return factors.get(name);
  throw new EngineError(
    `reference: factors of this engine were expected, but ${show(factors)} came; see uploadFactors()`,
  );
}

/** Which step and sample a row is: see {@link Steps}. */
export function placeOf(row: number, rows: number, { t = 0, batch = rows }: Steps): { t: number; sample: number } {
  return { t: t + Math.floor(row / batch), sample: row % batch };
}
