import { expectWhole, MOST_NUMBERS, type OptionNames, optionsOf, readable } from '../checks.ts';
import type { Factor, FactorStrides } from '../engines/ops.ts';
import { OptionError, ShapeError, SiteError, show } from '../errors.ts';
import { drawConcrete, drawGaussian, drawKeepBits, keepBit } from '../random/draws.ts';
import { fold, type Key } from '../random/key.ts';
import { type Nested, rowMajor, sizeOf, Tensor, type TensorLike, tensor } from '../tensor/tensor.ts';
import { isNumbers } from '../tensor/typed-arrays.ts';
import { tellAcrossCopies, typedArrayName } from '../realms.ts';
import { hasTimesteps, timestepKey } from './fixed-in-time.ts';
import { type MaskRule, maskRuleOf } from './scheme.ts';
import { SITES, type SiteTraits } from './sites.ts';

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
  /** How many updates were done before: what the rate of a schedule depends on. 0 when left out. */
  readonly update?: number;
  /** The token ids [T,B], time-major: for sites whose entries belong to word types. */
  readonly tokens?: { readonly ids: Int32Array };
}

const EXTENTS: OptionNames<Extents> = {
  batch: true,
  time: true,
  inputSize: true,
  hiddenSize: true,
  gates: true,
  first: true,
  update: true,
  tokens: true,
};

/** A copy of sizes. @throws OptionError unless they are the sizes of something that a plan can be drawn for */
export function checkedExtents(who: string, extents: Extents): Extents {
  const { first = {}, tokens, ...sizes } = optionsOf(`${who}: extents`, extents, EXTENTS);
  const from = optionsOf(`${who}: extents: first`, first, { sample: true, step: true });
  expectWhole(who, 'update', sizes.update ?? 0, 0);
  for (const name of ['batch', 'time', 'inputSize', 'hiddenSize', 'gates'] as const)
    expectWhole(who, name, sizes[name], 1, MOST_NUMBERS);
  // What is counted in a word of the random generator.
  for (const name of ['sample', 'step'] as const) expectWhole(who, `first.${name}`, from[name] ?? 0, 0, MOST_NUMBERS);
  if (tokens === undefined) return { ...sizes, first: from };
  return { ...sizes, first: from, tokens: optionsOf(`${who}: extents: tokens`, tokens, { ids: true }) };
}

const AXES: OptionNames<FactorStrides> = { gate: true, time: true, row: true, unit: true };

/**
 * The mask of one site: values with strides, and the scale of a value of 1. An axis along which the mask is shared has
 * size 1 and stride 0: time for a mask that is fixed, gate for one that is tied, and what the rule shares.
 * @example
 * ```ts
 * import { key, sample, variational } from 'keepgate';
 *
 * const sizes = { batch: 2, time: 5, inputSize: 3, hiddenSize: 4, gates: 4 };
 * const mask = sample(variational({ recurrent: 0.5 }), key(1), sizes).masks.recurrent;
 * console.log(mask?.toArray()); // prints: [ [ 0, 1, 1, 0 ], [ 0, 0, 1, 0 ] ]
 * console.log(mask?.sizes, mask?.scale); // prints: { gate: 1, time: 1, row: 2, unit: 4 } 2
 * console.log(mask?.at({ gate: 3, time: 4, row: 1, unit: 0 })); // prints: 0
 * ```
 */
export class Mask implements Factor {
  static {
    tellAcrossCopies(Mask, 'Mask');
  }

  /** What it was drawn by: the site, with its rate as a number and every default filled in. */
  readonly rule: MaskRule;
  /** 0 drops and 1 keeps; numbers of other distributions are float32. */
  readonly values: Uint8Array | Float32Array;
  /** What a value of 1 stands for: 1 / (1 - p) in training with inverted scaling, 1 - p for an expectation, else 1. */
  readonly scale: number;
  /** In memory order: gate, time, row, unit. */
  readonly sizes: FactorStrides;
  /** How far apart in the values neighbours along each axis are; 0 along an axis that is shared. */
  readonly strides: FactorStrides;

