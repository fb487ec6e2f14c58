import {
  concrete,
  curriculum,
  gaussian,
  injectMasks,
  key,
  type Mask,
  mean,
  type Nested,
  none,
  OptionError,
  RateError,
  ShapeError,
  SITES,
  SiteError,
  sample,
  variational,
  weightDrop,
  zoneout,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { distributionName } from '../../../src/masks/distribution.ts';
import { type MaskRule, rulesAt } from '../../../src/masks/scheme.ts';
import { tensor } from '../../../src/tensor/tensor.ts';
import { expectRefusal } from '../../helpers/refusals.ts';
import { describeRule, rulesOf, SITE_NAMES } from '../../helpers/schemes.ts';

const extents = {
  batch: 2,
  time: 5,
  inputSize: 3,
  hiddenSize: 4,
  gates: 6,
  tokens: { ids: Int32Array.from({ length: 10 }, (_, place) => place % 4) },
};

/** The layout of a saved mask, from the documentation of `InjectedSite`. */
function shapeOf({ site, scope, tied, shared }: MaskRule): number[] {
  const { batch, time, inputSize, hiddenSize, gates } = extents;
  const units = shared.includes('unit') ? 1 : site === 'input' ? inputSize : hiddenSize;
  const samples = shared.includes('batch') && site !== 'wordType' ? 1 : batch;
  if (SITES[site].of === 'embedding') return [samples, time, 1];
  if (site === 'weight') return [gates * hiddenSize, units];
  return [...(tied ? [] : [gates]), samples, ...(scope === 'step' ? [time] : []), units];
}

/** Rules of numbers, and of another stream. */
const NUMBERS: readonly MaskRule[] = rulesAt(
  [
    gaussian({ input: 0.2, recurrent: 0.35, tied: false, scope: 'step' }),
    concrete({ output: 0.3, temperature: 0.4 }),
    [{ site: 'zoneCell', rate: 0.3, stream: 'zone', shared: ['batch', 'unit'] }],
    [{ site: 'weight', rate: 0.6, distribution: 'gaussian', shared: ['unit'] }],
  ],
  0,
);

describe('a drawn mask has the layout of its rule, and the saved plan holds it', () => {
  const rules = [...SITE_NAMES.flatMap(rulesOf), ...NUMBERS];
  const rows = rules.map((rule) => ({ rule, name: `${describeRule(rule)}, ${distributionName(rule.distribution)}` }));
  test.each(rows)('$name', ({ rule }) => {
    const plan = sample([rule], key(4), extents);
    const { site, rate, scope, tied, scaling, shared, stream, distribution } = rule;
    const values = plan.masks[site]?.toArray() as Nested;
    expect(tensor(values).shape).toEqual(shapeOf(rule));
    // What the reference fixtures do not know is saved only where it is not the default.
    const more = {
      ...(shared.length > 0 && { shared }),
      ...(stream !== site && { stream }),
      ...(distribution !== 'bernoulli' && { distribution }),
    };
    expect(plan.toJSON()).toEqual({ [site]: { rate, scope, untied: !tied, scaling, ...more, mask: values } });
    expect(injectMasks(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    expect(plan).toMatchObject({ sites: [site], drawn: true });
  });
});

test('entries of a saved mask stand where a step reads them', () => {
  // Distinct patterns for each gate, sample and step: [G=2][B=2][T=2][n=1].
  const mask = [
    [
      [[1], [0]],
      [[0], [0]],
    ],
    [
      [[1], [1]],
      [[0], [1]],
    ],
  ];
  const { values, strides } =
    injectMasks({ input: { rate: 0.2, scope: 'step', untied: true, mask } }).masks.input ?? never();
  const read = (gate: number, row: number, time: number): number | undefined =>
    values[gate * strides.gate + row * strides.row + time * strides.time];
  for (const gate of [0, 1]) {
    for (const row of [0, 1]) {
      for (const time of [0, 1]) expect(read(gate, row, time)).toBe(mask[gate]?.[row]?.[time]?.[0]);
    }
  }
});

test('a shared axis has stride 0', () => {
  const { masks } = sample(variational({ input: 0.2, recurrent: 0.35 }), key(1), extents);
  expect(masks.input?.strides).toEqual({ gate: 0, time: 0, row: 3, unit: 1 });
  expect(masks.recurrent?.strides).toEqual({ gate: 0, time: 0, row: 4, unit: 1 });
});

describe('a mask is for the sizes that it was drawn for', () => {
  const masks = [
    ...(['input', 'recurrent'] as const).map((site) => rulesAt([{ site, rate: 0.2, tied: false, scope: 'step' }], 0)),
    rulesAt(weightDrop({ recurrent: 0.2 }), 0),
  ].map((rules) => Object.values(sample(rules, key(1), extents).masks)[0] ?? never());
  const [ofInput, ofState, ofWeight] = masks as [Mask, Mask, Mask];

  test('and says nothing to them', () => {
    for (const mask of masks) expect(mask.expect(extents)).toBeUndefined();
  });

  test.each([
    ['gates', { gates: 5 }, ofInput, '5 gates', '6'],
    ['steps', { time: 4 }, ofInput, '4 times', '5'],
    ['samples', { batch: 3 }, ofInput, '3 rows', '2'],
    ['inputs', { inputSize: 2 }, ofInput, '2 units', '3'],
    ['units', { hiddenSize: 5 }, ofState, '5 units', '4'],
    ['weights', { gates: 3 }, ofWeight, '12 rows', '24'],
    ['anything: the first axis in memory order is named', { gates: 5, batch: 3, time: 4 }, ofInput, '5 gates', '6'],
    ['anything, the last one is units', { batch: 3, inputSize: 4 }, ofInput, '3 rows', '2'],
  ] as const)('another number of %s is refused', async (_, changed, mask, wanted, came) => {
    const act = (): void => mask.expect({ ...extents, ...changed });
    await expectRefusal(act, ShapeError, `'${mask.rule.site}' with ${wanted}`, `has ${came};`);
  });
});

test.each(['batch', 'time', 'inputSize', 'hiddenSize', 'gates'])('a plan for %s 0 is refused', async (name) => {
  const act = (): unknown => sample(variational({ input: 0.2 }), key(1), { ...extents, [name]: 0 });
  await expectRefusal(act, OptionError, `as ${name}`, '0 came');
});

test.each([
  ['sample', -1],
  ['step', 0.5],
])('a plan from %s %d on is refused', async (name, first) => {
  const act = (): unknown => sample(variational({ input: 0.2 }), key(1), { ...extents, first: { [name]: first } });
  await expectRefusal(act, OptionError, `as first.${name}`, `${first} came`);
});

describe('the expectation of a scheme', () => {
  test('is no mask where it is the factor 1', () => {
    expect(mean([...variational({ input: 0.2 }), ...weightDrop({ recurrent: 0.6 })]).masks).toEqual({});
  });

  test('is one number for all where it is not', () => {
    const { masks } = mean([...zoneout({ hidden: 0.2 }), { site: 'update', rate: 0.35, scaling: 'literal' }]);
    expect(masks.zoneHidden).toMatchObject({ scale: 0.8, strides: { gate: 0, time: 0, row: 0, unit: 0 } });
    expect(masks.update).toMatchObject({ scale: 0.65, strides: { gate: 0, time: 0, row: 0, unit: 0 } });
  });

  test('has no masks to save', async () => {
    await expectRefusal(() => mean(zoneout({ hidden: 0.2 })).toJSON(), SiteError, 'a drawn plan', 'save the scheme');
    await expectRefusal(() => mean(variational({ input: 0.2 })).toJSON(), SiteError, 'a drawn plan');
    expect(mean([]).toJSON()).toEqual({});
  });

  test('names the sites all the same, so that a cell can refuse them', () => {
    expect(mean(variational({ input: 0.2 })).sites).toEqual(['input']);
  });
});

test('no dropout is an empty plan, which can be saved', () => {
  expect(none().toJSON()).toEqual({});
  expect(injectMasks({})).toEqual(none());
});

describe('masks from outside that cannot be are refused', () => {
  const ok = { rate: 0.2, mask: [[1, 0]] };
  const refused: readonly [string, Record<string, unknown>, new (message: string) => Error, string, string][] = [
    ['no object', { input: 0.2 }, SiteError, '{ rate, mask }', '0.2 came'],
    ['null', { input: null }, SiteError, '{ rate, mask }', 'null came'],
    ['no mask', { input: { rate: 0.2 } }, SiteError, '{ rate, mask }', 'came'],
    ['an unknown site', { inputs: ok }, SiteError, 'a site of input', '"inputs" came'],
    ['a rate of 1', { input: { ...ok, rate: 1 } }, RateError, '[0, 1)', '1 came'],
    ['no rate', { input: { mask: [[1]] } }, RateError, '[0, 1)', 'undefined came'],
    ['an entry of 0.5', { input: { ...ok, mask: [[1, 0.5]] } }, SiteError, '0 (drop) or 1 (keep)', '0.5 came'],
    ['too few axes', { input: { ...ok, mask: [1, 0] } }, ShapeError, '[B,n]', '[2] came'],
    ['too many axes', { input: { ...ok, mask: [[[1, 0]]] } }, ShapeError, '[B,n]', '[1,1,2] came'],
    ['no gates', { input: { ...ok, untied: true } }, ShapeError, '[G,B,n]', '[1,2] came'],
    ['no rows of a weight', { weight: { rate: 0.2, mask: [1, 0] } }, ShapeError, '[G*H,n]', '[2] came'],
    ['no steps', { input: { ...ok, scope: 'step' } }, ShapeError, '[B,T,n]', '[1,2] came'],
    ['ragged rows', { input: { ...ok, mask: [[1, 0], [1]] } }, ShapeError, 'equal length', '[1]'],
    [
      'samples of a mask for all',
      { input: { ...ok, shared: ['batch'], mask: [[1], [0]] } },
      ShapeError,
      '[1,n]',
      '[2,1] came',
    ],
    ['units of a mask for all', { input: { ...ok, shared: ['unit'] } }, ShapeError, '[B,1]', '[1,2] came'],
    [
      'units of a token',
      { token: { rate: 0.2, scope: 'step', scaling: 'none', mask: [[[1, 0]]] } },
      ShapeError,
      '[B,T,1]',
      'came',
    ],
    [
      'numbers that are too large',
      { input: { ...ok, distribution: 'gaussian', mask: [[1, 1e300]] } },
      SiteError,
      'float32',
      '1e+300 came',
    ],
    [
      'a schedule',
      { input: { ...ok, rate: curriculum(0.2) } },
      RateError,
      'a number',
      'rate: 0.2, gamma: 0.001 } came',
    ],
    ['untied updates', { update: { ...ok, untied: true } }, SiteError, 'one mask for all gates', 'tied: false'],
  ];
  test.each([
    ['null', null],
    ['"input"', 'input'],
    ['', [ok]],
  ])('%s in place of sites', async (shown, sites) => {
    const act = (): unknown => injectMasks(sites as unknown as Parameters<typeof injectMasks>[0]);
    await expectRefusal(act, SiteError, 'injectMasks: { site: { rate, mask } }', `${shown} came`);
  });

  test.each(refused)('%s', async (_, sites, type, wanted, came) => {
    await expectRefusal(() => injectMasks(sites as Parameters<typeof injectMasks>[0]), type, wanted, came);
  });
});

function never(): never {
  throw new Error('a mask was expected');
}
