import { type Algebra, type Kernel, key, type Mask, mean, type Ops, type Plan, sample, type Values } from 'keepgate';
import { RATES, SCHEMES } from '../../helpers/schemes.ts';
import { range } from '../../helpers/tensors.ts';
import { type Check, readAll } from './check.ts';

const EXTENTS = { batch: 3, time: 4, inputSize: 5, hiddenSize: 6, gates: 4 };

/** Masks are drawn on the host, so each engine must apply the same factors, of bits and of numbers: the error is 0 or 1. */
export const MASKS: readonly Check[] = SCHEMES.flatMap(({ name, build }) => {
  const scheme = build(RATES);
  return [check(`${name}: as drawn`, sample(scheme, key(7), EXTENTS)), check(`${name}: its expectation`, mean(scheme))];
});

function check(name: string, plan: Plan): Check {
  const masks = Object.values(plan.masks);
  const all = masks.flatMap((mask) => gatesOf(mask).map((gate) => ({ mask, gate, kernel: factorItself(mask, gate) })));
  return {
    name,
    run: async (engine) => {
      const outcomes = await readAll(engine, () => {
        const factors = engine.uploadFactors(plan.masks);
        return all.map(({ mask, kernel }) => {
          const { steps, batch, units } = sizesOf(mask);
          const inputs = { x: engine.zeros([steps * batch, units]) };
          return engine.run(kernel, { inputs, factors, batch }).y;
        });
      });
      const same = outcomes.every(({ values }, i) => {
        const { mask, gate } = all[i] as (typeof all)[number];
        const wanted = expected(mask, gate, engine.dtype);
        return values.length === wanted.length && values.every((value, j) => Object.is(value, wanted[j]));
      });
      return same && outcomes.length === all.length ? 0 : 1;
    },
  };
}

/** A kernel whose result is the factor that it reads. */
function factorItself({ rule: { site } }: Mask, gate: number): Kernel<{ x: ['x'] }, { y: ['y'] }> {
  return {
    name: `the factor ${site} of gate ${gate}`,
    inputs: { x: ['x'] },
    factors: { [site]: gate },
    outputs: { y: ['y'] },
    body: <V>(_: Algebra<V>, v: Values<V, string>) => ({ y: v[site] as V }),
  };
}

/** What a mask says, entry by entry, in the engine's number format. */
function expected({ values, scale, strides, rule }: Mask, gate: number, dtype: Ops['dtype']): number[] {
  const { steps, batch, units } = sizesOf({ rule });
  const rounded = dtype === 'float32' ? Math.fround : (factor: number) => factor;
  return range(0, steps).flatMap((t) =>
    range(0, batch).flatMap((row) =>
      range(0, units).map((unit) => {
        const at = gate * strides.gate + t * strides.time + row * strides.row + unit * strides.unit;
        return rounded((values[at] as number) * scale);
      }),
    ),
  );
}

/** Every gate where they differ; else the first and the last, which must be alike. */
function gatesOf({ rule: { tied } }: Mask): readonly number[] {
  return tied ? [0, EXTENTS.gates - 1] : range(0, EXTENTS.gates);
}

/** All that a mask is for: the steps and samples of a batch, or the rows of a weight, which has one step. */
function sizesOf({ rule: { site } }: Pick<Mask, 'rule'>): { steps: number; batch: number; units: number } {
  const { batch, time, inputSize, hiddenSize, gates } = EXTENTS;
  if (site === 'weight') return { steps: 1, batch: gates * hiddenSize, units: hiddenSize };
  return { steps: time, batch, units: site === 'input' ? inputSize : hiddenSize };
}
