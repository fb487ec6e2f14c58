import { DataError, OptionError, parseScheme, SiteError, variational } from 'keepgate';
import {
  type AnySubject,
  type CellSubject,
  propertyNames,
  reportPage,
  type Subject,
  subjectOf,
  verify,
} from 'keepgate/verify';
import { describe, expect, test } from 'vitest';
import { lstm } from '../../../src/cells/lstm.ts';
import { SCHEMES } from '../../../src/masks/schemes/parse.ts';
import { SITES } from '../../../src/masks/sites.ts';
import { describeScheme } from '../../../src/verify/describe-rule.ts';
import { PUBLISHED, publishedSubjects } from '../../../src/verify/own-subjects.ts';
import { expectRefusal } from '../../helpers/refusals.ts';
import { cellWith } from './wrong-cells.ts';

const right: CellSubject = {
  name: 'mine',
  cell: cellWith('mine'),
  claims: variational({ input: 0.2, recurrent: 0.35 }),
};
const wrong: CellSubject = { ...right, name: 'wrong', cell: cellWith('wrong', { updateGrad: (_, mask) => mask }) };

describe('the report on a cell', () => {
  test('has every law that speaks of it, and what the scheme was seen to do', async () => {
    const report = await verify(right);
    expect(report).toMatchObject({ subject: 'mine', passed: true, seed: 1 });
    expect(report.properties.map(({ name }) => name)).toEqual(propertyNames(right));
    expect(report.properties.map(({ name }) => name)).not.toContain('zone-holds-the-state');
    expect(report.observed).toEqual(report.claims);
    for (const { detail } of report.properties) expect(detail).not.toContain('\n');
  });

  test('leaves out of what was seen a site that does nothing', async () => {
    const claims = parseScheme('recurrentDropout(update=0.3)+variational(input=0.2)');
    const cell = cellWith('idle', { update: (_, __, fresh) => fresh, updateGrad: (_, __, grad) => grad });
    const { observed } = await verify({ name: 'idle', cell, claims });
    expect(observed.map(({ site }) => site)).toEqual(['input']);
  });

  test('is the same for the same seed, and says how to see a failure again', async () => {
    const report = await verify(wrong, { seed: 5 });
    expect(await verify(wrong, { seed: 5 })).toEqual(report);
    const failed = report.properties.find(({ name }) => name === 'gradients');
    expect(failed?.passed).toBe(false);
    expect(failed?.detail).toMatch(
      /^gradients are the central differences.*; but d\w+\[\d+\] of shape \[[\d,]+\]: .* came$/,
    );
    expect(failed?.counterexample).toMatch(
      /^B 2, T 3, I 2, H 2; 1 layer; numbers of key\(\d+\); input 0\.2, recurrent 0\.35; fast-check seed -?\d+, path "[\d:]+"$/,
    );
  });

  test('takes as many runs as it is told', async () => {
    const { properties } = await verify(right, { runs: 2 });
    for (const { detail } of properties) expect(detail).toContain('(2 examples)');
  });

  test('has what a cell throws as a failure', async () => {
    const cell = {
      ...cellWith('throws'),
      forward: () => {
        throw new TypeError('out of\norder');
      },
    };
    const { passed, properties, observed } = await verify({ ...right, cell });
    expect(passed).toBe(false);
    expect(properties.find(({ name }) => name === 'gradients')?.detail).toContain('but TypeError: out of order');
    expect(observed).toEqual([]);
  });
});

describe('bad subjects and options are refused in a line', () => {
  test.each([
    [undefined, 'undefined came'],
    ['lstm', '"lstm" came'],
    [[], '[] came'],
    [{}, 'an object with nothing in it came'],
    [{ name: 'a', cell: 'lstm', claims: [] }, 'an object with name, cell, claims came'],
    [{ ...right, name: '' }, 'a subject with a name was expected'],
    [{ ...right, claims: 'variational' }, 'as claims, but "variational" came'],
  ])('%j', async (subject, part) => {
    await expectRefusal(() => verify(subject as AnySubject), DataError, 'verify: ', part);
  });

  test('a cell that is not one, a site that it lacks, an option that there is not', async () => {
    await expectRefusal(
      () => verify({ ...right, cell: {} as CellSubject['cell'] }),
      OptionError,
      'a cell with name, gates',
    );
    await expectRefusal(() => verify({ ...right, claims: parseScheme('rnnDrop(memory=0.3)') }), SiteError, "'memory'");
    await expectRefusal(() => verify(right, null as never), OptionError, 'verify: an object of options', 'null came');
    await expectRefusal(() => verify(right, { seed: -1 }), OptionError, 'as seed');
    await expectRefusal(() => verify(right, { runs: 0 }), OptionError, 'as runs');
    await expectRefusal(() => verify(right, { run: 1 } as never), OptionError, '"run" is not an option');
  });
});

