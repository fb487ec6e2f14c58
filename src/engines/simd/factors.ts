import { EngineError } from '../../errors.ts';
import type { Factor, FactorStrides, Factors } from '../ops.ts';
import type { Block } from './memory.ts';

/** A factor in memory, a byte an entry. */
export interface PlacedFactor extends Pick<Factor, 'scale' | 'strides'> {
  /** Where its bits begin in the block. */
  readonly offset: number;
}

/** The factors of a layer in one block. */
export class SimdFactors implements Factors {
  readonly #block: Block;
  readonly #placed: ReadonlyMap<string, PlacedFactor>;

  constructor(block: Block, placed: ReadonlyMap<string, PlacedFactor>) {
    this.#block = block;
    this.#placed = placed;
  }

  get names(): readonly string[] {
    return [...this.#placed.keys()];
  }

  has(name: string): boolean {
    return this.#placed.has(name);
  }

  /** Of a factor that is there. */
  strides(name: string): FactorStrides {
    return (this.#placed.get(name) as PlacedFactor).strides;
  }

  /** The bits of a gate, by pointer. @throws EngineError after they were freed */
  get(name: string, gate: number): { readonly pointer: number; readonly factor: PlacedFactor } {
    if (this.#block.freed) throw new EngineError('simd: live factors were expected, but these were freed');
    const factor = this.#placed.get(name) as PlacedFactor;
    return { pointer: this.#block.pointer + factor.offset + gate * factor.strides.gate, factor };
  }
}

/** @throws EngineError unless the units of a row lie side by side, or share one bit */
export function expectUnits(name: string, { strides }: Factor): void {
  if (strides.unit > 1) {
    throw new EngineError(
      `simd: units side by side were expected in the factor '${name}', but they are ${strides.unit} apart; lay it out row by row`,
    );
  }
}
