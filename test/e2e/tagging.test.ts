import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, key } from 'keepgate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sentencesOf } from '../../examples/tagging/conllu.ts';
import { madeUp } from '../../examples/tagging/made-up.ts';
import { classOf, numbered } from '../../examples/tagging/tagger.ts';
import { runScript } from '../helpers/run-script.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-tagging-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const line = (id: string, form: string, tag: string): string =>
  [id, form, '_', tag, '_', '_', '0', '_', '_', '_'].join('\t');

test('CoNLL-U is read: words and tags, without ranges, empty nodes and comments', () => {
  const lines = [
    '\uFEFF# sent_id = weblog-blog.com_7',
    '# text = Don’t go',
    line('1-2', 'Don’t', '_'),
    line('1', 'Do', 'AUX'),
    line('2', 'n’t', 'PART'),
    line('2.1', 'you', 'PRON'),
    line('3', 'go', 'VERB'),
    '',
    '# newdoc',
    line('1', 'New York', 'PROPN'),
  ];
  const found = sentencesOf(lines.join('\r\n'), 'a.conllu');
  expect(found.map(({ words, tags }) => [words, tags])).toEqual([
    [
      ['Do', 'n’t', 'go'],
      ['AUX', 'PART', 'VERB'],
    ],
    [['New York'], ['PROPN']],
  ]);
  expect(found.map((sentence) => classOf(sentence, 'sent_id'))).toEqual(['weblog', undefined]);
});

test.each([
  ['1\tword', 'line 1'],
  ['', 'none came'],
  [line('x', 'word', 'NOUN'), 'line 1'],
])('what is no CoNLL-U is refused by its line: %j', (text, part) => {
  expect(() => sentencesOf(text, 'a.conllu')).toThrow(DataError);
  expect(() => sentencesOf(text, 'a.conllu')).toThrow(part);
});

test('sentences are made up by the key alone, and both kinds of them', () => {
  const text = madeUp(60, key(1));
  expect(madeUp(60, key(1))).toBe(text);
  const kinds = sentencesOf(text, 'made up').map((sentence) => classOf(sentence, 'kind'));
  expect(new Set(kinds)).toEqual(new Set(['question', 'statement']));
});

test('what training has not counts for nothing: a tag, and the class of a sentence', () => {
  const [one, two, other] = sentencesOf(
    [
      `# kind = a\n${line('1', 'one', 'NUM')}`,
      `# kind = b\n${line('1', 'go', 'VERB')}`,
      `# kind = c\n${line('1', 'oh', 'INTJ')}\n${line('2', 'one', 'NUM')}`,
    ].join('\n\n'),
    'a.conllu',
  ) as [never, never, never];
  const { examples } = numbered({ training: [one, two], comment: 'kind' });
  expect(examples([other], ['words'], true).y).toEqual({ tags: [[-1, 0]], sentences: [null] });
});

test('the example trains on files, with the class of sentences, and tests on another', {
  timeout: 180_000,
}, async () => {
  const [train, held] = [join(folder, 'train.conllu'), join(folder, 'test.conllu')];
  await writeFile(train, madeUp(40, key(1)));
  await writeFile(held, madeUp(15, key(2)));
  const small = ['--seeds', '1', '--epochs', '1', '--units', '4'];
  const run = await runScript('examples/tagging/main.ts', [
    train,
    '--test',
    held,
    '--comment',
    'kind',
    ...small,
    '--json',
  ]);
  expect(run.stderr).toBe('');
  const found = run.stdout
    .trim()
    .split('\n')
    .map((json) => JSON.parse(json));
  expect(found.map(({ plan }) => plan)).toEqual([
    'words alone',
    'words and characters',
    'and the class of the sentence',
  ]);
  expect(found.map(({ sentences }) => typeof sentences)).toEqual(['object', 'object', 'number']);
  for (const { test: right } of found) expect(right).toBeGreaterThan(0);

  const lost = await runScript('examples/tagging/main.ts', [join(folder, 'none.conllu'), ...small]);
  expect([lost.status, lost.stdout]).toEqual([1, '']);
  expect(lost.stderr).toMatch(/^tagging: .*none\.conllu: a CoNLL-U file was expected.*\n$/);
});
