import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { key, loadModel, normal, readReport, uniform } from 'keepgate';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Finished, ROOT, runScript } from '../helpers/run-script.ts';

vi.setConfig({ testTimeout: 240_000 });

const PORTS = 'examples/ports';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-ports-'));
});
afterEach(() => rm(folder, { recursive: true }));

const port = (name: string, ...args: readonly string[]): Promise<Finished> => runScript(`${PORTS}/${name}.ts`, args);

/** What a program that ended well has printed. */
async function printedBy(name: string, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await port(name, ...args);
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
}

/** A file, or several, by their paths in the folder. */
async function write(path: string, lines: readonly string[]): Promise<string> {
  await writeFile(join(folder, path), `${lines.join('\n')}\n`);
  return join(folder, path);
}

const lines = (count: number, line: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => line(i));

const STORY = lines(400, (i) => `The ${i % 2 ? 'old' : 'new'} king has a ship. It is ${i % 3 ? 'red' : 'blue'}.`);

test('no program is longer than its original, and the page says how long each is', async () => {
  const page = await readFile(join(ROOT, PORTS, 'README.md'), 'utf8');
  const told = [...page.matchAll(/^\| \[`([\w-]+\.ts)`\]\(\1\) \|[^|]+\| (\d+) \| (\d+) \|/gm)];
  const files = (await readdir(join(ROOT, PORTS))).filter((file) => file.endsWith('.ts'));
  expect(told.map(([, file]) => file).sort()).toEqual(files.sort());
  for (const [, file = '', original, ours] of told) {
    const code = (await readFile(join(ROOT, PORTS, file), 'utf8')).replaceAll(/\/\*\*.*?\*\//gs, '');
    const counted = code.split('\n').filter((line) => !/^\s*(\/\/.*)?$/.test(line)).length;
    expect([file, Number(ours)]).toEqual([file, counted]);
    expect(counted, file).toBeLessThanOrEqual(Number(original));
  }
});

test('reviews are learned in both directions', async () => {
  await mkdir(join(folder, 'reviews'));
  await write(
    'reviews/good.txt',
    lines(40, (i) => `a warm film number ${i}`),
  );
  await write(
    'reviews/bad.txt',
    lines(30, (i) => `a dull film number ${i}`),
  );
  const printed = await printedBy('bidirectional-reviews', join(folder, 'reviews'));
  expect(printed).toMatch(/^56 reviews to train on, 14 to validate\nepoch 1\/2: .*\nepoch 2\/2: .* accuracy/);
  expect(printed.match(/^bidirectional.* +\[B,(T,)?128\] +[\d,]+$/gm)).toHaveLength(2);
});

test('a model of characters writes at four temperatures after each epoch, on from the text', async () => {
  const printed = await printedBy('character-generation', await write('story.txt', STORY), '1', '16');
  expect(printed).toMatch(/^epoch 1: loss \d/m);
  const written = [...printed.matchAll(/^--- temperature (\S+)\n/gm)];
  expect(written.map(([, temperature]) => temperature)).toEqual(['0.2', '0.5', '1', '1.2']);
  const ends = [...written.slice(1).map(({ index }) => index), printed.length];
  const texts = written.map(({ index, 0: head }, i) => printed.slice(index + head.length, ends[i]).slice(0, -1));
  expect(texts.map((text) => text.length)).toEqual([440, 440, 440, 440]);
  const seed = (texts[0] as string).slice(0, 40);
  expect(STORY.join('\n').toLowerCase()).toContain(seed);
  expect(texts.every((text) => text.startsWith(seed))).toBe(true);
  expect(new Set(texts).size).toBe(4);
});

test('names have a confusion matrix, and their likeliest languages', async () => {
  await mkdir(join(folder, 'names'));
  for (const [language, ending] of [
    ['Polish', 'ński'],
    ['Greek', 'opoulos'],
    ['Irish', 'ahan'],
  ])
    await write(
      `names/${language}.txt`,
      lines(30, (i) => `${'BDGKLMNPRT'[i % 10]}${'aeiou'[i % 3]}${i % 7 ? 'l' : 'r'}${ending}`),
    );
  const printed = await printedBy('names', join(folder, 'names'), '2');
  expect(printed).toMatch(/^epoch 2\/2: .* top-3 100\.0%/m);
  const share = '( +\\d+\\.\\d%)';
  expect(printed).toMatch(
    new RegExp(`^ +Greek +Irish +Polish\nGreek${share}{3}\nIrish${share}{3}\nPolish${share}{3}$`, 'm'),
  );
  expect(printed.match(/^> \w+\n(?:\d+\.\d% \w+\n){3}/gm)).toHaveLength(3);
});

test('a language model of words learns, and writes', async () => {
  const path = await write('story.txt', STORY);
  const printed = await printedBy(
    'word-language-model',
    path,
    '--epochs',
    '2',
    '--units',
    '16',
    '--words',
    '12',
    '--tied',
  );
  const [, first, second, held] =
    /^epoch 1\/2: .*?perplexity ([\d.]+), .*\nepoch 2\/2: .*?perplexity ([\d.]+), .*\ntest: perplexity ([\d.]+)$/m.exec(
      printed,
    ) ?? [];
  expect(Number(second)).toBeLessThan(Number(first));
  expect(Number(held)).toBeGreaterThan(1);
  expect(printed.trim().split('\n').at(-1)?.split(' ')).toHaveLength(12);
  const missing = await port('word-language-model', `${path}x`);
  expect([missing.status, missing.stderr]).toEqual([
    1,
    `word language model: ${path}x: a file of text was expected, but it cannot be read (ENOENT)\n`,
  ]);
});

test('Ctrl-C ends the training of the language model, which is tested and writes as it is', async () => {
  const args = [await write('story.txt', STORY), '--epochs', '100000', '--units', '8', '--words', '5'];
  const child = spawn(process.execPath, ['--import', 'tsx', `${PORTS}/word-language-model.ts`, ...args], { cwd: ROOT });
  let [printed, interrupted] = ['', false];
  child.stdout.on('data', (chunk) => {
    printed += chunk;
    // Once: a second one would end the program.
    if (!interrupted && printed.includes('epoch 2/')) interrupted = child.kill('SIGINT');
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  expect(status).toBe(0);
  expect(printed).toMatch(/^test: perplexity \d+\.\d\n\n(\S+ ){4}\S+\n$/m);
});

test('a forecast of the weather is saved with its report', async () => {
  // A day of temperatures, over and over, with noise; other columns follow it.
  const noise = normal(key(1), 3000);
  const header =
    '"Date Time","p (mbar)","T (degC)","VPmax (mbar)","VPdef (mbar)","sh (g/kg)","rho (g/m**3)","wv (m/s)","wd (deg)"';
  const rows = lines(3000, (i) => {
    const degrees = 10 + 8 * Math.sin((2 * Math.PI * i) / 144) + 0.2 * (noise[i] as number);
    const others = [12 + (i % 4), (5 + degrees / 9).toFixed(2), i % 5, 1 + (i % 6), i % 3, 180];
    return `01.01.2009 00:10:00,${990 + (i % 7)},${degrees.toFixed(2)},${others.join(',')}`;
  });
  const printed = await printedBy('weather', await write('jena.csv', [header, ...rows]), '1', join(folder, 'out'));
  // 2145 and 855 rows, less the 786 that lie between the first value of a window and its target.
  expect(printed).toMatch(/^1359 windows to train on, 69 to validate\nepoch 1\/1: loss/);
  expect(printed).toMatch(/^°C then +12 hours later +forecast\n(?: +-?\d+\.\d +-?\d+\.\d +-?\d+\.\d\n){5}$/m);
  const model = await loadModel(join(folder, 'out/model'));
  expect(model.summary()).toMatch(/^lstm +\[B,32\] +5,248\ndense +\[B,1\] +33$/m);
  await model.dispose();
  expect(readReport(await readFile(join(folder, 'out/report.html'), 'utf8')).runs).toHaveLength(1);
});

test('five folds of messages have a report each, and each message is in one of them', async () => {
  const messages = lines(80, (i) => (i % 8 ? `ham\tsee you at ${i} then` : `spam\twin a prize ${i} now`));
  const printed = await printedBy('spam-folds', await write('SMSSpamCollection', messages));
  expect(printed.match(/^fold [1-5]$/gm)).toHaveLength(5);
  expect(printed.match(/^spam +[01]\.\d{4} +[01]\.\d{4} +[01]\.\d{4} +2$/gm)).toHaveLength(5);
  expect(printed.match(/^accuracy +[01]\.\d{4} +16$/gm)).toHaveLength(5);
});

test('a rare class is learned, with the best weights kept and a checkpoint left', async () => {
  const noise = uniform(key(2), 150 * 10, -0.3, 0.3);
  const series = lines(150, (i) => {
    const values = lines(10, (t) => (Math.sin((i % 5 ? 0.8 : 1.6) * t + i) + (noise[10 * i + t] as number)).toFixed(3));
    return [i % 5 ? 0 : 1, ...values].join(',');
  });
  const printed = await printedBy('rare-class', await write('series.csv', series), join(folder, 'checkpoints'));
  const [, kept, epochs] =
    /^epoch (\d+) of (\d+) is kept: \{ loss: \d\S*, accuracy: [01]\S*, f1: [01]\S* \}$/m.exec(printed) ?? [];
  expect(Number(kept)).toBeGreaterThan(1);
  // By patience, or at the end.
  expect([50, Number(kept) + 5]).toContain(Number(epochs));
  expect(await readdir(join(folder, 'checkpoints'))).toHaveLength(1);
});
