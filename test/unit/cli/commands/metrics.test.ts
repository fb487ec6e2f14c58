import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { run } from '../../../../src/cli/program.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-metrics-'));
  const rows = Array.from({ length: 40 }, (_, i) => (i % 5 ? `dog,woof bark ${i}` : `"big cat",meow purr ${i}`));
  await writeFile(join(folder, 'animals.csv'), ['label,text', ...rows].join('\n'));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
});

/** Run a command in this process. */
async function keepgate(...args: readonly string[]) {
  const [out, error]: [string[], string[]] = [[], []];
  vi.spyOn(console, 'log').mockImplementation((line) => out.push(line));
  vi.spyOn(console, 'error').mockImplementation((line) => error.push(line));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => error.push(`${text}`) > 0);
  const status = await run(args);
  vi.restoreAllMocks();
  return { status, out, error: error.join('\n') };
}

const columns = ['--text', 'text', '--label', 'label', '--engine', 'reference'];
const small = ['--units', '3', '--embedding', '3', '--epochs', '2'];
const train = (...args: readonly string[]) =>
  keepgate('train', join(folder, 'animals.csv'), ...columns, ...small, ...args);

test('train weighs and draws classes by name, and scores what is asked for; so does evaluate', async () => {
  const metrics = ['--metrics', 'f1-macro, recall:big cat,accuracy'];
  const names = ['loss', 'f1-macro', 'recall:big cat', 'accuracy'];
  const model = join(folder, 'model');
  const { status, out } = await train(...metrics, '--class-weight', 'big cat=4,dog=0.5', '--json', '--out', model);
  expect(status).toBe(0);
  const records = out.map((line) => JSON.parse(line));
  const epoch = records.find(({ event }) => event === 'epoch');
  for (const scores of [epoch.training, epoch.validation, records.at(-1).test, records.at(-1).training])
    expect(Object.keys(scores)).toEqual(names);

  const lossOf = async (...more: readonly string[]) =>
    JSON.parse((await train('--json', ...more)).out.at(-1) as string).training.loss;
  const plain = await lossOf();
  for (const more of [
    ['--class-weight', 'balanced'],
    ['--class-weight', 'dog=0.1'],
    ['--sampling', 'balanced'],
  ])
    expect(await lossOf(...more)).not.toBe(plain);

  const scored = await keepgate('evaluate', model, join(folder, 'animals.csv'), ...columns, ...metrics, '--json');
  expect(Object.keys(JSON.parse(scored.out.at(-1) as string))).toEqual(['texts', ...names, 'classes', 'calibration']);
  const lines = (await keepgate('evaluate', model, join(folder, 'animals.csv'), ...columns, ...metrics)).out;
  expect(lines.join('\n')).toMatch(
    /40 texts: loss \d\.\d{4}, f1-macro \d+\.\d%, recall:big cat \d+\.\d%, accuracy \d+\.\d%/,
  );
});

test('a line a metric says what came in the end', async () => {
  const { out } = await train('--metrics', 'recall:dog,accuracy');
  const text = out.join('\n');
  expect(text).toMatch(
    /^epoch 1\/2: loss \S+, recall:dog \S+, accuracy \S+%, held out: loss \S+, recall:dog \S+, accuracy \S+%/m,
  );
  expect(text).toMatch(/^recall:dog: \d+\.\d% held out, \d+\.\d% in training$/m);
  expect(text).toMatch(/^accuracy: \d+\.\d% held out, \d+\.\d% in training$/m);
});

test.each<[string, readonly string[], string]>([
  ['a name that no metric has', ['--metrics', 'acuracy'], 'metrics of accuracy, auc'],
  ['a metric twice', ['--metrics', 'top-2,top-02'], 'metrics of accuracy, auc'],
  ['an empty name', ['--metrics', 'f1,,auc'], 'Names were expected, with commas between'],
  ['a class that there is not', ['--metrics', 'recall:cat'], '"cat" came'],
  ['weights of a label that there is not', ['--class-weight', 'cat=2'], '"cat" came'],
  ['a weight that is no number', ['--class-weight', 'dog=much'], 'a number from 0'],
  ['a weight below 0', ['--class-weight', 'dog=-1'], 'a number from 0'],
  ['a label twice', ['--class-weight', 'dog=1,dog=2'], 'a number from 0'],
  ['another word', ['--class-weight', 'equal'], "'balanced' or a number"],
  ['another way to draw', ['--sampling', 'equal'], 'balanced'],
])('%s is refused in one line, and nothing is trained', async (_, args, message) => {
  const { status, out, error } = await train(...args);
  expect(status).toBeGreaterThan(0);
  expect(error).toContain(message);
  expect(error.trim().split('\n')).toHaveLength(1);
  expect(out.join('\n')).not.toContain('epoch 1/2');
});

test.each(['train', 'evaluate'])('%s knows a misspelt metric before it reads anything', async (command) => {
  const args = command === 'train' ? ['no-such-file.csv'] : ['no-such-model', 'no-such-file.csv'];
  const { error } = await keepgate(command, ...args, ...columns, '--metrics', 'f2,recall:dog');
  expect(error).toContain('"f2" came');
});
