import {
  gaussian,
  lockedDropout,
  naive,
  OptionError,
  papers,
  parseScheme,
  RateError,
  recurrentDropout,
  rnnDrop,
  variational,
  weightDrop,
  zoneout,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../../helpers/refusals.ts';

describe('a paper has its own places, scopes, scaling and rates', () => {
  test.each([
    ['zaremba2014', papers.zaremba2014(), naive({ input: 0.65, output: 0.65 })],
    ['moon2015', papers.moon2015({ memory: 0.3 }), rnnDrop({ memory: 0.3, scaling: 'literal' })],
    [
      'gal2016',
      papers.gal2016(),
      [...variational({ input: 0.5, recurrent: 0.3, tied: false }), ...lockedDropout({ output: 0.5 })],
    ],
    ['semeniuta2016', papers.semeniuta2016(), recurrentDropout({ update: 0.5, scaling: 'literal' })],
    ['krueger2017', papers.krueger2017(), zoneout({ hidden: 0.05, cell: 0.5, scope: 'step' })],
    [
      'merity2017',
      papers.merity2017(),
      [...weightDrop({ recurrent: 0.5 }), ...variational({ input: 0.65 }), ...lockedDropout({ output: 0.4 })],
    ],
  ] as const)('%s', (name, scheme, wanted) => {
    expect(scheme).toEqual(wanted);
    expect(parseScheme(name === 'moon2015' ? 'moon2015(memory=0.3)' : `${name}()`)).toEqual(wanted);
  });

  test('rates can be given in place of its own', () => {
    expect(papers.krueger2017({ cell: 0.25, hidden: 0.025 })).toEqual(
      zoneout({ hidden: 0.025, cell: 0.25, scope: 'step' }),
    );
    expect(papers.merity2017({ output: 0.3 })[2]).toEqual(lockedDropout({ output: 0.3 })[0]);
    expect(papers.semeniuta2016({ scope: 'step' })[0]?.scope).toBe('step');
  });

  test('a misspelt rate is refused', async () => {
    for (const [name, build] of Object.entries(papers)) {
      const act = (): unknown => build({ memory: 0.2, rate: 0.3 } as { memory: number });
      await expectRefusal(act, OptionError, `${name}:`, name === 'moon2015' ? '"rate"' : '"memory"');
    }
  });

  test('a rate that nobody told us must be given', async () => {
    await expectRefusal(() => papers.moon2015({} as { memory: number }), RateError, 'a rate for memory', 'none came');
  });
});

test('gaussian dropout is untied where it can be', async () => {
  expect(gaussian({ input: 0.2, recurrent: 0.3, tied: false }).map(({ tied }) => tied)).toEqual([false, false]);
});
