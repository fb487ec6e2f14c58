import { mkdtemp, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TextClassifier } from 'keepgate';
import { type Finished, runScript } from '../helpers/run-script.ts';

const keepgate = (args: readonly string[], input?: string): Promise<Finished> =>
  runScript('src/cli/main.ts', args, input);

let folder: string;
let table: string;
let model: string;
const columns = ['--text', 'says', '--label', 'who'];
const SMALL = { units: '6', embedding: '5', epochs: '12', 'learning-rate': '0.02', 'min-count': '1' };
/** An option may come once. */
const smallBut = (other: Readonly<Record<string, string>>): string[] =>
  Object.entries({ ...SMALL, ...other }).flatMap(([name, value]) => [`--${name}`, value]);
const small = smallBut({});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-cli-'));
  table = join(folder, 'animals.csv');
  model = join(folder, 'model');
  const rows = Array.from({ length: 60 }, (_, i) =>
    i % 2
      ? `cat,"meow, ${'purr '.repeat(1 + (i % 3))}number ${i}"`
      : `dog,woof ${'bark '.repeat(1 + (i % 4))}number ${i}`,
  );
  await writeFile(table, ['who,says', ...rows, rows[0]].join('\n'));
});

afterAll(() => rm(folder, { recursive: true }));

describe('train, evaluate, predict', () => {
  test('a table becomes a model that knows its classes', async () => {
    const dropout = 'variational(input=0.1,recurrent=0.15)+zoneout(hidden=0.05,scope=step)';
    const { status, stdout, stderr } = await keepgate([
      'train',
      table,
      ...columns,
      ...small,
      '--dropout',
      dropout,
      '--out',
      model,
    ]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toContain('42 texts to train on, 18 held out; 1 repeated ones left out; simd: WebAssembly SIMD');
    expect(stdout).toMatch(/epoch 12\/12: loss .* held out: .*accuracy/);
    expect(stdout).toMatch(/accuracy: 100.0% held out/);
    expect((await readdir(model)).sort()).toEqual(['checksums.json', 'model.json', 'text.json', 'weights.safetensors']);
  });

  test('the saved model predicts what it predicted: from arguments, from standard input, and as JSON', async () => {
    const fromArguments = await keepgate(['predict', model, 'meow purr', 'bark woof']);
    expect(fromArguments.stdout).toMatch(/^cat\t0\.\d{4}\tmeow purr\ndog\t0\.\d{4}\tbark woof\n$/);
    const fromInput = await keepgate(['predict', model], 'meow purr\nbark woof\n');
    expect(fromInput.stdout).toBe(fromArguments.stdout);
    const { stdout } = await keepgate(['predict', model, '--json', 'meow purr']);
    const { label, probabilities } = JSON.parse(stdout);
    expect(label).toBe('cat');
    expect(probabilities.cat + probabilities.dog).toBeCloseTo(1, 6);
  });

  test('--mc adds entropy and mutual information, the same for the same seed', async () => {
    const args = ['predict', model, '--mc', '20', '--seed', '3', 'meow purr'];
    const { stdout } = await keepgate(args);
    expect(stdout).toMatch(/^cat(\t\d\.\d{4}){3}\tmeow purr\n$/);
    expect((await keepgate(args)).stdout).toBe(stdout);
  });

  test('--mc gives a text the same masks, whether it comes as an argument or in a long input', async () => {
    const texts = Array.from({ length: 300 }, () => 'meow woof');
    const args = ['predict', model, '--mc', '2'];
    const { stdout } = await keepgate([...args, ...texts]);
    expect((await keepgate(args, texts.join('\n'))).stdout).toBe(stdout);
    // And texts have masks of their own.
    expect(new Set(stdout.trim().split('\n')).size).toBeGreaterThan(20);
  });

  test('--vectors begins with those of a file, and --freeze-vectors keeps them', async () => {
    const vectors = join(folder, 'words.vec');
    await writeFile(vectors, '3 2\nmeow 0.5 -1\nabsent 1 1\nbark 0.25 2\n');
    const out = join(folder, 'pretrained');
    const options = Object.entries(SMALL).flatMap(([name, value]) =>
      name === 'embedding' ? [] : [`--${name}`, value],
    );
    const args = ['train', table, ...columns, ...options, '--vectors', vectors, '--freeze-vectors', '--out', out];
    const { stdout, stderr } = await keepgate(args);
    expect(stderr).toBe('');
    expect(stdout).toMatch(
      /2 of the \d+ words of the vocabulary have a vector in the file, \d\.\d%, of 2 numbers each/,
    );
    const { model: trained, vocabulary } = await TextClassifier.load(out, { engine: 'reference' });
    const weight = (await trained.getWeights())['0.weight'];
    const [meow, bark] = vocabulary.encode(['meow', 'bark']) as [number, number];
    expect([meow, bark].map((id) => [weight?.at(id, 0), weight?.at(id, 1)])).toEqual([
      [0.5, -1],
      [0.25, 2],
    ]);
    await trained.dispose();

    await writeFile(vectors, '3 2\nmeow 0.5 -1\nabsent 1\n');
    const broken = await keepgate(args);
    expect(broken.stderr).toMatch(
      /^keepgate: .*words.vec, line 3: 2 numbers were expected behind "absent", but 1 came.*\n$/,
    );
    expect(broken.status).toBe(1);
  });

  test('a loss that is not finite ends in one line, and no model is saved', async () => {
    const out = join(folder, 'diverged');
    const { status, stderr } = await keepgate([
      'train',
      table,
      ...columns,
      ...smallBut({ 'learning-rate': '1e300' }),
      '--out',
      out,
    ]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^keepgate: fit: a finite loss was expected, but step \d+ gave .*\n$/);
    expect(await readdir(folder)).not.toContain('diverged');
  });

  test('another optimizer by its name, clipped by value', async () => {
    const told = ['train', table, ...columns, ...small, '--clip-value', '0.05', '--optimizer'];
    const { status, stdout, stderr } = await keepgate([...told, 'rmsprop']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/accuracy: 100.0% held out/);
    expect(stdout).not.toBe((await keepgate([...told, 'adagrad'])).stdout);
    const wrong = await keepgate([...told, 'rmsporp']);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toMatch(/^keepgate: .*rmsprop.*\n$/);
  });

  test('a table with semicolons', async () => {
    const path = join(folder, 'semicolons.csv');
    await writeFile(
      path,
      ['who;says', ...Array.from({ length: 20 }, (_, i) => (i % 2 ? `cat;meow, ${i}` : `dog;woof, ${i}`))].join('\n'),
    );
    const { status, stdout } = await keepgate([
      'train',
      path,
      ...columns,
      ...smallBut({ epochs: '1' }),
      '--delimiter',
      ';',
    ]);
    expect(status).toBe(0);
    expect(stdout).toContain('14 texts to train on, 6 held out');
  });

  test('evaluate gives the accuracy of each class', async () => {
    const { stdout, status } = await keepgate(['evaluate', model, table, ...columns]);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^61 texts: loss [\d.]+, accuracy 100.0%\nclass {2}texts {2}right {2}accuracy\ncat {7}30 {5}30 {4}100.0%\n/,
    );
  });

  test('the same seed gives the same numbers, another seed others; --json is one object a line', async () => {
    const run = async (seed: string): Promise<unknown[]> => {
      const { stdout } = await keepgate([
        'train',
        table,
        ...columns,
        ...smallBut({ epochs: '1' }),
        '--seed',
        seed,
        '--json',
      ]);
      const records = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(records.map(({ event }) => event)).toEqual(['data', 'epoch', 'result']);
      return records.map(({ seconds, ...rest }) => rest);
    };
    const first = await run('7');
    expect(await run('7')).toEqual(first);
    expect(await run('8')).not.toEqual(first);
  });

  test('a folder with one text file a class', async () => {
    const classes = join(folder, 'classes');
    await (await import('node:fs/promises')).mkdir(classes);
    for (const name of ['up', 'down']) {
      await writeFile(join(classes, `${name}.txt`), Array.from({ length: 10 }, (_, i) => `${name} ${i}`).join('\n'));
    }
    const { status, stdout } = await keepgate([
      'train',
      classes,
      ...smallBut({ epochs: '1' }),
      '--level',
      'char',
      '--cell',
      'gru',
      '--bidirectional',
    ]);
    expect(status).toBe(0);
    expect(stdout).toContain('14 texts to train on, 6 held out');
  });
});

