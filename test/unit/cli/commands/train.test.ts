import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
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
    '--epochs',
    '2',
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
