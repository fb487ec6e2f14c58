import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readFragment, writeFragment } from '../../../src/lab/state/fragment.ts';
import { DEFAULTS, schemeOf, type Settings } from '../../../src/lab/state/lab-settings.ts';

const settings: fc.Arbitrary<Settings> = fc.record({
  view: fc.constantFrom('masks', 'keys'),
  scheme: fc.oneof(fc.string({ maxLength: 60 }), fc.constant('variational(input=0.25)+zoneout(hidden=0.1,scope=step)')),
  cell: fc.constantFrom('lstm', 'gru', 'rnn'),
  key: fc.integer({ min: 0, max: 0xffff_ffff }),
  other: fc.integer({ min: 0, max: 0xffff_ffff }),
  T: fc.integer({ min: 1, max: 120 }),
  I: fc.integer({ min: 1, max: 64 }),
  H: fc.integer({ min: 1, max: 64 }),
  B: fc.integer({ min: 1, max: 16 }),
  sample: fc.integer({ min: 0, max: 15 }),
  gate: fc.integer({ min: 0, max: 3 }),
  scope: fc.constantFrom('told', 'sequence', 'step'),
  tie: fc.constantFrom('told', 'tied', 'untied'),
  scaling: fc.constantFrom('told', 'inverted', 'literal', 'none'),
});

test('a link gives the settings that it was written from, and strangers are kept', () => {
  fc.assert(
    fc.property(settings, fc.string(), (given, text) => {
      const read = readFragment(writeFragment(given, { later: text }));
      expect(read).toEqual({ settings: given, problems: [], unknown: { later: text } });
      expect(writeFragment(read.settings, read.unknown)).toBe(writeFragment(given, { later: text }));
    }),
  );
});

test('a link can be read by people', () => {
  const scheme = 'variational(input=0.25,recurrent=0.25)+zoneout(hidden=0.05,scope=step)';
  expect(writeFragment({ ...DEFAULTS, scheme, key: 7, T: 40 })).toBe(`#v=1&scheme=${scheme}&key=7&T=40`);
});

test('any text is an address: what is wrong is told, and something is shown', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { settings: found } = readFragment(text);
      expect(Object.keys(found)).toEqual(Object.keys(DEFAULTS));
      expect(readFragment(writeFragment(found)).problems).toEqual([]);
    }),
  );
});

test.each([
  ['#T=0', 'T: a whole number from 1 to 120 was expected, but "0" came; 30 is shown'],
  ['#T=1e9', 'T: a whole number from 1 to 120 was expected, but "1e9" came; 30 is shown'],
  ['#cell=transformer', 'cell: one of lstm, gru, rnn was expected, but "transformer" came; lstm is shown'],
  ['#key=1&key=2', 'key: one value was expected, but it came twice; the first is shown'],
  ['#scheme=%E0%A4%A', '"scheme": text as encodeURIComponent writes it was expected; it was left aside'],
  [`#x=${'y'.repeat(100_000)}`, 'a link of at most 100000 characters was expected, but 100002 came; it was left aside'],
])('%.40s', (fragment, problem) => {
  expect(readFragment(fragment).problems).toEqual([problem]);
});

test('names of objects are strangers as any others', () => {
  expect(readFragment('#__proto__=1&constructor=2&toString=3')).toEqual({
    settings: DEFAULTS,
    problems: [],
    unknown: Object.fromEntries([
      ['__proto__', '1'],
      ['constructor', '2'],
      ['toString', '3'],
    ]),
  });
});

test('what is flipped is flipped where a site can be so', () => {
  const scheme = 'variational(input=0.25,recurrent=0.5)+weightDrop(recurrent=0.5)';
  const flipped = schemeOf({ ...DEFAULTS, scheme, scope: 'step', tie: 'untied', scaling: 'literal' });
  expect(flipped).toMatchObject([
    { site: 'input', rate: 0.25, scope: 'step', tied: false, scaling: 'literal' },
    { site: 'recurrent', rate: 0.5, scope: 'step', tied: false, scaling: 'literal' },
    { site: 'weight', rate: 0.5, scope: 'sequence', scaling: 'literal' },
  ]);
  const memory = schemeOf({ ...DEFAULTS, scheme: 'zoneout(hidden=0.1,cell=0.5)', cell: 'gru' });
  expect(memory.map(({ site }) => site)).toEqual(['zoneHidden']);
});