describe('conform', () => {
  test('the reference engine conforms to its own fixtures; an impossible tolerance fails', async () => {
    const passing = await keepgate(['conform', 'test/golden/recurrent.json', '--engine', 'reference']);
    expect(passing.status).toBe(0);
    expect(passing.stdout).toContain('68 of 68 cases within 1e-9');
    const failing = await keepgate(['conform', 'test/golden/recurrent.json', '--tolerance', '1e-30', '--json']);
    expect(failing.status).toBe(1);
    const cases = failing.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(cases).toHaveLength(68);
    expect(cases[0]).toMatchObject({ name: 'lstm/plain', passed: false, errors: { dweight_ih: expect.any(Number) } });
  });
});

describe('every error is one line, with the right status, and leaves nothing behind', () => {
  const broken: Record<string, string | Uint8Array> = {
    'empty.csv': '',
    'latin.csv': Uint8Array.of(...Buffer.from('who,says\ncat,meow\ndog,b'), 0xe9, ...Buffer.from('llo\n')),
    'ragged.csv': 'who,says\ncat,meow\ndog\n',
    'quote.csv': 'who,says\ncat,meow\ndog,"woof\n',
    'one-class.csv': 'who,says\ncat,meow\ncat,purr\ncat,hiss\ncat,mew\n',
  };
  beforeAll(async () => {
    for (const [name, content] of Object.entries(broken)) await writeFile(join(folder, name), content);
    await symlink('nowhere', join(folder, 'dangling'));
  });

  const train = (file: string, ...more: string[]): string[] => ['train', join(folder, file), ...columns, ...more];
  const cases: [string, () => string[], number, RegExp][] = [
    ['nothing at all', () => [], 2, /a command was expected/],
    ['an unknown command', () => ['trian'], 2, /unknown command 'trian'/],
    [
      'vectors that are not there',
      () => train('animals.csv', '--vectors', 'none.vec'),
      1,
      /none.vec: a file was expected, but nothing is there/,
    ],
    ['no vectors to freeze', () => train('animals.csv', '--freeze-vectors'), 2, /--freeze-vectors.*give --vectors/],
    [
      'vectors of another size',
      () => train('animals.csv', '--vectors', 'a.vec', '--embedding', '5'),
      2,
      /'--vectors <file>' cannot be used with option '--embedding <n>'/,
    ],
    ['an unknown option', () => train('animals.csv', '--droput', 'none'), 2, /unknown option '--droput'/],
    [
      'a rate of 1',
      () => train('animals.csv', '--dropout', 'zoneout(hidden=1)'),
      2,
      /a dropout rate in \[0, 1\) was expected.*but 1 came/,
    ],
    [
      'a site that the cell lacks',
      () => train('animals.csv', '--cell', 'gru', '--dropout', 'rnnDrop(memory=0.2)'),
      2,
      /gru: a site of .* was expected, but 'memory' came/,
    ],
    [
      'a site named twice',
      () => train('animals.csv', '--dropout', 'naive(input=0.1)+variational(input=0.2)'),
      2,
      /'input' is named twice/,
    ],
    ['an unknown scheme', () => train('animals.csv', '--dropout', 'dropout(p=0.2)'), 2, /but "dropout\(p=0.2\)" came/],
    ['an unknown engine', () => train('animals.csv', '--engine', 'quantum'), 2, /but "quantum" came/],
    [
      'a label column that is not there',
      () => ['train', table, '--text', 'says', '--label', 'class'],
      1,
      /who, says|"who", "says"/,
    ],
    ['no label column', () => ['train', table, '--text', 'says'], 2, /label/],
    ['a file that is not there', () => train('nowhere.csv'), 1, /nothing is there/],
    ['an empty file', () => train('empty.csv'), 1, /the file is empty/],
    ['broken UTF-8', () => train('latin.csv'), 1, /line 3/],
    ['a row with too few columns', () => train('ragged.csv'), 1, /line 3/],
    ['a quote that is not closed', () => train('quote.csv'), 1, /line 3/],
    ['a single class', () => train('one-class.csv'), 1, /at least 2 classes/],
    [
      'a folder to save to that holds other files',
      () => train('animals.csv', '--out', folder),
      1,
      /a model or an empty folder was expected/,
    ],
    ['a model that is not there', () => ['predict', join(folder, 'no-model'), 'x'], 1, /no-model/],
    [
      'a folder to save to inside a file',
      () => train('animals.csv', '--out', join(table, 'model')),
      1,
      /a folder was expected at .*, but a file came/,
    ],
    [
      'no folder to save to',
      () => train('animals.csv', '--out', ''),
      2,
      /the path of a folder was expected, but "" came/,
    ],
    [
      'a folder to save to behind a link to nothing',
      () => train('animals.csv', '--out', join(folder, 'dangling')),
      1,
      /a folder was expected at .*, but a link to nothing came/,
    ],
    ['sizes that fit in no memory', () => train('animals.csv', '--units', '1000000'), 1, /do not fit in memory/],
    ['fixtures that are none', () => ['conform', table], 1, /JSON, gzipped or not, was expected/],
  ];

  test.each(cases)('%s', async (_, args, status, message) => {
    const before = await readdir(folder);
    const finished = await keepgate(args());
    expect(
      finished.stderr
        .trimEnd()
        .split('\n')
        .filter((line) => line.startsWith('keepgate: ')),
    ).toHaveLength(1);
    expect(finished.stderr).toMatch(message);
    expect(finished.stderr).not.toMatch(/\n\s+at /);
    expect(finished.status).toBe(status);
    expect(await readdir(folder)).toEqual(before);
  });

  test('a truncated model', async () => {
    await truncate(join(model, 'weights.safetensors'), 50);
    const { status, stderr } = await keepgate(['predict', model, 'x']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^keepgate: .*weights\.safetensors.*\n$/);
  });
});
