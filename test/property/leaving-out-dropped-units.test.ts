import fc from 'fast-check';
import {
  dense,
  type Factor,
  type Handle,
  key,
  type Layer,
  lstm,
  gru,
  Mask,
  type Ops,
  Plan,
  rnn,
  type Scheme,
  sharedAcrossBatch,
  variational,
} from 'keepgate';
import { afterAll, describe, expect, test } from 'vitest';
import { createSimdEngine, type SimdEngine } from '../../src/engines/simd/engine.ts';
import type { Batch } from '../../src/layers/layer.ts';
import { sequence } from '../../src/layers/signature.ts';
import type { SiteRule } from '../../src/masks/scheme.ts';
import { drawing, type PlanSource, runLayers, weightSpecs } from '../../src/train/pass.ts';
import { sizeOf } from '../../src/tensor/tensor.ts';

/**
 * The simd engine leaves the units that all samples drop out of its products. The same mask with a row for each sample, all of them
 * equal, has it multiply by 0: the results are the same bits, but for the sign of a zero.
 */

// On Node 20 'auto' is what the others are.
const engines: readonly (readonly [string, SimdEngine])[] = [
  ['one thread', await createSimdEngine({ threads: 1 })],
  ['two threads, small parts', await createSimdEngine({ threads: 2 }, { leastPart: 1, bandRows: 1 })],
  ['256 bit', await createSimdEngine({ threads: 2, wide: 'auto' }, { leastPart: 1, bandRows: 2 })],
];
afterAll(() => Promise.all(engines.map(([, engine]) => engine.dispose())));

const numbers = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(seed + i * 1.7));

function expectSameNumbers(found: ArrayLike<number>, wanted: ArrayLike<number>, what: string): void {
  expect(found.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    // Zeros of either sign are one number.
    if (!Object.is((found[i] as number) + 0, (wanted[i] as number) + 0))
      expect.fail(`${what}: number ${i} is ${found[i]}, for ${wanted[i]}`);
  }
}

interface Shared {
  readonly gates: number;
  /** 1 where it is fixed. */
  readonly steps: number;
  readonly units: number;
  readonly kept: (gate: number, step: number, unit: number) => boolean;
}

/** A mask that the samples share, as it is drawn, and with a row for each sample. */
function bothFactors({ gates, steps, units, kept }: Shared, batch: number): { list: Factor; dense: Factor } {
  const make = (rows: number, row: number): Factor => {
    const values = new Uint8Array(gates * steps * rows * units);
    const [time, gate] = [rows * units, steps * rows * units];
    for (let i = 0; i < values.length; i++) {
      const at = [Math.floor(i / gate), Math.floor((i % gate) / time), i % units] as const;
      values[i] = kept(...at) ? 1 : 0;
    }
    const strides = { gate: gates > 1 ? gate : 0, time: steps > 1 ? time : 0, row, unit: 1 };
    return { values, scale: 1.75, strides };
  };
  return { list: make(1, 0), dense: make(batch, units) };
}

/** How masks are drawn: at any rate, all dropped, one unit kept at each step, and blocks of units dropped. */
const KINDS = ['0.5', '0.8', '0.2', 'none dropped', 'all dropped', 'one kept', 'a block kept'] as const;

function keptOf(kind: (typeof KINDS)[number], units: number, seed: number): Shared['kept'] {
  const noise = (gate: number, step: number, unit: number): number =>
    Math.abs((Math.sin(seed + 13 * gate + 101 * step + unit * 12.9898) * 43758.5453) % 1);
  if (kind === 'none dropped') return () => true;
  if (kind === 'all dropped') return () => false;
  const only = (step: number): number => Math.abs(seed + 7 * step) % units;
  if (kind === 'one kept') return (_, step, unit) => unit === only(step);
  if (kind === 'a block kept') return (_, step, unit) => Math.abs(unit - only(step)) < units / 4;
  return (gate, step, unit) => noise(gate, step, unit) >= Number(kind);
}

