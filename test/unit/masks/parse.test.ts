import {
  annealed,
  concrete,
  curriculum,
  embeddingRowDropout,
  gaussian,
  lockedDropout,
  naive,
  OptionError,
  papers,
  parseScheme,
  RateError,
  recurrentDropout,
  rnnDrop,
  SiteError,
  sharedAcrossBatch,
  sharedAcrossLayers,
  stochasticDepth,
  tokenDropout,
  unknownDropout,
  variational,
  weightDrop,
  wordTypeDropout,
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
    [
      'zoneout(hidden=0.3,cell=0.3,scope=step,tied=true)',
      zoneout({ hidden: 0.3, cell: 0.3, scope: 'step', tied: true }),
    ],
    ['stochasticDepth(hidden=0.3)', stochasticDepth({ hidden: 0.3 })],
    ['gaussian(input=0.3,tied=false,scope=step)', gaussian({ input: 0.3, tied: false, scope: 'step' })],
    ['concrete(output=0.3,temperature=0.2)', concrete({ output: 0.3, temperature: 0.2 })],
    [
      'concrete(input=0.3,weightRegularizer=1e-5,dropoutRegularizer=0)',
      concrete({ input: 0.3, weightRegularizer: 1e-5, dropoutRegularizer: 0 }),
    ],
    ['wordTypeDropout(rate=0.1)', wordTypeDropout({ rate: 0.1 })],
    ['embeddingRowDropout(rate=0.1)', embeddingRowDropout({ rate: 0.1 })],
    ['tokenDropout(rate=0.1)', tokenDropout({ rate: 0.1 })],
    ['unknownDropout(rate=0.1)', unknownDropout({ rate: 0.1 })],
    ['gal2016( )', papers.gal2016()],
    [
      'merity2017(input=0.4) + embeddingRowDropout(rate=0.1)',
      [...papers.merity2017({ input: 0.4 }), ...embeddingRowDropout({ rate: 0.1 })],
    ],
    ['naive(input=curriculum(0.4),output=0.2)', naive({ input: curriculum(0.4), output: 0.2 })],
    ['naive(input = annealed( 0.4 , gamma = 0.01 ))', naive({ input: annealed(0.4, { gamma: 0.01 }) })],
    [
      'sharedAcrossLayers(sharedAcrossBatch(variational(recurrent=0.2)))',
      sharedAcrossLayers(sharedAcrossBatch(variational({ recurrent: 0.2 }))),
    ],
    [
      'sharedAcrossBatch(variational(input=0.2) + lockedDropout(output=0.3))+zoneout(hidden=0.1)',
      [
        ...sharedAcrossBatch([variational({ input: 0.2 }), lockedDropout({ output: 0.3 })]),
        ...zoneout({ hidden: 0.1 }),
      ],
    ],
  ])('%s', (text, scheme) => {
    expect(parseScheme(text)).toEqual(scheme);
  });

  test.each([
    ['naive(input=0.2,output=0.3)', naive({ input: 0.2, output: 0.3 })],
    ['variational(input=0.2,recurrent=0.3,tied=false)', variational({ input: 0.2, recurrent: 0.3, tied: false })],
    ['variational(input=0.2,tied=true)', variational({ input: 0.2 })],
    ['rnnDrop(memory=0.2,scaling=literal)', rnnDrop({ memory: 0.2, scaling: 'literal' })],
    ['stochasticDepth(hidden=0.3,cell=0.3,tied=true)', stochasticDepth({ hidden: 0.3, cell: 0.3, tied: true })],
    ['stochasticDepth(cell=0.3)', stochasticDepth({ cell: 0.3 })],
    [
      'gaussian(input=0.2,recurrent=0.3)+gaussian(output=0.4,scope=step)',
      [...gaussian({ input: 0.2, recurrent: 0.3 }), ...gaussian({ output: 0.4, scope: 'step' })],
    ],
    ['concrete(input=0.2,recurrent=0.3,output=0.4)', concrete({ input: 0.2, recurrent: 0.3, output: 0.4 })],
    ['zaremba2014(input=0.2,output=0.3)', papers.zaremba2014({ input: 0.2, output: 0.3 })],
    ['moon2015(memory=0.2)', papers.moon2015({ memory: 0.2 })],
    ['gal2016(input=0.2,recurrent=0.4,output=0.1)', papers.gal2016({ input: 0.2, recurrent: 0.4, output: 0.1 })],
    ['semeniuta2016(update=0.2,scope=step)', papers.semeniuta2016({ update: 0.2, scope: 'step' })],
    ['krueger2017(hidden=0.2,cell=0.3)', papers.krueger2017({ hidden: 0.2, cell: 0.3 })],
    ['merity2017(recurrent=0.2,input=0.3,output=0.1)', papers.merity2017({ recurrent: 0.2, input: 0.3, output: 0.1 })],
  ])('every option can be said: %s', (text, scheme) => {
    expect(parseScheme(text)).toEqual(scheme);
  });

  test.each([
    ['', 'name(option=value,...)'],
    ['dropout(rate=0.2)', 'a name of naive, variational'],
    ['toString(rate=0.2)', 'a name of naive, variational'],
    ['variational', 'name(option=value,...)'],
    ['variational()', 'options of input, recurrent, tied'],
    ['variational(rate=0.2)', 'options of input, recurrent, tied'],
    ['variational(input=0.2,input=0.3)', 'each once'],
    ['variational(in-put=0.2)', 'each once'],
    ['variational(input=0.2,recurrent=(0.3))', 'each once'],
    ['naive(input=toString(0.2))', 'options of input, output'],
    ['variational(input)', 'options of input, recurrent, tied'],
    ['variational(input=)', 'options of input, recurrent, tied'],
    ['variational(input=0.2', 'name(option=value,...)'],
    ['variational(input=0.2)+', 'name(option=value,...)'],
    ['variational(input=0.2)zoneout(hidden=0.1)', 'options of input, recurrent, tied'],
    ['variational(input=linear(0.2))', 'options of input, recurrent, tied'],
    ['variational(input=curriculum(0.2,gama=1))', 'options of input, recurrent, tied'],
    ['variational(input=curriculum())', 'options of input, recurrent, tied'],
    ['moon2015()', 'options of memory'],
    ['sharedAcrossBatch()', 'name(option=value,...)'],
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
