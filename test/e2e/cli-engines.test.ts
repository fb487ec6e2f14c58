import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Finished, runScript } from '../helpers/run-script.ts';

// A command that did not give its engine back would not end by itself, and its test would not either.
const keepgate = (...args: string[]): Promise<Finished> => runScript('src/cli/main.ts', args);

const gpu = ['--engine', 'gpu', '--mode', 'webasm'];
const ran = 'gpu: gpu.js in mode webasm, float32, on WebAssembly';
const fixtures = 'test/golden/recurrent.json';
const lines = ({ stdout }: Finished): Record<string, unknown>[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('--mode', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keepgate-engines-'));
    const rows = Array.from({ length: 20 }, (_, i) => (i % 2 ? `cat,meow ${i}` : `dog,woof ${i}`));
    await writeFile(join(folder, 'animals.csv'), ['who,says', ...rows].join('\n'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('conform checks the mode, in its number format', async () => {
    const finished = await keepgate('conform', fixtures, ...gpu);
    expect(finished.stderr).toBe('');
    expect(finished.status).toBe(0);
    expect(finished.stdout).toMatch(new RegExp(`${ran}.*: 68 of 68 cases within 0.00001\n$`));
  });

  test('train, evaluate and predict run in it, and training says so', async () => {
    const data = [join(folder, 'animals.csv'), '--text', 'says', '--label', 'who'];
    const model = join(folder, 'model');
    const small = ['--units', '5', '--embedding', '4', '--epochs', '2', '--min-count', '1'];
    const trained = await keepgate('train', ...data, ...small, ...gpu, '--out', model);
    expect(trained.stderr).toBe('');
    expect(trained.status).toBe(0);
    expect(trained.stdout).toContain(`14 texts to train on, 6 held out; 0 repeated ones left out; ${ran}`);

    const json = lines(await keepgate('train', ...data, ...small, ...gpu, '--json'));
    const said = json.flatMap(({ event, engine }) => (engine === undefined ? [] : [[event, engine]]));
    const engine = expect.stringContaining(ran);
    expect(said).toEqual([
      ['data', engine],
      ['result', engine],
    ]);

    const evaluated = await keepgate('evaluate', model, ...data, ...gpu);
    expect(evaluated.stdout).toMatch(/^20 texts: loss/);
    const predicted = await keepgate('predict', model, 'meow', ...gpu);
    expect(predicted.stdout).toMatch(/^(cat|dog)\t0\.\d{4}\tmeow\n$/);
    expect([evaluated.status, predicted.status]).toEqual([0, 0]);
  });
});

describe('--threads', () => {
  test('conform checks the engine with them, and says how many ran', async () => {
    const finished = await keepgate('conform', fixtures, '--threads', '3');
    expect(finished.stderr).toBe('');
    expect(finished.status).toBe(0);
    expect(finished.stdout).toMatch(/simd: WebAssembly SIMD.*, float32, 3 threads.*: 68 of 68 cases within 0.00001\n$/);
  });
});

describe('bench', () => {
  test('a table of works and sizes, and what ran', async () => {
    const args = ['--engine', 'reference', '--works', 'W4,W1', '--sizes', 'S', '--reps', '1'];
    const { status, stdout, stderr } = await keepgate('bench', ...args);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^median ms +S\nW4 +LSTM training step without dropout +[\d.]+\nW1 +LSTM forward, all states +[\d.]+\nreference: .*\n$/,
    );
  });

  test('--json is one measurement a line, by default of every work at size S', async () => {
    const finished = await keepgate('bench', ...gpu, '--reps', '2', '--json');
    expect(finished.stderr).toBe('');
    expect(finished.status).toBe(0);
    const positive = expect.toSatisfy((value) => value > 0);
    const measurement = { system: 'keepgate gpu webasm', size: 'S', median_ms: positive, min_ms: positive, reps: 2 };
    expect(lines(finished)).toEqual(['W1', 'W2', 'W3', 'W4'].map((work) => ({ ...measurement, work })));
  });
});

describe('a wrong command is one line, and status 2', () => {
  const cases: [string, string[], RegExp][] = [
    ['a size that is not there', ['bench', '--sizes', 'S,XXL'], /'S,XXL' is invalid. Some of S, M, L, XL were/],
    ['no size', ['bench', '--sizes', ''], /Some of S, M, L, XL were expected/],
    ['a work that is not there', ['bench', '--works', 'W5'], /'W5' is invalid. Some of W1, W2, W3, W4 were/],
    ['no repetitions', ['bench', '--reps', '0'], /A whole number of at least 1 was expected/],
    ['no threads', ['bench', '--threads', '0'], /A whole number of at least 1 was expected/],
    ['too many threads', ['bench', '--threads', '65'], /1 to 64 threads were expected, but 65 came/],
    ['threads of an engine with one', ['bench', '--engine', 'reference', '--threads', '2'], /"threads" came/],
    ['a mode that is not there', ['bench', '--engine', 'gpu', '--mode', 'fast'], /a mode of webgpu, .* "fast" came/],
    [
      'a mode that this machine lacks',
      ['bench', '--engine', 'gpu', '--mode', 'webgl2'],
      /the mode webgl2 was expected to run here, but .*this machine offers/,
    ],
    ['a mode without an engine', ['bench', '--mode', 'webasm'], /the engine 'gpu' has a mode/],
    [
      'an engine without modes',
      ['conform', fixtures, '--engine', 'reference', '--mode', 'cpu'],
      /reference: no option was expected, but "mode" came/,
    ],
    ['the same to train', ['train', 'a.csv', '--engine', 'reference', '--mode', 'cpu'], /reference: no option was/],
    [
      'the same to evaluate',
      ['evaluate', 'model', 'a.csv', '--mode', 'cpu'],
      /auto: only the options 'threads' and 'wide' were expected/,
    ],
    [
      'the same to predict',
      ['predict', 'model', 'text', '--mode', 'cpu'],
      /auto: only the options 'threads' and 'wide' were expected/,
    ],
  ];

  test.each(cases)('%s', async (_, args, message) => {
    const { status, stdout, stderr } = await keepgate(...args);
    expect(stderr).toMatch(/^keepgate: [^\n]*\n$/);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});