  /**
   * @param values is not copied
   * @throws RateError, SiteError or OptionError when the rule is none, or a size is no whole number from 1
   * @throws ShapeError unless there is a value for each entry
   */
  constructor(rule: MaskRule, values: Uint8Array | Float32Array, scale: number, sizes: FactorStrides) {
    const given = optionsOf('mask: sizes', sizes, AXES);
    const order = [given.gate, given.time, given.row, given.unit];
    for (const size of order) expectWhole('mask', 'a size', size, 1, MOST_NUMBERS);
    const checked = maskRuleOf(rule);
    expectValuesOf(values, sizeOf(order));
    if (typeof scale !== 'number' || !Number.isFinite(scale)) {
      throw new OptionError(`mask: a finite number was expected as the scale, but ${show(scale)} came`);
    }
    const [gate, time, row, unit] = rowMajor(order).map((stride, axis) => (order[axis] === 1 ? 0 : stride));
    this.rule = checked;
    this.values = values;
    this.scale = scale;
    this.sizes = given;
    this.strides = { gate, time, row, unit } as FactorStrides;
  }

  /**
   * The value for a gate, step, row and unit, not scaled. Along an axis that is shared any index will do.
   * @throws ShapeError for an index outside of the mask
   */
  at(index: FactorStrides): number {
    const { gate, time, row, unit } = readable('mask', () => ({ ...(Object(index) as FactorStrides) }));
    const { strides, sizes } = this;
    const isInside = (at: number, size: number, stride: number): boolean =>
      Number.isInteger(at) && at >= 0 && (stride === 0 || at < size);
    const fits =
      isInside(gate, sizes.gate, strides.gate) &&
      isInside(time, sizes.time, strides.time) &&
      isInside(row, sizes.row, strides.row) &&
      isInside(unit, sizes.unit, strides.unit);
    if (!fits) {
      throw new ShapeError(
        `mask: { gate, time, row, unit } inside ${show(sizes)} was expected, but ${show(index)} came`,
      );
    }
    return this.values[gate * strides.gate + time * strides.time + row * strides.row + unit * strides.unit] as number;
  }

  /** The values as nested arrays: [B,n], per step [B,T,n], untied [G,...], of a weight [G*H,H]; shared axes have size 1. */
  toArray(): Nested {
    const { gate, time, row, unit } = this.sizes;
    const { strides } = this;
    const axes = [
      ...(this.rule.tied ? [] : [[gate, strides.gate]]),
      [row, strides.row],
      ...(hasTimesteps(this.rule) ? [[time, strides.time]] : []),
      [unit, strides.unit],
    ] as [number, number][];
    const shape = axes.map(([size]) => size);
    return new Tensor(
      Float64Array.from(this.values),
      shape,
      axes.map(([, stride]) => stride),
    ).toArray();
  }

  /** @throws ShapeError unless the mask was made for these sizes */
  expect(extents: Extents): void {
    const wanted = sizesOf(this.rule, checkedExtents('plan', extents));
    for (const axis of ['gate', 'time', 'row', 'unit'] as const) {
      if (this.sizes[axis] !== wanted[axis]) {
        throw new ShapeError(
          `plan: a mask for '${this.rule.site}' with ${wanted[axis]} ${axis}s was expected, but this one has ${this.sizes[axis]}; draw the plan for this batch`,
        );
      }
    }
  }
}

/** @throws ShapeError unless it is an array that masks have, with so many values */
function expectValuesOf(values: Mask['values'], count: number): void {
  const name = typedArrayName(values);
  if (name !== 'Uint8Array' && name !== 'Float32Array') {
    throw new ShapeError(`mask: a Uint8Array or a Float32Array was expected as the values, but ${show(values)} came`);
  }
  if (values.length !== count) throw new ShapeError(`mask: ${count} values were expected, but ${values.length} came`);
}