const sizes = fc.record({
  batch: fc.oneof(fc.integer({ min: 1, max: 13 }), fc.constant(32)),
  steps: fc.integer({ min: 1, max: 3 }),
  // M of a gate, and N: beyond a block of K as well.
  width: fc.integer({ min: 40, max: 90 }),
  units: fc.oneof(fc.integer({ min: 17, max: 140 }), fc.integer({ min: 690, max: 760 }), fc.constant(1450)),
  gates: fc.constantFrom(1, 3),
  fixed: fc.boolean(),
  tied: fc.boolean(),
  kind: fc.constantFrom(...KINDS),
  extras: fc.boolean(),
  // So small that results are flushed.
  tiny: fc.boolean(),
  seed: fc.integer({ min: 0, max: 1000 }),
});

describe.each(engines)('%s', (_, ops) => {
  test('project and its gradients are the same with a list of kept units as with zeros', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ({ batch, steps, width, units, gates, fixed, tied, kind, extras, tiny, seed }) => {
        const mask = { gates: tied ? 1 : gates, steps: fixed ? 1 : steps + 2, units, kept: keptOf(kind, units, seed) };
        const { list, dense: rows } = bothFactors(mask, batch);
        const [r, m] = [steps * batch, gates * width];
        const scope = ops.openScope();
        const results = scope.run(() => {
          const small = (values: Float32Array): Float32Array =>
            values.map((value) => (tiny ? value * 2 ** -99 : value));
          const x = ops.upload(small(numbers(r * units, seed)), [r, units]);
          const w = ops.upload(numbers(m * units, seed + 1), [m, units]);
          const dy = ops.upload(small(numbers(r * m, seed + 2)), [r, m]);
          const bias = extras ? ops.upload(numbers(m, seed + 3), [m]) : undefined;
          const [plus, plusX] = [m, units].map((n) =>
            extras ? ops.upload(small(numbers(r * n, seed + 4)), [r, n]) : undefined,
          );
          return [list, rows].map((factor) => {
            const use = { factors: ops.uploadFactors({ f: factor }), name: 'f', gates, t: fixed ? 0 : 1, batch };
            return [
              ops.project(x, w, { factor: use, plus, bias }),
              ops.projectInputGrad(dy, w, { factor: use, plus: plusX }),
              // Again, by what was packed before.
              ops.projectInputGrad(dy, w, { factor: use }),
              ops.projectWeightGrad(dy, x, { factor: use }),
            ];
          });
        });
        const [found = [], wanted = []] = await Promise.all(
          results.map((all) => Promise.all(all.map((y) => ops.read(y)))),
        );
        scope.dispose();
        for (const [i, name] of ['project', 'by x and plus', 'by x', 'by w'].entries())
          expectSameNumbers(found[i] as Float64Array, wanted[i] as Float64Array, name);
      }),
      { numRuns: 60 },
    );
  });

  const shared = sharedAcrossBatch(variational({ input: 0.5, recurrent: 0.5 }));
  const untied = sharedAcrossBatch(variational({ input: 0.5, recurrent: 0.5, tied: false }));
  const atSteps = shared.map((rule): SiteRule => ({ ...(rule as SiteRule), scope: 'step' }));

  test.each([
    ['lstm', lstm, 'tied', shared],
    ['lstm', lstm, 'untied', untied],
    ['lstm', lstm, 'new at each step', atSteps],
    ['gru', gru, 'tied', shared],
    ['gru', gru, 'untied', untied],
    ['gru', gru, 'new at each step', atSteps],
    ['rnn', rnn, 'tied', shared],
    ['rnn', rnn, 'new at each step', atSteps],
  ] as const)('a pass through two layers of %s and back, masks %s', async (_, cell, __, scheme: Scheme) => {
    const [sizes, units] = [{ batch: 7, time: 5, size: 37 }, 83];
    const layers = [cell({ units, layers: 2, dropout: scheme }), dense({ units: 3 })];
    const drawn = drawing(key(5));
    // What was drawn for all, for each: sites that have no axis of samples stay as they are.
    const repeated: PlanSource = (...args) => {
      const { masks, sites } = drawn(...args);
      return new Plan(
        Object.values(masks).map((mask) => forEach(mask as Mask, sizes.batch)),
        sites,
        true,
      );
    };
    const [found, wanted] = [await pass(ops, layers, drawn, sizes), await pass(ops, layers, repeated, sizes)];
    expect(Object.keys(found)).toEqual(Object.keys(wanted));
    for (const name of Object.keys(found)) expectSameNumbers(at(found, name), at(wanted, name), name);
  });
});

