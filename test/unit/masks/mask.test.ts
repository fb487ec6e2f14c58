import { fold, type Key, key, type Mask, mean, sample } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { type MaskRule, rulesAt } from '../../../src/masks/scheme.ts';
import { drawConcrete, drawGaussian, drawKeepBits } from '../../../src/random/draws.ts';

const extents = { batch: 3, time: 2, inputSize: 5, hiddenSize: 4, gates: 3, first: { sample: 7, step: 11 } };
const KEY = key(6);

/** The mask of a rule, by definition: gate by gate, step by step, each row with a key of its place. */
function byDefinition(
  { rate, stream, distribution }: MaskRule,
  { gate, time, row, unit }: Mask['sizes'],
  { firstStep, firstRow }: { firstStep: number | null; firstRow: number },
): number[] {
  const rowOf = (stepKey: Key, index: number): readonly number[] => {
    const values = distribution === 'bernoulli' ? new Uint8Array(unit) : new Float32Array(unit);
    if (values instanceof Uint8Array) drawKeepBits(values, 0, unit, rate, stepKey, index);
    else if (distribution === 'gaussian') drawGaussian(values, 0, unit, (rate / (1 - rate)) ** 0.5, stepKey, index);
    else if (typeof distribution === 'object') {
      drawConcrete(values, 0, unit, rate, distribution.temperature, stepKey, index);
    }
    return [...values];
  };
  return Array.from({ length: gate }, (_, g) => fold(fold(KEY, stream), g)).flatMap((gateKey) =>
    Array.from({ length: time }, (_, t) => (firstStep === null ? gateKey : fold(gateKey, firstStep + t))).flatMap(
      (stepKey) => Array.from({ length: row }, (_, index) => rowOf(stepKey, firstRow + index)).flat(),
    ),
  );
}

describe('an entry is drawn for its stream, gate, step, row and unit', () => {
  const perStep = { firstStep: 11, firstRow: 7 };
  const fixed = { firstStep: null, firstRow: 7 };
  const concrete = { name: 'concrete', temperature: 0.4, weightRegularizer: 0, dropoutRegularizer: 0 } as const;
  test.each([
    ['tied', { site: 'input', rate: 0.2 }, [1, 1, 3, 5], fixed],
    ['untied', { site: 'recurrent', rate: 0.35, tied: false }, [3, 1, 3, 4], fixed],
    ['per step', { site: 'update', rate: 0.35, scope: 'step' }, [1, 2, 3, 4], perStep],
    ['untied, per step', { site: 'input', rate: 0.6, tied: false, scope: 'step' }, [3, 2, 3, 5], perStep],
    ['of another stream', { site: 'zoneCell', rate: 0.3, stream: 'zone' }, [1, 1, 3, 4], fixed],
    ['shared by the batch', { site: 'output', rate: 0.3, shared: ['batch'] }, [1, 1, 1, 4], { ...fixed, firstRow: 0 }],
    ['shared by units', { site: 'zoneHidden', rate: 0.3, shared: ['unit'], scope: 'step' }, [1, 2, 3, 1], perStep],
    ['of weights', { site: 'weight', rate: 0.3 }, [1, 1, 12, 4], { ...fixed, firstRow: 0 }],
    ['of tokens', { site: 'token', rate: 0.3 }, [1, 2, 3, 1], perStep],
    ['gaussian', { site: 'output', rate: 0.3, distribution: 'gaussian', scope: 'step' }, [1, 2, 3, 4], perStep],
    ['concrete', { site: 'recurrent', rate: 0.3, distribution: concrete, tied: false }, [3, 1, 3, 4], fixed],
  ] as const)('%s', (_, site, [gate, time, row, unit], first) => {
    const [rule] = rulesAt([site], 0) as [MaskRule];
    const mask = sample([site], KEY, extents).masks[site.site] as Mask;
    expect(mask.sizes).toEqual({ gate, time, row, unit });
    expect([...mask.values]).toEqual(byDefinition(rule, mask.sizes, first));
  });
});

test('what is kept is scaled so that training and evaluation agree in expectation', () => {
  const rate = 0.2;
  const scales = (scheme: Parameters<typeof mean>[0]): [number | undefined, number] => {
    const masksOf = { drawn: sample(scheme, KEY, extents).masks, expected: mean(scheme).masks };
    const [drawn, expected] = [Object.values(masksOf.drawn)[0], Object.values(masksOf.expected)[0]];
    return [drawn?.scale, expected?.scale ?? 1];
  };
  expect(scales([{ site: 'update', rate }])).toEqual([1 / 0.8, 1]);
  expect(scales([{ site: 'update', rate, scaling: 'literal' }])).toEqual([1, 0.8]);
  expect(scales([{ site: 'update', rate, scaling: 'none' }])).toEqual([1, 1]);
  expect(scales([{ site: 'update', rate, distribution: 'gaussian' }])).toEqual([1, 1]);
  expect(scales([{ site: 'zoneHidden', rate }])).toEqual([1, 0.8]);
  expect(scales([{ site: 'zoneHidden', rate, scaling: 'literal' }])).toEqual([1, 0.8]);
  expect(scales([{ site: 'unknown', rate }])).toEqual([1, 1]);
});
