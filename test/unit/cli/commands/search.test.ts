import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, OptionError } from 'keepgate';
import { afterAll, describe, expect, test } from 'vitest';
import { type SearchCommandOptions, studyOfCommand } from '../../../../src/cli/actions/search/study-of-command.ts';
import { searchCommand } from '../../../../src/cli/commands/search/search-study.ts';
import { Interrupt } from '../../../../src/cli/interrupt.ts';
import { spaceOf } from '../../../../src/search/space.ts';
import { TRAINING_OPTIONS } from '../../../../src/search/training-options.ts';

const root = mkdtempSync(join(tmpdir(), 'keepgate-search-command-'));
afterAll(() => rmSync(root, { recursive: true }));

const study = (...args: readonly string[]) => {
  const command = searchCommand(new Interrupt(process)).exitOverride();
  command.parseOptions([...args]);
  return studyOfCommand('films.csv', command.opts<SearchCommandOptions>());
};
const file = (name: string, text: string): string => {
  writeFileSync(join(root, name), text);
  return join(root, name);
};

describe('keepgate search', () => {
  test('has an option for each of a training that a space may name', () => {
    const known = searchCommand(new Interrupt(process)).options.map((option) => option.attributeName());
    expect(known).toEqual(expect.arrayContaining(Object.keys(TRAINING_OPTIONS)));
  });

  test('without options searches all schemes of the cell, begins with what papers have, and names the folder after the data', async () => {
    const { out, trials, epochs, seeds, space, first, pruner } = await study();
    expect({ out, trials, epochs, seeds, pruner }).toEqual({
      out: 'films-search',
      trials: 50,
      epochs: 9,
      seeds: 3,
      pruner: undefined,
    });
    expect(spaceOf(space).dimensions.map(({ name }) => name)).toContain('learningRate');
    expect(first?.map(({ scheme }) => scheme)).toEqual([
      'none',
      'zaremba2014()',
      'gal2016()',
      'semeniuta2016()',
      'merity2017()',
      'krueger2017()',
    ]);
    expect((await study('--cell', 'gru')).first?.map(({ scheme }) => scheme)).not.toContain('krueger2017()');
  });

  test('takes schemes by their names, with the rates that these use', async () => {
    const { space, first } = await study('--schemes', 'none,zoneout', '--learning-rate', '0.01', '--units', '8');
    expect(spaceOf(space).dimensions.map(({ name }) => name)).toEqual([
      'scheme',
      'c',
      'cell',
      'i',
      'learningRate',
      'units',
      'z',
    ]);
    expect(space.learningRate).toBe(0.01);
    expect(first).toEqual([{ scheme: 'none' }]);
    const papers = await study('--schemes', 'papers');
    expect((papers.space.scheme as string[]).every((text) => text.endsWith('()'))).toBe(true);
    await expect(study('--schemes', 'zonout')).rejects.toThrow(/but "zonout" came; did you mean zoneout\?/);
  });

  test('reads a space, to which options add what all trials have', async () => {
    const path = file('space.json', '{ "$schema": "x", "scheme": ["none"], "units": [8, 16] }');
    const { space, first } = await study('--space', path, '--cell', 'gru');
    expect(space).toEqual({ scheme: ['none'], units: [8, 16], cell: 'gru' });
    expect(first).toBeUndefined();
  });

  test('knows a pruner by its options', async () => {
    expect((await study('--eta', '2')).pruner).toEqual({ name: 'asha', eta: 2 });
    expect((await study('--pruner', 'none')).pruner).toEqual({ name: 'none' });
    await expect(study('--pruner', 'none', '--eta', '2')).rejects.toThrow(/no --eta was expected/);
  });

  test.each<[string, () => readonly string[], new (message: string) => Error, RegExp]>([
    [
      'a space that is not there',
      () => ['--space', join(root, 'none.json')],
      DataError,
      /a space was expected in .*none\.json/,
    ],
    ['what is no JSON', () => ['--space', file('a.json', '{ r: 1 }')], DataError, /a space as JSON was expected/],
    ['a list', () => ['--space', file('b.json', '[1]')], DataError, /an object of names was expected/],
    ['bytes that are no UTF-8', () => ['--space', file('c.json', '\ud800')], DataError, /JSON was expected/],
    [
      'a setting twice',
      () => ['--space', file('d.json', '{"units":[8,16]}'), '--units', '8'],
      OptionError,
      /units was expected in .* or as an option, but it came twice/,
    ],
    [
      'a space and schemes',
      () => ['--space', file('e.json', '{}'), '--schemes', 'all'],
      OptionError,
      /--space or --schemes was expected/,
    ],
  ])('refuses %s in one line', async (_, args, type, message) => {
    const error: unknown = await study(...args()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain('\n');
  });

  test('refuses standard input, which processes cannot share', async () => {
    const command = searchCommand(new Interrupt(process));
    await expect(studyOfCommand('-', command.opts<SearchCommandOptions>())).rejects.toThrow(
      /standard input came; write it to a file/,
    );
  });
});
