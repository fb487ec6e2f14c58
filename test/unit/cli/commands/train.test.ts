import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { trainCommand } from '../../../../src/cli/commands/train.ts';
import { Interrupt } from '../../../../src/cli/interrupt.ts';
import { UNKNOWN_ID } from '../../../../src/text/vocabulary.ts';
import { OPTIMIZERS } from '../../../../src/train/optimizers/optimizers.ts';
import { type Finished, runScript } from '../../../helpers/run-script.ts';

const keepgate = (...args: readonly string[]): Promise<Finished> => runScript('src/cli/main.ts', args);

const COLUMNS = ['--text', 'text', '--label', 'label'];
let folder: string;
let table: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-train-'));
  table = join(folder, 'animals.csv');
  const rows = Array.from({ length: 40 }, (_, i) => (i % 2 ? `cat,meow purr ${i}` : `dog,woof bark ${i}`));
  await writeFile(table, ['label,text', ...rows].join('\n'));
});
afterAll(() => rm(folder, { recursive: true }));

const train = (dropout: string, ...more: readonly string[]): Promise<Finished> =>
  keepgate(
    'train',
    table,
    ...COLUMNS,
    '--units',
    '4',
    '--embedding',
    '3',
    ...(more.includes('--epochs') ? [] : ['--epochs', '2']),
    '--dropout',
    dropout,
    ...more,
  );

test('--optimizer takes all optimizers of the package', () => {
  const command = trainCommand(new Interrupt(process));
  const option = command.options.find(({ long }) => long === '--optimizer');
  expect(option?.argChoices?.toSorted()).toEqual(OPTIMIZERS.map(({ type }) => type).toSorted());
});

test('--dropout is split by the layer that has the site', async () => {
  const out = join(folder, 'split');
  const scheme = 'variational(input=0.25)+wordTypeDropout(rate=0.1)+unknownDropout(rate=0.2)';
  const { status, stderr } = await train(scheme, '--out', out);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const { layers } = JSON.parse(await readFile(join(out, 'model.json'), 'utf8'));
  const sites = (layer: { dropout: { site: string; rate: number }[] }) =>
    layer.dropout.map(({ site, rate }) => [site, rate]);
  expect(layers[0].unknown).toBe(UNKNOWN_ID);
  expect(sites(layers[0])).toEqual([
    ['wordType', 0.1],
    ['unknown', 0.2],
  ]);
  expect(sites(layers[1])).toEqual([['input', 0.25]]);
  const evaluated = await keepgate('evaluate', out, table, ...COLUMNS);
  expect(evaluated.status).toBe(0);
});

test('rates that are learned and rates that change are told and saved', async () => {
  const out = join(folder, 'learned');
  const { status, stdout } = await train(
    'concrete(input=0.1)+zoneout(hidden=curriculum(0.2),scope=step)',
    '--out',
    out,
  );
  expect(status).toBe(0);
  expect(stdout).toMatch(/^learned rate at 1\.input_l0: 0\.\d{4}$/m);
  const { updates } = JSON.parse(await readFile(join(out, 'model.json'), 'utf8'));
  // 28 texts to train on are one batch, twice.
  expect(updates).toBe(2);
  const asJson = await train('concrete(input=0.1)', '--json');
  const result = JSON.parse(asJson.stdout.trim().split('\n').at(-1) as string);
  expect(result.learnedRates['1.input_l0']).toBeCloseTo(0.1, 1);
});

test('--mc says so when nothing is dropped, as all passes are then the same', async () => {
  const warning = 'warning: --mc: no layer of the model drops anything, so all passes are the same\n';
  const stderrs = async (dropout: string): Promise<string[]> => {
    const out = join(folder, `mc-${dropout === 'none'}`);
    await train(dropout, '--out', out);
    const runs = [
      await keepgate('predict', out, 'meow', '--mc', '2'),
      await keepgate('evaluate', out, table, ...COLUMNS, '--mc', '2'),
    ];
    expect(runs.map(({ status }) => status)).toEqual([0, 0]);
    return runs.map(({ stderr }) => stderr);
  };
  expect(await stderrs('none')).toEqual([warning, warning]);
  expect(await stderrs('naive(input=0.2)')).toEqual(['', '']);
});