describe('our own layer as a subject', () => {
  const scheme = variational({ input: 0.25, recurrent: 0.35 });
  const x = [
    [
      [1, -2, 3],
      [0.5, 1, -1],
    ],
  ];
  const call = (subject: Subject, training: boolean, seed: number) => subject.forward(x, { training, seed });

  test('draws by the seed in training, and nothing in evaluation', async () => {
    const subject = subjectOf({ cell: 'gru', resetAfter: false, scheme });
    expect(subject).toMatchObject({
      name: 'gru',
      cell: 'gru',
      resetAfter: false,
      inputSize: 3,
      hiddenSize: 4,
      claims: scheme,
    });
    expect(await call(subject, true, 1)).toEqual(await call(subject, true, 1));
    expect(await call(subject, true, 1)).not.toEqual(await call(subject, true, 2));
    expect(await call(subject, false, 1)).toEqual(await call(subject, false, 2));
  });

  test('may claim something else than it does', async () => {
    const claims = variational({ input: 0.25 });
    expect(subjectOf({ cell: 'lstm', scheme, claims }).claims).toBe(claims);
  });

  test('refuses a site that the cell lacks', async () => {
    await expectRefusal(
      () => subjectOf({ cell: 'rnn', scheme: parseScheme('rnnDrop(memory=0.3)') }),
      SiteError,
      "'memory'",
    );
  });
});

test('every scheme that a cell can have is among the published ones', () => {
  const named = new Set(PUBLISHED.map((text) => text.replace(/\(.*/, '')));
  const ofCells = Object.keys(SCHEMES).filter((name) => !OF_EMBEDDINGS.includes(name));
  expect([...named].sort()).toEqual(ofCells.sort());
  for (const text of PUBLISHED) {
    expect(parseScheme(text).every(({ site }) => SITES[site].of === 'cell')).toBe(true);
  }
  const names = publishedSubjects().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toContain('gru (reset before) layer, gal2016()');
  expect(names).toContain('lstm cell, krueger2017()');
  expect(names).toContain('gru (reset before, layer norm) cell, merity2017()');
});

const OF_EMBEDDINGS = ['wordTypeDropout', 'embeddingRowDropout', 'tokenDropout', 'unknownDropout'];

describe('the page', () => {
  test('shows claims, what was observed, and every property; it stands alone and quotes what it shows', async () => {
    const claims = parseScheme('zoneout(hidden=0.25,cell=0.125,scope=step)');
    const lstmReport = await verify({ name: '<script>lstm</script>', cell: lstm, claims }, { runs: 1 });
    const page = await reportPage([lstmReport, await verify(wrong, { runs: 1 })], { title: 'A & B' });
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).toContain('<title>A &amp; B</title>');
    expect(page).not.toContain('<script');
    expect(page).not.toMatch(/(src|href)="(?!#)/);
    expect(page).toContain('2 subjects, 1 with properties that fail.');
    expect(page).toContain('<code>zoneCell</code></td><td>0.125, at each step</td><td>0.125, at each step</td>');
    for (const { name } of lstmReport.properties) expect(page).toContain(`>${name}</td>`);
    expect(page).toContain('smallest example: B 2, T 3');
  });

  test('marks what was not observed', async () => {
    const report = await verify(right, { runs: 1 });
    const page = await reportPage([{ ...report, observed: [] }]);
    expect(page).toContain('<td>0.2, fixed</td><td class="none">nothing</td>');
    expect(page).toContain('1 subject, every property holds.');
  });

  test('refuses an option that there is not', async () => {
    await expectRefusal(() => reportPage([], { titel: 'A' } as never), OptionError, '"titel"');
  });
});

test.each([
  ['none', 'nothing'],
  [
    'variational(input=0.25,recurrent=0.3333,tied=false)',
    'input 0.25, fixed, a mask a gate; recurrent 0.333, fixed, a mask a gate',
  ],
  ['recurrentDropout(update=0.4,scope=step,scaling=literal)', 'update 0.4, at each step, literal'],
  ['weightDrop(recurrent=0.5)', 'weight 0.5'],
  ['stochasticDepth(hidden=0.4)', 'zoneHidden 0.4, at each step, one for every unit'],
  ['gaussian(input=0.2)', 'input 0.2, fixed, gaussian'],
  ['lockedDropout(output=curriculum(0.4,gamma=0.01))', 'output curriculum 0.4 (gamma 0.01), fixed'],
])('%s in words: %s', (text, words) => {
  expect(describeScheme(parseScheme(text))).toBe(words);
});
