import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { glossaryViolations, WORDS } from '../helpers/glossary.ts';
import { ROOT } from '../helpers/run-script.ts';

test('docs/architecture.md gives each word one meaning', () => {
  expect(glossaryViolations(readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8'))).toEqual([]);
});

describe('the reader of the glossary', () => {
  const rows = WORDS.map((word) => `| *${word}* | what it means |`);
  const page = (lines: readonly string[], after = ''): string =>
    ['# Title', '| rate | of another table |', '## Words', 'Each once.', '', '| word | it means |', '| --- | --- |']
      .concat(lines, after)
      .join('\n');

  test('finds each word once, however it is set', () => {
    expect(glossaryViolations(page(rows))).toEqual([]);
    expect(glossaryViolations(page(rows.map((row) => row.replaceAll('*', '**'))))).toEqual([]);
    expect(glossaryViolations(page([...rows, '| other | a word |'], '\n## More\n| rate | again |'))).toEqual([]);
  });

  test('says which are missing, doubled or without a meaning', () => {
    expect(glossaryViolations('# Title\n')).toEqual(['there is no heading "Words"']);
    expect(glossaryViolations(page(rows.slice(1)))).toEqual(['whole: 0 rows, where 1 was expected']);
    expect(glossaryViolations(page([...rows, '| `lane` | another meaning |']))).toEqual([
      'lane: 2 rows, where 1 was expected',
    ]);
    expect(glossaryViolations(page([...rows.slice(1), '| whole | |']))).toEqual(['whole: no meaning']);
    // What stands in another section is not looked at.
    expect(glossaryViolations(page(rows.slice(1), '\n## More\n| whole | elsewhere |'))).toHaveLength(1);
  });
});
