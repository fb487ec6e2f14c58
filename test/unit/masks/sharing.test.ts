import {
  key,
  type Mask,
  OptionError,
  parseScheme,
  RateError,
  type Scheme,
  SiteError,
  sample,
  sharedAcrossBatch,
  stochasticDepth,
  variational,
  weightDrop,
  zoneout,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { resolveScheme } from '../../../src/masks/scheme.ts';
import { expectRefusal } from '../../helpers/refusals.ts';
import { describeRule, rulesOf, SITE_NAMES } from '../../helpers/schemes.ts';

const extents = {
  batch: 3,
  time: 4,
  inputSize: 5,
  hiddenSize: 6,
  gates: 4,
  tokens: { ids: Int32Array.from({ length: 12 }, (_, place) => place % 5) },
};

describe('an axis that is shared has one entry, which is that of its first place', () => {
  const rows = SITE_NAMES.flatMap(rulesOf).filter(
    ({ shared, site }) => shared.length > 0 && !shared.includes('layer') && site !== 'wordType',
  );
  test.each(rows.map((rule) => ({ rule, name: describeRule(rule) })))('$name', ({ rule }) => {
    const [shared, apart] = [rule, { ...rule, shared: [] }].map(
      (one) => sample([one], key(3), extents).masks[rule.site] as Mask,
    ) as [Mask, Mask];
    const axis = rule.shared.includes('batch') ? 'row' : 'unit';
    expect(shared.sizes).toEqual({ ...apart.sizes, [axis]: 1 });
    expect(shared.strides[axis]).toBe(0);
    const { gate, time, row, unit } = apart.sizes;
    for (let place = 0; place < gate * time * row * unit; place++) {
      const at = {
        gate: Math.floor(place / (time * row * unit)),
        time: Math.floor(place / (row * unit)) % time,
        row: Math.floor(place / unit) % row,
        unit: place % unit,
      };
      expect(shared.at(at)).toBe(apart.at({ ...at, [axis]: 0 }));
    }
  });
});

test('a mask that the batch shares is the same for every shard of it', () => {
  const scheme = sharedAcrossBatch(variational({ input: 0.3 }));
  const bits = (first: number): number[] => [
    ...(sample(scheme, key(3), { ...extents, first: { sample: first } }).masks.input as Mask).values,
  ];
  expect(bits(7)).toEqual(bits(0));
});

test('sharing twice is sharing once, and what is for all samples by nature stays as it is', () => {
  const scheme = [...variational({ input: 0.3 }), ...weightDrop({ recurrent: 0.5 })];
  const shared = sharedAcrossBatch(scheme);
  expect(shared).toEqual([{ ...scheme[0], shared: ['batch'] }, scheme[1]]);
  expect(sharedAcrossBatch(shared)).toEqual(shared);
  expect(sharedAcrossBatch(stochasticDepth({ hidden: 0.3 }))[0]?.shared).toEqual(['unit', 'batch']);
});

describe('a stream', () => {
  const masksOf = (scheme: Scheme): Mask[] => Object.values(sample(scheme, key(5), extents).masks);

  test('is the site when it is not named, so that a site has the same mask in every scheme', () => {
    expect(masksOf([{ site: 'input', rate: 0.3, stream: 'input' }])).toEqual(masksOf(variational({ input: 0.3 })));
    const [named, plain] = [masksOf([{ site: 'input', rate: 0.3, stream: 'x' }]), masksOf(variational({ input: 0.3 }))];
    expect(named[0]?.values).not.toEqual(plain[0]?.values);
  });

  test('that two zones share gives them one mask', () => {
    const [h, c] = masksOf(zoneout({ hidden: 0.4, cell: 0.4, scope: 'step', tied: true }));
    expect(h?.values).toEqual(c?.values);
    expect(new Set(h?.values)).toEqual(new Set([0, 1]));
    expect([h?.rule.stream, c?.rule.stream]).toEqual(['zone', 'zone']);
    const [own, other] = masksOf(zoneout({ hidden: 0.4, cell: 0.4, scope: 'step' }));
    expect(own?.values).not.toEqual(other?.values);
  });

  test('tied zones need two equal rates', async () => {
    const uneven = (): unknown => zoneout({ hidden: 0.4, cell: 0.3, tied: true });
    await expectRefusal(uneven, RateError, 'equal rates for hidden and cell', '0.4 and 0.3 came');
    await expectRefusal(() => zoneout({ tied: true }), RateError, 'equal rates for hidden and cell', 'undefined');
    const vague = (): unknown => parseScheme('zoneout(hidden=0.4,cell=0.4,tied=maybe)');
    await expectRefusal(vague, OptionError, 'zoneout: true or false', '"maybe" came');
    const alone = (): unknown => stochasticDepth({ cell: 0.3, tied: true });
    await expectRefusal(alone, RateError, 'stochasticDepth: equal rates', 'undefined and 0.3 came');
  });
});

test('stochastic depth leaves a step out for h and c together, unless they are told apart', async () => {
  const masksOf = (scheme: Scheme): Mask[] => Object.values(sample(scheme, key(5), extents).masks);
  const [h, c] = masksOf(stochasticDepth({ hidden: 0.4, cell: 0.4 }));
  expect(h?.values).toEqual(c?.values);
  expect(new Set(h?.values)).toEqual(new Set([0, 1]));
  const [own, other] = masksOf(stochasticDepth({ hidden: 0.4, cell: 0.4, tied: false }));
  expect(own?.values).not.toEqual(other?.values);
  const uneven = (): unknown => stochasticDepth({ hidden: 0.4, cell: 0.3 });
  await expectRefusal(uneven, RateError, 'stochasticDepth: equal rates', '0.4 and 0.3 came', 'tied: false');
  expect(stochasticDepth({ cell: 0.3 })).toHaveLength(1);
});

test('stochastic depth holds all units of a sample at a step, or none', () => {
  const [h, c] = Object.values(sample(stochasticDepth({ hidden: 0.4, cell: 0.3, tied: false }), key(5), extents).masks);
  expect(h?.sizes).toEqual({ gate: 1, time: 4, row: 3, unit: 1 });
  expect(c?.sizes).toEqual({ gate: 1, time: 4, row: 3, unit: 1 });
});

describe('what cannot be is refused', () => {
  const refused: readonly [string, object, new (message: string) => Error, string, string][] = [
    ['an axis that there is not', { shared: ['time'] }, OptionError, '"batch", "unit"', '"time" came'],
    ['no list', { shared: 'batch' }, OptionError, "['batch']", '"batch" came'],
    ['an axis twice', { shared: ['unit', 'unit'] }, SiteError, 'each once', "'unit' came"],
    ['a weight that samples share', { site: 'weight', shared: ['batch'] }, SiteError, 'unit', "'batch' came"],
    ['a row that samples share', { site: 'embeddingRow', shared: ['batch'] }, SiteError, 'none', "'batch' came"],
    ['units of a token', { site: 'token', shared: ['unit'] }, SiteError, 'batch', "'unit' came"],
    ['a stream without a name', { stream: '' }, OptionError, 'a name', '"" came'],
    ['a stream that is no name', { stream: 3 }, OptionError, 'a name', '3 came'],
  ];
  test.each(refused)('%s', async (_, rule, type, wanted, came) => {
    const scheme = [{ site: 'input', rate: 0.2, ...rule }] as Scheme;
    await expectRefusal(() => resolveScheme(scheme), type, wanted, came);
  });
});
