import type { Factor, FactorStrides } from '../engines/ops.ts';
import { ShapeError, SiteError, show } from '../errors.ts';
import { drawKeepBits } from '../random/draws.ts';
import { fold, type Key } from '../random/key.ts';
import { type Nested, rowMajor, Tensor, type TensorLike, tensor } from '../tensor/tensor.ts';
import type { SiteRule } from './scheme.ts';
import { SITES } from './sites.ts';

/** The sizes of what a plan is drawn for. */
export interface Extents {
  /** B */
  readonly batch: number;
  /** T */
  readonly time: number;
  /** I */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
  /** G: 4 for an LSTM, 3 for a GRU, 1 for a tanh RNN */
  readonly gates: number;
  /** Where these samples and steps begin, when they are a shard of a batch or a chunk of a longer sequence. */
  readonly first?: { readonly sample?: number; readonly step?: number };
}

/**
 * The mask of one site: bits with strides, and the factor that a kept value gets. An axis along which the mask is
 * shared has size 1 and stride 0: time for a mask that is fixed, gate for one that is tied.
 */
export class Mask implements Factor {
  readonly rule: SiteRule;
  readonly bits: Uint8Array;
  readonly scale: number;
  /** In memory order: gate, time, row, unit. */
  readonly sizes: FactorStrides;
  readonly strides: FactorStrides;

  constructor(rule: SiteRule, bits: Uint8Array, scale: number, sizes: FactorStrides) {
    const order = [sizes.gate, sizes.time, sizes.row, sizes.unit];
    const [gate, time, row, unit] = rowMajor(order).map((stride, axis) => (order[axis] === 1 ? 0 : stride));
    this.rule = rule;
    this.bits = bits;
    this.scale = scale;
    this.sizes = sizes;
    this.strides = { gate, time, row, unit } as FactorStrides;
  }

  /** The bits as nested arrays: [B,n], per step [B,T,n], untied [G,...], of a weight [G*H,H]. */
  toArray(): Nested {
    const { gate, time, row, unit } = this.sizes;
    const { strides } = this;
    const axes = [
      ...(this.rule.tied ? [] : [[gate, strides.gate]]),
      [row, strides.row],
      ...(this.rule.scope === 'step' ? [[time, strides.time]] : []),
      [unit, strides.unit],
    ] as [number, number][];
    const shape = axes.map(([size]) => size);
    return new Tensor(
      Float64Array.from(this.bits),
      shape,
      axes.map(([, stride]) => stride),
    ).toArray();
  }

  /** @throws ShapeError unless the mask was made for these sizes */
  expect(extents: Extents): void {
    const wanted = sizesOf(this.rule, extents);
    for (const axis of ['gate', 'time', 'row', 'unit'] as const) {
      if (this.sizes[axis] !== wanted[axis]) {
        throw new ShapeError(
          `plan: a mask for '${this.rule.site}' with ${wanted[axis]} ${axis}s was expected, but this one has ${this.sizes[axis]}; draw the plan for this batch`,
        );
      }
    }
  }
}

/** Draw the mask of a site: an entry depends on the key, the site, gate, sample, unit and step, and on nothing else. */
export function drawMask(rule: SiteRule, key: Key, extents: Extents): Mask {
  const sizes = sizesOf(rule, extents);
  const bits = new Uint8Array(sizes.gate * sizes.time * sizes.row * sizes.unit);
  // A weight's rows are not samples, and are the same for every shard.
  const firstRow = rule.site === 'weight' ? 0 : (extents.first?.sample ?? 0);
  const siteKey = fold(key, rule.site);
  let offset = 0;
  for (let gate = 0; gate < sizes.gate; gate++) {
    const gateKey = fold(siteKey, gate);
    for (let t = 0; t < sizes.time; t++) {
      const stepKey = rule.scope === 'step' ? fold(gateKey, t + (extents.first?.step ?? 0)) : gateKey;
      for (let row = 0; row < sizes.row; row++) {
        drawKeepBits(bits, offset, sizes.unit, rule.rate, stepKey, firstRow + row);
        offset += sizes.unit;
      }
    }
  }
  return new Mask(rule, bits, trainingScale(rule), sizes);
}

/** The mask that stands for the expectation of a site, or null where that is the factor 1. */
export function meanMask(rule: SiteRule): Mask | null {
  const isIdentity = SITES[rule.site].kind === 'multiplies' && rule.scaling === 'inverted';
  return isIdentity ? null : new Mask(rule, Uint8Array.of(1), 1 - rule.rate, { gate: 1, time: 1, row: 1, unit: 1 });
}

/** A mask from nested bits in the layout of {@link Mask.toArray}. */
export function givenMask(rule: SiteRule, values: TensorLike): Mask {
  const { site, scope, tied } = rule;
  const { data, shape } = tensor(values);
  const letters = [...(tied ? [] : ['G']), site === 'weight' ? 'G*H' : 'B', ...(scope === 'step' ? ['T'] : []), 'n'];
  if (shape.length !== letters.length) {
    throw new ShapeError(`${site}: a mask of shape [${letters}] was expected, but shape [${shape}] came`);
  }
  const sizes = [...shape];
  const gate = tied ? 1 : (sizes.shift() as number);
  const row = sizes.shift() as number;
  const time = scope === 'step' ? (sizes.shift() as number) : 1;
  const unit = sizes.shift() as number;
  const bad = data.find((bit) => bit !== 0 && bit !== 1);
  if (bad !== undefined)
    throw new SiteError(`${site}: mask entries 0 (drop) or 1 (keep) were expected, but ${show(bad)} came`);
  // From [G,B,T,n] as given to [G,T,B,n] as a step is read.
  const given = new Tensor(data, [gate, time, row, unit], [row * time * unit, unit, time * unit, 1]);
  return new Mask(rule, Uint8Array.from(given.toFlat()), trainingScale(rule), { gate, time, row, unit });
}

function trainingScale({ site, rate, scaling }: SiteRule): number {
  return SITES[site].kind === 'multiplies' && scaling === 'inverted' ? 1 / (1 - rate) : 1;
}

function sizesOf({ site, scope, tied }: SiteRule, extents: Extents): FactorStrides {
  const { batch, time, inputSize, hiddenSize, gates } = extents;
  return {
    gate: tied ? 1 : gates,
    time: scope === 'step' ? time : 1,
    row: site === 'weight' ? gates * hiddenSize : batch,
    unit: SITES[site].width === 'input' ? inputSize : hiddenSize,
  };
}