/** Draw the mask of a site: an entry depends on the key, the stream, gate, sample, unit (or word type) and step alone. */
export function drawMask(rule: MaskRule, key: Key, extents: Extents): Mask {
  const sizes = sizesOf(rule, extents);
  const siteKey = fold(key, rule.stream);
  if (SITES[rule.site].ofWordTypes) return drawWordTypes(rule, siteKey, sizes, extents);
  const count = sizes.gate * sizes.time * sizes.row * sizes.unit;
  if (count > MOST_NUMBERS) {
    throw new ShapeError(
      `${rule.site}: at most ${MOST_NUMBERS} entries of a mask were expected, but ${show(sizes)} came; draw for smaller batches`,
    );
  }
  const { values, drawRow } = emptyValues(rule, count);
  const firstRow = firstRowOf(rule, extents);
  const firstStep = extents.first?.step ?? 0;
  let offset = 0;
  for (let gate = 0; gate < sizes.gate; gate++) {
    const gateKey = fold(siteKey, gate);
    for (let t = 0; t < sizes.time; t++) {
      const stepKey = timestepKey(rule, gateKey, firstStep + t);
      for (let row = 0; row < sizes.row; row++) {
        drawRow(offset, sizes.unit, stepKey, firstRow + row);
        offset += sizes.unit;
      }
    }
  }
  return new Mask(rule, values, trainingScale(rule), sizes);
}

/** An array for `count` values of a rule's distribution, and the function that draws a row of them into it. */
function emptyValues(
  { rate, distribution }: MaskRule,
  count: number,
): {
  values: Mask['values'];
  drawRow(offset: number, units: number, key: Key, row: number): void;
} {
  if (distribution === 'bernoulli') {
    const values = new Uint8Array(count);
    return { values, drawRow: (offset, units, key, row) => drawKeepBits(values, offset, units, rate, key, row) };
  }
  const values = new Float32Array(count);
  if (distribution === 'gaussian') {
    const deviation = Math.sqrt(rate / (1 - rate));
    return { values, drawRow: (offset, units, key, row) => drawGaussian(values, offset, units, deviation, key, row) };
  }
  const { temperature } = distribution;
  return {
    values,
    drawRow: (offset, units, key, row) => drawConcrete(values, offset, units, rate, temperature, key, row),
  };
}

/** A bit for each sample and word type, wherever the word stands. */
function drawWordTypes(
  rule: MaskRule,
  siteKey: Key,
  sizes: FactorStrides,
  { tokens, batch, time, ...rest }: Extents,
): Mask {
  if (!tokens?.ids) {
    throw new SiteError(
      `${rule.site}: token ids were expected in the extents, but none came; it is a site of an embedding layer`,
    );
  }
  const { ids } = tokens;
  if (!Array.isArray(ids) && !isNumbers(ids)) {
    throw new SiteError(`${rule.site}: a list of token ids [T,B] was expected in the extents, but ${show(ids)} came`);
  }
  const stray = ids.find((id) => !Number.isSafeInteger(id) || id < -1);
  if (stray !== undefined) {
    throw new SiteError(
      `${rule.site}: token ids were expected in the extents, whole numbers from 0, or -1 for padding, but ${show(stray)} came`,
    );
  }
  if (ids.length !== time * batch) {
    throw new ShapeError(
      `${rule.site}: token ids [T,B] of ${time} x ${batch} were expected, but ${ids.length} came; draw the plan for this batch`,
    );
  }
  const gateKey = fold(siteKey, 0);
  const forAll = isSharedByBatch(rule);
  const firstRow = rest.first?.sample ?? 0;
  const bits = Uint8Array.from(ids, (id, place) =>
    keepBit(rule.rate, gateKey, forAll ? 0 : firstRow + (place % batch), id),
  );
  return new Mask(rule, bits, trainingScale(rule), sizes);
}

/** Whether all samples of a batch have one mask, by the site's nature or as the rule asks. */
export function isSharedByBatch({ site, shared }: Pick<MaskRule, 'site' | 'shared'>): boolean {
  return SITES[site].perBatch || shared.includes('batch');
}

