import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dense, embedding, gru, key, TextClassifier, variational } from 'keepgate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Finished, ROOT, runNode, runScript } from '../helpers/run-script.ts';

const keepgate = (...args: readonly string[]): Promise<Finished> => runScript('src/cli/main.ts', args);

let folder: string;
let table: string;
let model: string;
const columns = ['--text', 'says', '--label', 'who', '--engine', 'reference'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-evaluate-'));
  table = join(folder, 'animals.csv');
  model = join(folder, 'model');
  const texts = Array.from({ length: 24 }, (_, i) => `${i % 3 ? 'meow' : 'woof'} number ${i % 5}`);
  const labels = texts.map((_, i) => (i % 2 ? 'cat' : 'dog'));
  await writeFile(table, ['who,says', ...texts.map((text, i) => `${labels[i]},${text}`)].join('\n'));
  const classifier = TextClassifier.from(
    { texts, labels },
    {
      level: 'word',
      minCount: 1,
      engine: 'reference',
      layers: ({ vocabulary, classes }) => [
        embedding({ vocabulary, units: 3 }),
        gru({ units: 4, dropout: variational({ input: 0.3, recurrent: 0.25 }) }),
        dense({ units: classes }),
      ],
    },
  );
  await classifier.fit({ texts, labels }, { key: key(1), epochs: 2 });
  await classifier.save(model);
});

afterAll(() => rm(folder, { recursive: true }));

describe('evaluate --mc', () => {
  test('scores the mean of the passes next to the plain prediction', async () => {
    const { status, stdout, stderr } = await keepgate('evaluate', model, table, ...columns, '--mc', '20');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /\nprediction {9}accuracy +loss +calibration error\nplain +[\d.]+% +\d\.\d{4} +0\.\d{4}\nmean of 20 passes +[\d.]+% +\d\.\d{4} +0\.\d{4}\n$/,
    );
    // The loss of the plain prediction is that of the line above.
    expect(/\nplain +[\d.]+% +(\d\.\d{4})/.exec(stdout)?.[1]).toBe(/loss (\d\.\d{4})/.exec(stdout)?.[1]);
  });

  test('--json has both, with their bins; the same for the same seed, other passes for another', async () => {
    const run = async (seed: string) => {
      const args = [...columns, '--mc', '5', '--seed', seed, '--json'];
      return JSON.parse((await keepgate('evaluate', model, table, ...args)).stdout);
    };
    const [found, again, other] = [await run('3'), await run('3'), await run('4')];
    expect(again).toEqual(found);
    expect(other.calibration).toEqual(found.calibration);
    expect(other.mc).not.toEqual(found.mc);
    expect(found.mc).toMatchObject({ passes: 5, seed: 3, count: 24 });
    for (const { bins, expectedCalibrationError, negativeLogLikelihood, brier } of [found.calibration, found.mc]) {
      expect(bins).toHaveLength(15);
      expect(bins.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(24);
      expect(expectedCalibrationError).toBeLessThan(1);
      expect(negativeLogLikelihood).toBeGreaterThan(0);
      expect(brier).toBeGreaterThan(0);
    }
    expect(found.calibration.negativeLogLikelihood).toBeCloseTo(found.loss, 6);
    expect(found.calibration.accuracy).toBe(found.accuracy);
  });
});

describe('evaluate --plot', () => {
  test('writes the plot of the plain prediction, or of the mean of passes, in place of a former one', async () => {
    const out = await mkdtemp(join(folder, 'plots-'));
    const plot = join(out, 'reliability.svg');
    const plain = await keepgate('evaluate', model, table, ...columns, '--plot', plot);
    expect(plain).toMatchObject({ status: 0, stderr: '' });
    expect(plain.stdout).toContain(`the plot is ${plot}\n`);
    const before = await readFile(plot, 'utf8');
    expect(before).toMatch(/^<svg .*Expected calibration error 0\.\d{4}<.*<\/svg>$/s);
    await keepgate('evaluate', model, table, ...columns, '--mc', '4', '--plot', plot);
    expect(await readFile(plot, 'utf8')).toMatch(/^<svg .*: mean of 4 passes<.*<\/svg>$/s);
    expect(await readdir(out)).toEqual(['reliability.svg']);
  });

  test.each([
    ['plot.png', 2, 'a file name that ends in .svg was expected, but '],
    [join('missing', 'plot.svg'), 1, 'a folder to write to was expected at '],
    ['folder.svg', 1, 'a file was expected at '],
  ])('%s is refused before the work, in one line', async (name, status, message) => {
    const out = await mkdtemp(join(folder, 'refused-'));
    await mkdir(join(out, 'folder.svg'));
    // No such model: whoever looks at the plot first says so first.
    const found = await keepgate('evaluate', join(out, 'none'), table, ...columns, '--plot', join(out, name));
    expect(found).toMatchObject({ status, stdout: '' });
    expect(found.stderr).toMatch(/^keepgate: [^\n]*\n$/);
    expect(found.stderr).toContain(message);
    expect(await readdir(out)).toEqual(['folder.svg']);
  });

  test('is refused before the work where echarts is not installed', async () => {
    const hook = `export async function resolve(name, context, next) {
      if (name.startsWith('echarts')) throw Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' });
      return next(name, context);
    }`;
    const without = `import { register } from 'node:module'; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)});`;
    const loaders = ['--import', 'tsx', '--import', `data:text/javascript,${encodeURIComponent(without)}`];
    const out = await mkdtemp(join(folder, 'without-'));
    const args = ['evaluate', join(out, 'none'), table, ...columns, '--plot', join(out, 'plot.svg')];
    const found = await runNode([...loaders, 'src/cli/main.ts', ...args], ROOT);
    expect(found).toMatchObject({ status: 2, stdout: '' });
    expect(found.stderr).toMatch(/^keepgate: reliabilityPlot: the package echarts 6 was expected,[^\n]*\n$/);
    expect(await readdir(out)).toEqual([]);
  });
});