interface Sizes {
  readonly batch: number;
  readonly time: number;
  readonly size: number;
}

/** What a network gives, and the gradients of its weights. */
async function pass(
  ops: Ops,
  layers: readonly Layer[],
  plans: PlanSource,
  { batch, time, size }: Sizes,
  change: (name: string, weight: Float32Array) => Float32Array = (_, weight) => weight,
): Promise<Record<string, Float64Array>> {
  const scope = ops.openScope();
  try {
    const handles = scope.run((): Record<string, Handle> => {
      const weights = Object.fromEntries(
        Object.entries(weightSpecs(layers, { x: sequence(size) })).map(([name, { shape }], i) => [
          name,
          ops.upload(
            change(
              name,
              numbers(sizeOf(shape), i).map((value) => value / 4),
            ),
            shape,
          ),
        ]),
      );
      const values = ops.upload(numbers(time * batch * size, 9), [time, batch, size]);
      const validSteps = new Int32Array(batch).fill(time);
      const { outputs, backward } = runLayers(
        ops,
        layers,
        weights,
        { x: { values, batch, time, validSteps, lengths: null } },
        plans,
      );
      const { values: y } = outputs.y as Batch;
      const last = y.shape.at(-1) as number;
      return { ...backward({ y: ops.upload(numbers(batch * last, 11), [batch, last]) }), y };
    });
    const read = Object.entries(handles).map(async ([name, handle]) => [name, await ops.read(handle)] as const);
    return Object.fromEntries(await Promise.all(read));
  } finally {
    scope.dispose();
  }
}

function at<V>(record: Readonly<Record<string, V>>, name: string): V {
  return record[name] as V;
}

function forEach({ rule, values, scale, sizes: all }: Mask, batch: number): Mask {
  const rows = new Uint8Array(values.length * batch);
  for (let i = 0; i < values.length; i += all.unit)
    for (let row = 0; row < batch; row++) rows.set(values.subarray(i, i + all.unit), i * batch + row * all.unit);
  const others = rule.shared.filter((axis) => axis !== 'batch');
  return new Mask({ ...rule, shared: others }, rows, scale, { ...all, row: batch });
}

describe('what is not finite', () => {
  const [, ops] = engines[0] as (typeof engines)[number];
  const [batch, m, units] = [6, 48, 64];
  const { list, dense: rows } = bothFactors(
    { gates: 1, steps: 1, units, kept: (_, __, unit) => unit % 2 === 0 },
    batch,
  );
  const use = (factor: Factor) => ({ factors: ops.uploadFactors({ f: factor }), name: 'f', gates: 1, t: 0, batch });
  const x = ops.upload(numbers(batch * units, 1), [batch, units]);

  test.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'a weight of %s at a dropped unit is left out, and at a kept one is not',
    async (value) => {
      const weights = (unit: number): Handle => {
        const values = numbers(m * units, 2);
        values[5 * units + unit] = value;
        return ops.upload(values, [m, units]);
      };
      const outputs = async (unit: number, factor: Factor): Promise<number[]> =>
        [...(await ops.read(ops.project(x, weights(unit), { factor: use(factor) })))].filter(
          (y) => !Number.isFinite(y),
        );
      expect(await outputs(3, list)).toEqual([]);
      expect(await outputs(3, rows)).toEqual(Array(batch).fill(Number.NaN));
      expect(await outputs(4, list)).toHaveLength(batch);
    },
  );

  test('a weight that became NaN shows in a later step, as other units are dropped then', async () => {
    const layers = [
      lstm({ units: 64, dropout: sharedAcrossBatch(variational({ recurrent: 0.5 })) }),
      dense({ units: 2 }),
    ];
    const broken = (name: string, values: Float32Array): Float32Array =>
      name.includes('weight_hh') ? values.map((value, i) => (i % 64 === 11 ? Number.NaN : value)) : values;
    const seen: boolean[] = [];
    for (let step = 0; step < 12; step++) {
      const { y } = await pass(ops, layers, drawing(key(step)), { batch, time: 3, size: 5 }, broken);
      seen.push((y as Float64Array).some(Number.isNaN));
    }
    expect(seen).toContain(true);
    expect(seen).toContain(false);
  });
});
