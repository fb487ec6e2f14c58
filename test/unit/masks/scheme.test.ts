import {
  concrete,
  curriculum,
  lockedDropout,
  mean,
  naive,
  OptionError,
  RateError,
  recurrentDropout,
  rnnDrop,
  type SchemeLike,
  type SharedAxis,
  SITES,
  SiteError,
  schemeWarnings,
  tokenDropout,
  unknownDropout,
  variational,
  weightDrop,
  zoneout,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { expectSites, resolveScheme, rulesAt, type SiteRule } from '../../../src/masks/scheme.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

const defaults = { scope: 'sequence', tied: true, scaling: 'inverted', shared: [], distribution: 'bernoulli' };

describe('a preset is data: the sites that its paper drops at', () => {
  test.each([
    [
      'naive',
      naive({ input: 0.2, output: 0.35 }),
      [
        ['input', 0.2],
        ['output', 0.35],
      ],
      { scope: 'step' },
    ],
    [
      'variational',
      variational({ input: 0.2, recurrent: 0.35 }),
      [
        ['input', 0.2],
        ['recurrent', 0.35],
      ],
      {},
    ],
    ['variational, untied', variational({ recurrent: 0.35, tied: false }), [['recurrent', 0.35]], { tied: false }],
    ['recurrentDropout', recurrentDropout({ update: 0.3 }), [['update', 0.3]], {}],
    [
      'recurrentDropout, per step, literal',
      recurrentDropout({ update: 0.3, scope: 'step', scaling: 'literal' }),
      [['update', 0.3]],
      { scope: 'step', scaling: 'literal' },
    ],
    ['rnnDrop', rnnDrop({ memory: 0.15, scaling: 'literal' }), [['memory', 0.15]], { scaling: 'literal' }],
    [
      'zoneout',
      zoneout({ hidden: 0.05, cell: 0.6 }),
      [
        ['zoneHidden', 0.05],
        ['zoneCell', 0.6],
      ],
      {},
    ],
    ['zoneout, per step', zoneout({ cell: 0.6, scope: 'step' }), [['zoneCell', 0.6]], { scope: 'step' }],
    ['weightDrop', weightDrop({ recurrent: 0.6 }), [['weight', 0.6]], {}],
    ['lockedDropout', lockedDropout({ output: 0.4 }), [['output', 0.4]], {}],
  ] as const)('%s', (_, scheme, sites, options) => {
    expect(scheme).toEqual(sites.map(([site, rate]) => ({ site, rate, ...defaults, stream: site, ...options })));
  });

  test('a preset without any rate is refused', async () => {
    await expectRefusal(() => variational({}), RateError, 'a rate for input or recurrent', 'none came');
    await expectRefusal(() => zoneout({}), RateError, 'zoneout: a rate for', 'none came');
  });
});

test('a misspelt option of a preset is refused', async () => {
  const options = { input: 0.2, recurent: 0.3 };
  await expectRefusal(() => variational(options), OptionError, 'variational:', '"recurent"');
});

describe('a rate is in [0, 1), and nothing is clamped', () => {
  test.each([
    ['-0.1', -0.1],
    ['1', 1],
    ['1.7', 1.7],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['"0.3"', '0.3'],
    ['null', null],
  ])('%s is refused', async (shown, rate) => {
    const act = (): unknown => recurrentDropout({ update: rate as number });
    await expectRefusal(act, RateError, 'update: a dropout rate in [0, 1)', `${shown} came`);
  });

  test.each([0, 0.2, 1 - 2 ** -53])('%d is taken as it is', (rate) => {
    expect(recurrentDropout({ update: rate })[0]?.rate).toBe(rate);
  });
});

describe('a scheme that cannot be is refused', () => {
  const refused: readonly [string, unknown, new (message: string) => Error, string, string][] = [
    ['no list', { site: 'input', rate: 0.2 }, SiteError, 'a list such as', 'came'],
    ['no rule', [null], SiteError, '{ site, rate }', 'null came'],
    ['the name of a site', ['input'], SiteError, '{ site, rate }', '"input" came'],
    [
      'a rate that is no schedule',
      [{ site: 'input', rate: { rate: 0.2 } }],
      RateError,
      'input: a dropout rate',
      'came',
    ],
    ['an unknown site', [{ site: 'hidden', rate: 0.2 }], SiteError, 'a site of input, recurrent', '"hidden" came'],
    ['a property of objects as a site', [{ site: 'toString', rate: 0.2 }], SiteError, 'a site of', '"toString" came'],
    ['a site that is named twice', [variational({ input: 0.2 }), naive({ input: 0.3 })], SiteError, 'once', "'input'"],
    [
      'an unknown scope',
      [{ site: 'input', rate: 0.2, scope: 'batch' }],
      OptionError,
      '"sequence", "step"',
      '"batch" came',
    ],
    ['an unknown scaling', [{ site: 'input', rate: 0.2, scaling: 'half' }], OptionError, '"inverted"', '"half" came'],
    ['an unknown option', [{ site: 'input', rate: 0.2, scop: 'step' }], SiteError, 'scope, tied', '"scop" came'],
    ['tied that is no boolean', [{ site: 'input', rate: 0.2, tied: 1 }], OptionError, 'true, false', '1 came'],
    [
      'untied masks of a gate',
      [{ site: 'update', rate: 0.2, tied: false }],
      SiteError,
      'one mask for all gates',
      'tied: false came; only input and recurrent untie',
    ],
    ['weights per step', [{ site: 'weight', rate: 0.2, scope: 'step' }], SiteError, "scope 'sequence'", "'step' came"],
    [
      'weights per step, which says why',
      [{ site: 'weight', rate: 0.2, scope: 'step' }],
      SiteError,
      'once per batch',
      '',
    ],
    ['fixed tokens', [{ site: 'token', rate: 0.2, scope: 'sequence' }], SiteError, "scope 'step'", 'for each token'],
  ];
  test.each(refused)('%s', async (_, scheme, type, wanted, came) => {
    await expectRefusal(() => resolveScheme(scheme as SchemeLike), type, wanted, came);
  });

  test('a site that the cell lacks', async () => {
    const act = (): void => expectSites(rnnDrop({ memory: 0.2 }), 'gru', ['input', 'update']);
    await expectRefusal(act, SiteError, 'gru: a site of input, update', "'memory' came");
  });
});

test('several schemes are concatenated, in order', () => {
  const both = resolveScheme([variational({ input: 0.2 }), zoneout({ hidden: 0.35 })]);
  expect(both).toEqual([...variational({ input: 0.2 }), ...zoneout({ hidden: 0.35 })]);
  expect(resolveScheme([])).toEqual([]);
});

describe('a scheme that was resolved', () => {
  const scheme = [variational({ input: 0.2 }), [{ site: 'weight', rate: 0.35 }] as const];
  const resolved = resolveScheme(scheme);

  test('is not resolved again: the same rules come back', () => {
    expect(resolveScheme(resolved)).toBe(resolved);
    expect(rulesAt(resolved, 3)).toBe(resolved);
    expect(mean(resolved)).toEqual(mean(scheme));
    const again = resolveScheme([...resolved, ...lockedDropout({ output: 0.4 })]);
    expect(again.slice(0, 2).every((rule, n) => rule === resolved[n])).toBe(true);
  });

  test('is checked again with a rule that was changed, or named twice', async () => {
    const [first] = resolved as unknown as readonly [SiteRule, SiteRule];
    await expectRefusal(() => resolveScheme([{ ...first, rate: 1 }]), RateError, 'input: a dropout rate', '1 came');
    await expectRefusal(() => resolveScheme([first, first]), SiteError, 'once', "'input'");
  });

  test('has the rates of its schedules at each update', () => {
    const rising = resolveScheme(variational({ input: curriculum(0.2, { gamma: 1 }), recurrent: 0.35 }));
    expect(rulesAt(rising, 0).map(({ rate }) => rate + 0)).toEqual([0, 0.35]);
    expect(rulesAt(rising, 1)[0]?.rate).toBeCloseTo(0.2 * (1 - Math.exp(-1)), 12);
  });

  test('cannot be changed, nor through what it was made from', () => {
    const shared: SharedAxis[] = ['batch'];
    const rate = { schedule: 'annealed', rate: 0.2, gamma: 1 } as const;
    const rules = resolveScheme([{ site: 'input', rate, shared, distribution: 'gaussian' }]);
    const before = structuredClone(rules);
    shared.push('unit');
    (rate as { rate: number }).rate = 7;
    expect(rules).toEqual(before);
    for (const part of [rules, rules[0], rules[0]?.rate, rules[0]?.shared]) expect(Object.isFrozen(part)).toBe(true);
    const [relaxed] = resolveScheme(concrete({ input: 0.2 }));
    expect(Object.isFrozen(relaxed?.distribution)).toBe(true);
  });
});

test('a site with one scope only says when it is drawn', () => {
  for (const { scopes, drawn } of Object.values(SITES)) expect(drawn !== undefined).toBe(scopes.length === 1);
});

describe('a scheme warns of', () => {
  test('rates without an effect', () => {
    expect(schemeWarnings(variational({ input: 0, recurrent: 0.2 }))).toEqual(['input: rate 0 has no effect']);
  });

  test('a fixed inverted mask on the memory, with its factor', () => {
    expect(schemeWarnings(rnnDrop({ memory: 0.2 }))).toEqual([expect.stringMatching(/^memory: .* 1\.25 .*explode/)]);
  });

  test('a fixed literal mask on the memory, with its factor', () => {
    expect(schemeWarnings(rnnDrop({ memory: 0.2, scaling: 'literal' }))).toEqual([
      expect.stringMatching(/^memory: .* 0\.80 .*decays/),
    ]);
  });

  test('fixed zones, whose units never change', () => {
    expect(schemeWarnings(zoneout({ hidden: 0.2, cell: 0.35 }))).toEqual([
      expect.stringMatching(/^zoneHidden: .*first state.*scope 'step'/),
      expect.stringMatching(/^zoneCell: .*first state.*scope 'step'/),
    ]);
  });

  test('rates that a schedule keeps at 0, and the largest factor of one that rises', () => {
    expect(schemeWarnings(variational({ input: curriculum(0) }))).toEqual(['input: rate 0 has no effect']);
    expect(schemeWarnings(rnnDrop({ memory: curriculum(0.2) }))).toEqual([expect.stringMatching(/^memory: .* 1\.25 /)]);
  });

  test('training that is not scaled where evaluation is not, either', () => {
    expect(schemeWarnings(tokenDropout({ rate: 0.2 }))).toEqual([expect.stringMatching(/^token: .* 0\.80 .*inverted/)]);
    expect(schemeWarnings(unknownDropout({ rate: 0.2 }))).toEqual([]);
  });

  test('nothing else', () => {
    const fine = [variational({ input: 0.2, recurrent: 0.35 }), zoneout({ hidden: 0.1, cell: 0.6, scope: 'step' })];
    expect(schemeWarnings([...fine, [{ site: 'memory', rate: 0.2, scope: 'step' }]])).toEqual([]);
  });
});