test('a site that neither layer has is refused before any work', async () => {
  const { status, stderr } = await train('rnnDrop(memory=0.2)', '--cell', 'gru');
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/^keepgate: gru: a site of .* was expected, but 'memory' came.*\n$/);
});

describe('texts to validate and to test on', () => {
  const write = async (name: string, ...rows: readonly string[]): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, ['label,text', ...rows].join('\n'));
    return path;
  };
  /** Dogs that purr: the better the training texts are learned, the worse these are. */
  const upsideDown = () => write('other.csv', 'cat,woof bark', 'dog,meow purr', 'dog,meow');
  const told = ['--epochs', '6', '--learning-rate', '0.05', '--json'];

  const records = async (...more: readonly string[]) => {
    const { status, stdout, stderr } = await train('none', ...told, ...more);
    expect([status, stderr]).toEqual([0, '']);
    const lines = stdout.trim().split('\n');
    const all = lines.map((line) => JSON.parse(line));
    const epochs = all.filter(({ event }) => event === 'epoch');
    const scores = epochs.map(({ validation }) => validation as { loss: number; accuracy: number });
    // The most texts right, and of as many the lowest loss.
    const [best] = [...scores].sort((a, b) => b.accuracy - a.accuracy || a.loss - b.loss);
    const bestEpoch = scores.indexOf(best as (typeof scores)[0]) + 1;
    return { data: all[0], epochs, bestEpoch, losses: scores.map(({ loss }) => loss), result: all.at(-1) };
  };

  test('the best epoch is chosen on the texts to validate on, and never on those to test on', async () => {
    const [validation, other] = [await write('like.csv', 'cat,meow purr', 'dog,woof bark'), await upsideDown()];
    const found = await records('--validation', validation, '--test', other);
    expect([found.data.training, found.data.validation, found.data.test]).toEqual([40, 2, 3]);
    // All are right soon, and from then on the loss tells.
    expect(found.bestEpoch).toBe(6);
    expect(found.result.kept).toEqual({ epoch: 6, by: 'validation.accuracy' });
    expect(found.result.validation.loss).toBe(found.losses[5]);
    expect(found.result.test.loss).toBeGreaterThan(2 * found.result.validation.loss);

    const turned = await records('--validation', other, '--test', validation);
    expect(turned.result.kept.epoch).toBe(turned.bestEpoch);
    expect(turned.result.kept.epoch).toBeLessThan(3);
    const last = await records('--validation', other, '--holdout', '0.5', '--keep', 'last');
    expect(last.result.kept).toEqual({ epoch: 6, by: null });
    expect(last.result.validation.loss).toBe(last.losses[5]);
    expect([last.data.training, last.data.validation, last.data.test]).toEqual([20, 3, 20]);
  });

  test('--patience ends the training, and a line says what was kept', async () => {
    const other = await upsideDown();
    const { epochs, result } = await records('--validation', other, '--patience', '2');
    expect(epochs.length).toBe(result.kept.epoch + 2);
    const { stdout } = await train('none', '--epochs', '6', '--learning-rate', '0.05', '--patience', '2');
    expect(stdout).toMatch(/^the weights are those of epoch \d of \d, the best by accuracy on the held-out texts$/m);
  });

  test('a label that no text to train on has, and parts that exclude each other, are refused in one line', async () => {
    const bird = await write('bird.csv', 'cat,meow', 'bird,chirp');
    for (const option of ['--validation', '--test']) {
      const { status, stderr } = await train('none', option, bird);
      expect(status).toBe(1);
      expect(stderr).toMatch(
        new RegExp(`^keepgate: ${option}: a label of \\["cat", "dog"\\] was expected, but "bird" came in [^\\n]*\\n$`),
      );
    }
    const all = await train('none', '--validation', bird, '--test', bird, '--holdout', '0.2');
    expect([all.status, all.stderr.split('\n').length]).toEqual([2, 2]);
  });

  test('--resume without anything to go on from is refused in one line', async () => {
    for (const [more, message] of [
      [['--resume'], /^keepgate: train: the folder of a training that was stopped was expected, .*; give --out\n$/],
      [
        ['--resume', '--out', join(folder, 'none')],
        /^keepgate: resume: a folder with a checkpoint was expected [^\n]*\n$/,
      ],
    ] as const) {
      const { status, stderr } = await train('none', ...more);
      expect(status).not.toBe(0);
      expect(stderr).toMatch(message);
    }
  });
});
