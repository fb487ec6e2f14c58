import { EngineError } from '../../errors.ts';
import { typedArrayName } from '../../realms.ts';
import type { Factor, FactorStrides, Factors } from '../ops.ts';
import { flushed } from '../trace.ts';
import { type Block, type Memory, NUMBER_BYTES } from './memory.ts';
import type { Layout } from './module.ts';

/** A factor in memory: a byte an entry, or a number where values are not 0 or 1. */
export interface PlacedFactor {
  /** Where its entries begin in the block, in bytes. */
  readonly offset: number;
  readonly isBytes: boolean;
  /** What bytes are multiplied with; numbers have it in them. */
  readonly scale: number;
  /** In bytes. */
  readonly strides: FactorStrides;
}

/**
 * The units that a factor keeps at a gate, where the samples share them: for products that leave out the others. Bytes of all
 * units are there as well.
 */
export interface KeptUnits {
  /** The list of step 0, and how far apart those of steps are, in bytes: see assembly/kept.ts. */
  readonly list: number;
  readonly time: number;
  /** How many units there are, and how many are kept, on average over the steps. */
  readonly units: number;
  readonly count: number;
  /** What the list is a part of: it is freed with it. */
  readonly block: Block;
}

/** The factors of a layer in one block. */
export class SimdFactors implements Factors {
  readonly #block: Block;
  readonly #placed: ReadonlyMap<string, PlacedFactor>;
  /** For each gate, or one for all. */
  readonly #kept: ReadonlyMap<string, readonly KeptUnits[]>;

  /** Writes the factors to memory. @throws EngineError unless the units of a row lie side by side, or share one entry */
  constructor(
    memory: Memory,
    { panelColumns }: Pick<Layout, 'panelColumns'>,
    factors: Readonly<Record<string, Factor>>,
  ) {
    const placed = new Map<string, PlacedFactor>();
    const kept = new Map<string, readonly KeptUnits[]>();
    const lists: { readonly name: string; readonly offset: number; readonly units: number }[] = [];
    let bytes = 0;
    for (const [name, factor] of Object.entries(factors)) {
      expectUnits(name, factor);
      const place = placeAt(bytes, factor);
      placed.set(name, place);
      bytes = place.offset + factor.values.length * sizeOfEntry(place.isBytes);
      const units = sharedUnits(factor, place);
      if (units === 0) continue;
      const offset = Math.ceil(bytes / NUMBER_BYTES) * NUMBER_BYTES;
      lists.push({ name, offset, units });
      bytes = offset + (factor.values.length / units) * listBytes(units);
    }
    this.#block = memory.allocateBlock(bytes);
    this.#placed = placed;
    this.#kept = kept;
    for (const [name, { values, scale }] of Object.entries(factors)) {
      const { offset, isBytes } = placed.get(name) as PlacedFactor;
      const pointer = this.#block.pointer + offset;
      if (isBytes) memory.settledBytes().set(values, pointer);
      else {
        // Scaled here, and rounded once: every engine of float32 has the same number then.
        memory.settledNumbers().set(
          values.map((value) => flushed(value * scale)),
          pointer / NUMBER_BYTES,
        );
      }
    }
    for (const { name, offset, units } of lists) {
      const [words, rowBytes] = [memory.settledIntegers(), panelColumns * NUMBER_BYTES];
      kept.set(name, writeLists(words, this.#block, offset, factors[name] as Factor, units, rowBytes));
    }
  }

  get names(): readonly string[] {
    return [...this.#placed.keys()];
  }

  /** Where a factor lies, or nothing if it was not uploaded. */
  place(name: string): PlacedFactor | undefined {
    return this.#placed.get(name);
  }

  /** The entries of a gate, by pointer. @throws EngineError after they were freed */
  get(name: string, gate: number): { readonly pointer: number; readonly factor: PlacedFactor } {
    const factor = this.#placed.get(name) as PlacedFactor;
    return { pointer: this.#live.pointer + factor.offset + gate * factor.strides.gate, factor };
  }

  /** The units that a gate keeps of so many, where they are the same for all rows of a step: null where they are not. */
  kept(name: string, gate: number, units: number): KeptUnits | null {
    const gates = this.#kept.get(name);
    const kept = gates && (gates.length === 1 ? gates[0] : gates[gate]);
    return kept?.units === units ? kept : null;
  }

  get #live(): Block {
    if (this.#block.freed) throw new EngineError('simd: live factors were expected, but these were freed');
    return this.#block;
  }
}

/** @param bytes how many of the block are taken */
function placeAt(bytes: number, { values, scale, strides }: Factor): PlacedFactor {
  const isBytes = typedArrayName(values) === 'Uint8Array';
  const size = sizeOfEntry(isBytes);
  const { gate, time, row, unit } = strides;
  return {
    offset: Math.ceil(bytes / size) * size,
    isBytes,
    scale: isBytes ? scale : 1,
    strides: { gate: gate * size, time: time * size, row: row * size, unit: unit * size },
  };
}

function sizeOfEntry(isBytes: boolean): number {
  return isBytes ? 1 : NUMBER_BYTES;
}

function expectUnits(name: string, { strides }: Factor): void {
  if (strides.unit > 1) {
    throw new EngineError(
      `simd: units side by side were expected in the factor '${name}', but they are ${strides.unit} apart; lay it out row by row`,
    );
  }
}

/** How many units a list of a factor is of: 0 where it has none, as it is not 0 or 1 for each unit, the same for all rows. */
function sharedUnits({ values, strides }: Factor, { isBytes }: PlacedFactor): number {
  const { gate, time, row, unit } = strides;
  const units = time || gate || values.length;
  if (!isBytes || row !== 0 || unit !== 1 || gate % units !== 0 || values.length % (gate || units) !== 0) return 0;
  return values.some((value) => value > 1) ? 0 : units;
}

/** A count, and a word for each unit that there may be. */
function listBytes(units: number): number {
  return (1 + units) * NUMBER_BYTES;
}

/**
 * A list for each gate and step: see assembly/kept.ts.
 * @param offset where they begin in the block, in bytes
 * @param rowBytes of a row of a panel
 */
function writeLists(
  words: Int32Array,
  block: Block,
  offset: number,
  { values, strides }: Factor,
  units: number,
  rowBytes: number,
): KeptUnits[] {
  const found: KeptUnits[] = [];
  const ofGate = strides.gate || values.length;
  const time = strides.time > 0 ? listBytes(units) : 0;
  let pointer = block.pointer + offset;
  for (let gate = 0; gate < values.length; gate += ofGate) {
    const list = pointer;
    let all = 0;
    for (let from = gate; from < gate + ofGate; from += units) {
      const start = pointer / NUMBER_BYTES;
      let count = 0;
      for (let i = 0; i < units; i++) if (values[from + i] === 1) words[start + ++count] = i * rowBytes;
      words[start] = count;
      all += count;
      pointer += listBytes(units);
    }
    found.push({ list, time, units, count: (all * units) / ofGate, block });
  }
  return found;
}