/** The number of a mask's first row: that of a sample, unless all samples have the same. */
function firstRowOf(rule: MaskRule, { first }: Extents): number {
  return isSharedByBatch(rule) ? 0 : (first?.sample ?? 0);
}

/** The mask that stands for the expectation of a site, or null where that is the factor 1. */
export function meanMask(rule: MaskRule): Mask | null {
  const { kind } = SITES[rule.site];
  const isIdentity = kind === 'replaces' || (kind === 'multiplies' && rule.scaling !== 'literal');
  return isIdentity ? null : new Mask(rule, Uint8Array.of(1), 1 - rule.rate, { gate: 1, time: 1, row: 1, unit: 1 });
}

/** A mask from nested values in the layout of {@link Mask.toArray}. */
export function givenMask(rule: MaskRule, values: TensorLike): Mask {
  const { site, tied } = rule;
  const given = tensor(values);
  const { shape } = given;
  const data = given.toFlat();
  const letters = [
    ...(tied ? [] : ['G']),
    SITES[site].ofWeights ? 'G*H' : rule.shared.includes('batch') && !SITES[site].ofWordTypes ? '1' : 'B',
    ...(hasTimesteps(rule) ? ['T'] : []),
    rule.shared.includes('unit') || SITES[site].width === 'one' ? '1' : 'n',
  ];
  const fits = letters.every((letter, axis) => letter !== '1' || shape[axis] === 1);
  if (shape.length !== letters.length || !fits) {
    throw new ShapeError(`${site}: a mask of shape [${letters}] was expected, but shape [${shape}] came`);
  }
  expectValues(rule, data);
  const sizes = [...shape];
  const gate = tied ? 1 : (sizes.shift() as number);
  const row = sizes.shift() as number;
  const time = hasTimesteps(rule) ? (sizes.shift() as number) : 1;
  const unit = sizes.shift() as number;
  // From [G,B,T,n] as given to [G,T,B,n] as a step is read.
  const ordered = new Tensor(data, [gate, time, row, unit], [row * time * unit, unit, time * unit, 1]).toFlat();
  const kept = rule.distribution === 'bernoulli' ? Uint8Array.from(ordered) : Float32Array.from(ordered);
  return new Mask(rule, kept, trainingScale(rule), { gate, time, row, unit });
}

/** @throws SiteError unless the distribution can have these values */
function expectValues({ site, distribution }: MaskRule, data: ArrayLike<number>): void {
  const isBit = distribution === 'bernoulli';
  const bad = Array.from(data).find((value) =>
    isBit ? value !== 0 && value !== 1 : !Number.isFinite(Math.fround(value)),
  );
  if (bad !== undefined) {
    const wanted = isBit ? '0 (drop) or 1 (keep)' : 'that are numbers of float32';
    throw new SiteError(`${site}: mask entries ${wanted} were expected, but ${show(bad)} came`);
  }
}

function trainingScale({ site, rate, scaling, distribution }: MaskRule): number {
  const isScaled = SITES[site].kind === 'multiplies' && scaling === 'inverted' && distribution !== 'gaussian';
  return isScaled ? 1 / (1 - rate) : 1;
}

function sizesOf(rule: MaskRule, extents: Extents): FactorStrides {
  const { batch, time, gates, hiddenSize } = extents;
  const { site, shared } = rule;
  const { width, ofWordTypes, ofWeights } = SITES[site];
  const samples = shared.includes('batch') && !ofWordTypes ? 1 : batch;
  return {
    gate: rule.tied ? 1 : gates,
    time: hasTimesteps(rule) ? time : 1,
    row: ofWeights ? gates * hiddenSize : samples,
    unit: shared.includes('unit') ? 1 : widthOf(width, extents),
  };
}

function widthOf(width: SiteTraits['width'], { inputSize, hiddenSize }: Extents): number {
  return { input: inputSize, hidden: hiddenSize, one: 1 }[width];
}
