import {
  lockedDropout,
  naive,
  OptionError,
  parseScheme,
  RateError,
  recurrentDropout,
  rnnDrop,
  SiteError,
  variational,
  weightDrop,
  zoneout,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../../helpers/refusals.ts';

describe('a scheme from text', () => {
  test.each([
    ['none', []],
    [' none ', []],
    ['naive(input=0.2)', naive({ input: 0.2 })],
    ['variational(input=0.25,recurrent=0.4)', variational({ input: 0.25, recurrent: 0.4 })],
    ['variational(recurrent=0.4, tied=false)', variational({ recurrent: 0.4, tied: false })],
    [
      'recurrentDropout(update=.3,scope=step,scaling=literal)',
      recurrentDropout({ update: 0.3, scope: 'step', scaling: 'literal' }),
    ],
    ['rnnDrop(memory=0.2)', rnnDrop({ memory: 0.2 })],
    ['zoneout(hidden=5e-2,cell=0.6,scope=step)', zoneout({ hidden: 0.05, cell: 0.6, scope: 'step' })],
    ['weightDrop(recurrent=0.6)', weightDrop({ recurrent: 0.6 })],
    ['lockedDropout( output = 0.4 )', lockedDropout({ output: 0.4 })],
    ['variational(input=0.2) + zoneout(hidden=0.35)', [...variational({ input: 0.2 }), ...zoneout({ hidden: 0.35 })]],
  ])('%s', (text, scheme) => {
    expect(parseScheme(text)).toEqual(scheme);
  });

  test.each([
    ['', 'name(option=value,...)'],
    ['dropout(rate=0.2)', 'a name of naive, variational'],
    ['toString(rate=0.2)', 'a name of naive, variational'],
    ['variational', 'name(option=value,...)'],
    ['variational()', 'options of input, recurrent, tied'],
    ['variational(rate=0.2)', 'options of input, recurrent, tied'],
    ['variational(input)', 'options of input, recurrent, tied'],
    ['variational(input=)', 'options of input, recurrent, tied'],
    ['variational(input=0.2', 'name(option=value,...)'],
    ['variational(input=0.2)+', 'name(option=value,...)'],
    ['variational(input=0.2)\nzoneout(hidden=0.1)', 'name(option=value,...)'],
  ])('%j is refused', async (text, wanted) => {
    await expectRefusal(() => parseScheme(text), OptionError, wanted, 'came');
  });

  test('values are checked by the scheme', async () => {
    await expectRefusal(() => parseScheme('weightDrop(recurrent=1)'), RateError, '[0, 1)', '1 came');
    await expectRefusal(() => parseScheme('weightDrop(recurrent=half)'), RateError, '[0, 1)', '"half" came');
    await expectRefusal(
      () => parseScheme('variational(input=0.2,tied=maybe)'),
      OptionError,
      'true, false',
      '"maybe" came',
    );
    await expectRefusal(() => parseScheme('naive(input=0.2)+variational(input=0.3)'), SiteError, 'once', "'input'");
  });
});
