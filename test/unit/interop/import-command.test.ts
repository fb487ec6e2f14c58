import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dense, key, loadModel, lstm, ModelError, OptionError, sequential, Tensor } from 'keepgate';
import { exportModel, importLayers, writeSafetensors } from 'keepgate/interop';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type ImportOptions, runImport } from '../../../src/cli/actions/interop/run-import.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

const REFERENCE = { engine: 'reference' } as const;

let folder: string;
let out: string;
let said: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-import-'));
  out = join(folder, 'made');
});

beforeEach(() => {
  said = '';
  vi.spyOn(console, 'log').mockImplementation((text: string) => {
    said += `${text}\n`;
  });
  return () => vi.restoreAllMocks();
});

afterAll(() => rm(folder, { recursive: true }));

const run = (file: string, options: Partial<ImportOptions> = {}): Promise<void> =>
  runImport(file, { out, sequential: false, returnSequences: false, json: false, ...options });

const predicted = async (x: number[][] | number[][][]): Promise<unknown> => {
  const model = await loadModel(out, REFERENCE);
  const y = await model.predict(x);
  await model.dispose();
  return y;
};

/** As far as float32 in a file has it. */
function expectNear(found: unknown, expected: unknown): void {
  const [a, b] = [found, expected].map((value) => (value as number[]).flat(9)) as [number[], number[]];
  expect(a).toHaveLength(b.length);
  for (const [i, value] of a.entries()) expect(value).toBeCloseTo(b[i] as number, 5);
}

async function fileOf(format: 'keras' | 'tfjs' | 'onnx'): Promise<{ file: string; y: unknown; weights: Weights }> {
  const layers = [
    lstm({ units: 3 }),
    dense({ units: 4, activation: 'relu' }),
    dense({ units: 2, activation: 'sigmoid' }),
  ];
  const model = sequential(layers, REFERENCE);
  await model.build({ kind: 'sequence', size: 2 }, key(5));
  const files = Object.entries(await exportModel(model, format));
  await mkdir(join(folder, format));
  for (const [name, bytes] of files) await writeFile(join(folder, format, name), bytes);
  const [y, weights] = [await model.predict(X), await model.getWeights()];
  await model.dispose();
  return { file: join(folder, format, files[0]?.[0] as string), y, weights };
}

type Weights = Readonly<Record<string, Tensor>>;

const X = [
  [
    [0.5, -1],
    [2, 0.25],
    [-0.75, 1.5],
  ],
];

test.each(['keras', 'tfjs', 'onnx'] as const)('%s says how layers stand: none are put in a row', async (format) => {
  const { file, y, weights } = await fileOf(format);
  const only = (await importLayers(file)).map(({ name }) => name);
  expect(only).toHaveLength(3);
  for (const options of [{ sequential: true }, { sequential: true, only }, { only }])
    await expectRefusal(() => run(file, options), OptionError, format, 'leave it out');
  for (const options of [
    { kinds: { fc: 'dense' } },
    { activations: { lstm: 'relu' } },
    { returnSequences: true },
  ] as const)
    await expectRefusal(() => run(file, options), OptionError, format, 'leave it out');
  await expectRefusal(() => run(file, { only: only.slice(0, 1), labels: ['a'] }), OptionError, '--labels', '--only');
  await expect(readFile(join(out, 'model.json'))).rejects.toThrow('ENOENT');
  await run(file);
  expectNear(await predicted(X), y);
  // A node of a graph has no more to say of itself.
  if (format === 'onnx') return rm(out, { recursive: true });
  // A layer alone is what the file says of it: the last step, and relu.
  await run(file, { only: only.slice(0, 1) });
  expect(((await predicted(X)) as number[][])[0]).toHaveLength(3);
  await run(file, { only: only.slice(1, 2) });
  const row = [2, -3, 0.5];
  const matrix = weights['1.weight']?.toArray() as number[][];
  const bias = weights['1.bias']?.toArray() as number[];
  const sums = matrix.map((line, j) => line.reduce((sum, w, i) => sum + w * (row[i] as number), bias[j] as number));
  expect(Math.min(...sums)).toBeLessThan(0);
  expectNear(
    await predicted([row]),
    sums.map((sum) => Math.max(0, sum)),
  );
  await rm(out, { recursive: true });
});

test('what else is in a file of weights is named, and no model leaves it out unasked', async () => {
  const ones = (...shape: number[]) => new Tensor(new Float32Array(shape.reduce((a, b) => a * b)).fill(1), shape);
  const [input, state, biases] = [ones(8, 3), ones(8, 2), ones(8)];
  const weights = { 'rnn.weight_ih_l0': input, 'rnn.weight_hh_l0': state };
  const rnn = { ...weights, 'rnn.bias_ih_l0': biases, 'rnn.bias_hh_l0': biases };
  const fc = { 'fc.weight': ones(4, 2), 'fc.bias': ones(4) };
  const file = join(folder, 'more.safetensors');
  for (const [tensors, other] of [
    [{ ...rnn, 'ln.weight': ones(2), 'ln.bias': ones(2), ...fc }, 'ln.weight'],
    [{ 'conv.weight': ones(3, 5, 1), ...rnn }, 'conv.weight'],
  ] as const) {
    await writeFile(file, writeSafetensors(tensors));
    for (const sequential of [true, false])
      await expectRefusal(() => run(file, { sequential }), ModelError, `"${other}"`, '--only');
  }
  await writeFile(file, writeSafetensors({ ...rnn, 'ln.weight': ones(2), 'mid.weight': ones(2, 2), ...fc }));
  await run(file, { sequential: true, only: ['rnn', 'fc'] });
  expect(said).toContain('the model is without "mid", "ln.weight", which the file has as well');
  said = '';
  await run(file, { sequential: true, only: ['rnn', 'fc'], json: true });
  expect(JSON.parse(said)).toMatchObject({ leftOut: ['mid', 'ln.weight'] });
  said = '';
  await run(file, { only: ['rnn'] });
  expect(said).not.toContain('the model is without');
  await writeFile(file, writeSafetensors({ ...rnn, 'rnn.ln.weight': ones(2) }));
  await run(file, { only: ['rnn'] });
  expect(said).toContain('it has modules in it, "rnn.ln"');
});

test('what PyTorch never trains is a step all the same', async () => {
  await run('test/golden/pytorch/whole.pt', { sequential: true });
  expect(said).toContain('never trains the vector of id 0');
  const model = await loadModel(out, REFERENCE);
  expect(model.layers[0]?.config).not.toHaveProperty('padding');
  expect(await model.predict([[1, 2, 0, 0]])).not.toEqual(await model.predict([[1, 2]]));
  await model.dispose();
});
