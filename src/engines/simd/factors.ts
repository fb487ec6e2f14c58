import { EngineError } from '../../errors.ts';
import { typedArrayName } from '../../realms.ts';
import type { Factor, FactorStrides, Factors } from '../ops.ts';
import { flushed } from '../trace.ts';
import { type Block, type Memory, NUMBER_BYTES } from './memory.ts';

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

/** The factors of a layer in one block. */
export class SimdFactors implements Factors {
  readonly #block: Block;
  readonly #placed: ReadonlyMap<string, PlacedFactor>;

  /** Writes the factors to memory. @throws EngineError unless the units of a row lie side by side, or share one entry */
  constructor(memory: Memory, factors: Readonly<Record<string, Factor>>) {
    const placed = new Map<string, PlacedFactor>();
    let bytes = 0;
    for (const [name, factor] of Object.entries(factors)) {
      expectUnits(name, factor);
      const place = placeAt(bytes, factor);
      placed.set(name, place);
      bytes = place.offset + factor.values.length * sizeOfEntry(place.isBytes);
    }
    this.#block = memory.allocateBlock(bytes);
    this.#placed = placed;
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
    if (this.#block.freed) throw new EngineError('simd: live factors were expected, but these were freed');
    const factor = this.#placed.get(name) as PlacedFactor;
    return { pointer: this.#block.pointer + factor.offset + gate * factor.strides.gate, factor };
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
