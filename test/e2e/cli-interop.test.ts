import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dense, gru, key, loadModel, sequential, Tensor, TextClassifier, variational } from 'keepgate';
import { importLayers, readTensors } from 'keepgate/interop';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PATHS } from '../../src/cli/program.ts';
import { writeSafetensors } from '../../src/interop/safetensors/safetensors.ts';
import { golden } from '../helpers/golden-pytorch.ts';
import { type Finished, ROOT, runCommand, runScript } from '../helpers/run-script.ts';
import { readSources } from '../helpers/sources.ts';

const keepgate = (...args: readonly string[]): Promise<Finished> => runScript('src/cli/main.ts', args);
const torch = (name: string): string => `test/golden/pytorch/${name}`;

let folder: string;
let model: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-interop-'));
  model = join(folder, 'model');
  const dropout = variational({ input: 0.2, recurrent: 0.35 });
  const layers = [gru({ units: 3, dropout, activation: 'relu', bias: false }), dense({ units: 2 })];
  const made = sequential(layers, { engine: 'reference' });
  await made.build({ kind: 'sequence', size: 4 }, key(1));
  await made.save(model);
});

afterAll(() => rm(folder, { recursive: true }));

async function expectError(args: readonly string[], status: number, ...says: readonly string[]): Promise<void> {
  const found = await keepgate(...args);
  expect(found.status, found.stderr).toBe(status);
  expect(found.stdout).toBe('');
  expect(found.stderr).toMatch(/^keepgate: [^\n]*\n$/);
  for (const text of says) expect(found.stderr).toContain(text);
}

describe('inspect', () => {
  test('tells of tensors, layers and what is to be known of them', async () => {
    const { status, stdout, stderr } = await keepgate('inspect', torch('checkpoint.pth'));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^pytorch, 19 tensors\n/);
    expect(stdout).toMatch(/\n\S*embed\.weight +\[11, 4\] +float32\n/);
    expect(stdout).toContain('lstm, 4 to 3, 2 layers, both directions, tanh, gates sigmoid\n');
    expect(stdout).toMatch(/\nembed: taken for an embedding by its name/);
  });

  test('tells what would be refused, and why', async () => {
    expect((await keepgate('inspect', torch('proj.pt'))).stdout).toMatch(/\nrefused: \(the only one\): .*proj_size/);
    const { stdout } = await keepgate('inspect', torch('quantised.pt'), '--json');
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ format: 'pytorch', layers: [] });
    expect(found.refusedLayers).toEqual([{ name: '0', reason: expect.stringContaining('before quantising') }]);
    expect(found.refusedTensors.length).toBeGreaterThan(0);
  });

  test("an optimizer's state is a line, and in --json all of it", async () => {
    const file = 'test/golden/keras/texts.keras';
    const { tensors } = JSON.parse((await keepgate('inspect', file, '--json')).stdout);
    const names: string[] = tensors.map(({ name }: { name: string }) => name);
    const kept = names.filter((name) => name.startsWith('optimizer/')).length;
    expect(kept).toBeGreaterThan(0);
    const { stdout } = await keepgate('inspect', file);
    expect(stdout).toContain(`\n${kept} of them are the state of the optimizer, which --json lists\n`);
    expect(stdout).not.toContain('optimizer/');
    for (const name of names.filter((name) => !name.startsWith('optimizer/'))) expect(stdout).toContain(`\n${name} `);
  });

  test('as its owner tells', async () => {
    const { stdout } = await keepgate('inspect', torch('rnn_without_bias.pt'), '--activations', '=relu', '--json');
    expect(JSON.parse(stdout).layers).toEqual([
      { name: '', kind: 'recurrent', facts: expect.objectContaining({ activation: 'relu', bias: false }), notes: [] },
    ]);
  });

  test('what is no such file is one line', async () => {
    await expectError(['inspect', join(folder, 'nothing.pt')], 1, 'nothing came');
    await expectError(['inspect', folder], 1, 'a folder came');
    await writeFile(join(folder, 'text.pt'), 'no weights');
    await expectError(['inspect', join(folder, 'text.pt')], 1, 'came');
    await expectError(['inspect', torch('gru.pt'), '--kinds', 'fc=conv'], 2, 'NAME=embedding or NAME=dense');
  });
});

describe('import', () => {
  test('a layer becomes a model that gives what the layer gives', async () => {
    const out = join(folder, 'gru');
    const { status, stdout } = await keepgate('import', torch('gru.pt'), '--out', out);
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^\(the only one\): recurrent, gru, 4 to 3, .*\nthe model is in .*\n$/),
    });
    const [layer] = await importLayers(golden('gru.pt'));
    if (layer?.kind !== 'recurrent') throw new Error('a recurrent layer was expected');
    const x = [
      [
        [0.5, -1, 0.25, 2],
        [1, 0, -0.5, 0.75],
      ],
    ];
    const { y } = await layer.toRecurrent({ engine: 'reference' }).forward(x);
    const loaded = await loadModel(out, { engine: 'reference' });
    expect(await loaded.predict(x)).toEqual(y.toArray());
  });

  test('layers follow each other where their owner says so, or one of them is named', async () => {
    const out = join(folder, 'chain');
    const file = torch('checkpoint.pth');
    await expectError(['import', file, '--out', out], 2, '--sequential', 'embed, rnn, fc');
    expect((await keepgate('import', file, '--out', out, '--sequential')).status).toBe(0);
    const loaded = await loadModel(out, { engine: 'reference' });
    expect(loaded.layers.map(({ config }) => config.type)).toEqual(['embedding', 'bidirectional', 'dense']);
    const [values] = (await loaded.predict([[1, 2, 3]])) as number[][];
    expect(values).toHaveLength(2);
    // In place of the model that is there; and all steps of it.
    expect((await keepgate('import', file, '--out', out, '--sequential', '--return-sequences')).status).toBe(0);
    const steps = await loadModel(out, { engine: 'reference' });
    expect(((await steps.predict([[1, 2, 3]])) as number[][][])[0]).toHaveLength(3);
    await expectError(['import', file, '--out', out, '--only', 'rnn,embed', '--sequential'], 1, 'fit on each other');
  });

  test('a file that tells of a whole model becomes that model, or a classifier of texts', async () => {
    const out = join(folder, 'texts');
    const file = 'test/golden/keras/texts.keras';
    const { status, stdout } = await keepgate('import', file, '--out', out, '--labels', 'bad,good');
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^embedding, lstm, dense\na classifier of texts, of "bad", "good"\n/),
    });
    const classifier = await TextClassifier.load(out, { engine: 'reference' });
    expect((await classifier.predict(['a warm film']))[0]?.label).toMatch(/^(bad|good)$/);
    const words = join(folder, 'words.txt');
    await writeFile(words, '\n[UNK]\none\ntwo\nthree\nfour\nfive\n');
    const other = join(folder, 'words');
    const chain = 'test/golden/keras/functional.keras';
    const found = await keepgate('import', chain, '--out', other, '--vocabulary', words, '--json');
    expect(JSON.parse(found.stdout)).toMatchObject({ layers: ['embedding', 'lstm', 'dense'], classes: ['0', '1'] });
    const again = await TextClassifier.load(other, { engine: 'reference' });
    expect(again.vocabulary.toJSON()).toEqual(['one', 'two', 'three', 'four', 'five']);
    await expectError(['import', torch('gru.pt'), '--out', other, '--labels', 'a,b'], 2, '--labels', 'pytorch');
    await Promise.all([classifier.model.dispose(), again.model.dispose()]);
  });

  test('a graph of ONNX that is a chain becomes a model', async () => {
    const dir = join(folder, 'chain');
    const { status, stdout } = await keepgate('import', 'test/golden/onnx/last_step.onnx', '--out', dir);
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/^embedding, lstm, dense\n/) });
    const loaded = await loadModel(dir);
    expect(loaded.layers.map(({ config }) => config.type)).toEqual(['embedding', 'lstm', 'dense']);
    await loaded.dispose();
  });

  test('layers of Haste and of TensorFlow 1, as their owner tells', async () => {
    const file = join(folder, 'haste.safetensors');
    const zeros = (...shape: number[]): Tensor => new Tensor(new Float32Array(shape.reduce((a, b) => a * b)), shape);
    const haste = { 'a.kernel': zeros(2, 12), 'a.recurrent_kernel': zeros(3, 12), 'a.bias': zeros(12) };
    const basic = { 'rnn/cell/kernel': zeros(5, 8), 'rnn/cell/bias': zeros(8) };
    await writeFile(file, writeSafetensors(Object.assign(haste, basic)));
    const layouts = ['--layouts', 'a=haste lstm,rnn/cell=1.5'];
    const { stdout } = await keepgate('inspect', file, ...layouts);
    expect(stdout).toMatch(/a +recurrent +lstm, 2 to 3/);
    expect(stdout).toMatch(/rnn\/cell +recurrent +lstm, 3 to 2/);
    const dir = join(folder, 'haste');
    const { status, stderr } = await keepgate('import', file, ...layouts, '--sequential', '--out', dir);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const loaded = await loadModel(dir);
    // The forget gate has what the cell added.
    expect((await loaded.getWeights())['1.bias_ih_l0']?.toArray()).toEqual([0, 0, 1.5, 1.5, 0, 0, 0, 0]);
    await loaded.dispose();
    for (const wrong of ['a', 'a=haste', 'a=', 'a=1,a=2', 'a=Infinity']) {
      await expectError(['inspect', file, '--layouts', wrong], 2, 'NAME=haste lstm');
    }
    await expectError(['import', file, '--layouts', 'other=1', '--out', join(folder, 'none')], 2, 'layouts');
  });

  test('a model.json tells of its model, and so does a .keras; of some layers, --sequential does', async () => {
    const [chain, out] = [join(folder, 'told'), join(folder, 'told-again')];
    await keepgate('import', torch('checkpoint.pth'), '--out', chain, '--sequential');
    await mkdir(join(folder, 'telling'));
    const tfjs = join(folder, 'telling', 'model.json');
    const keras = join(folder, 'telling.keras');
    const weights = join(folder, 'telling.weights.h5');
    await keepgate('export', chain, '--format', 'tfjs', '--out', tfjs);
    await keepgate('export', chain, '--format', 'keras', '--out', keras);
    await keepgate('export', chain, '--format', 'weights.h5', '--out', weights);
    for (const file of [tfjs, keras]) {
      const { stdout, stderr } = await keepgate('import', file, '--out', out);
      // A stack is a layer each there.
      expect({ stdout, stderr }).toEqual({
        stdout: expect.stringMatching(
          /^embedding, bidirectional, bidirectional, dense\n[\s\S]*classifiers of texts alone\n$/,
        ),
        stderr: '',
      });
      await expectError(
        ['import', file, '--out', out, '--only', 'embedding,bidirectional'],
        2,
        'the whole model, or one layer of it by --only',
      );
    }
    await expectError(['import', weights, '--out', out], 2, 'does not say how they follow each other');
  }, 180_000);

  test('nothing is written where the place is taken, or the file is none', async () => {
    const taken = join(folder, 'taken');
    await mkdir(taken);
    await writeFile(join(taken, 'notes.txt'), 'mine');
    await expectError(['import', torch('gru.pt'), '--out', taken], 1, 'notes.txt');
    const out = join(folder, 'never');
    await expectError(['import', torch('proj.pt'), '--out', out], 1, 'proj_size');
    await expectError(['import', torch('gru.pt'), '--out', out, '--only', 'fc'], 2, '"fc" came');
    await expectError(['import', torch('gru.pt')], 2, '--out');
    await expect(readFile(join(out, 'model.json'))).rejects.toThrow('ENOENT');
  });
});

describe('export', () => {
  test.each(['pt', 'safetensors'])('%s, which is read again', async (format) => {
    const [chain, out] = [join(folder, `chain-${format}`), join(folder, `weights.${format}`)];
    await keepgate('import', torch('checkpoint.pth'), '--out', chain, '--sequential');
    const { status, stdout } = await keepgate('export', chain, '--format', format, '--out', out);
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining(`the weights are in ${out}, `) });
    const { tensors } = await readTensors(out);
    const weights = await (await loadModel(chain, { engine: 'reference' })).getWeights();
    expect(Object.keys(tensors).sort()).toEqual(Object.keys(weights).sort());
    for (const [name, value] of Object.entries(weights)) expect(tensors[name]?.toFlat(), name).toEqual(value.toFlat());
  });

  test('tfjs and keras, whose files are read again, with what is otherwise in them', async () => {
    const chain = join(folder, 'chain-tfjs');
    await keepgate('import', torch('checkpoint.pth'), '--out', chain, '--sequential');
    await mkdir(join(folder, 'tfjs'));
    for (const [format, out] of [
      ['tfjs', join(folder, 'tfjs', 'model.json')],
      ['keras', join(folder, 'model.keras')],
    ] as const) {
      const { status, stdout } = await keepgate('export', chain, '--format', format, '--out', out);
      expect({ status, stdout }).toEqual({
        status: 0,
        stdout: expect.stringContaining('its two biases are one there'),
      });
      expect(Object.keys((await readTensors(out)).tensors)).toHaveLength(15);
    }
    expect(await readdir(join(folder, 'tfjs'))).toEqual(['model.json', 'weights.bin']);
  });

  test('onnx with masks and lengths as inputs, which no other format has', async () => {
    const out = join(folder, 'told.onnx');
    const inputsOf = async (...options: string[]): Promise<{ inputs: unknown; notes: readonly string[] }> => {
      const { stdout, stderr } = await keepgate(
        'export',
        model,
        '--format',
        'onnx',
        '--out',
        out,
        '--json',
        ...options,
      );
      expect(stderr).toBe('');
      const { InferenceSession } = await import('onnxruntime-web');
      const session = await InferenceSession.create(await readFile(out));
      return { inputs: session.inputNames, notes: JSON.parse(stdout).notes };
    };
    expect(await inputsOf()).toEqual({ inputs: ['x'], notes: [expect.stringContaining('need --lengths')] });
    const all = ['x', 'lengths', '0.input_l0', '0.recurrent_l0'];
    expect(await inputsOf('--lengths', '--masks')).toEqual({ inputs: all, notes: [] });
    await expectError(
      ['export', model, '--format', 'keras', '--lengths', '--out', join(folder, 'never.keras')],
      2,
      "'onnx' alone",
    );
  });

  test('of a classifier of texts it is told that texts and classes are left out', async () => {
    const [classifier, out] = [join(folder, 'classifier'), join(folder, 'classifier.weights.h5')];
    await keepgate('import', 'test/golden/keras/texts.keras', '--out', classifier);
    const { stdout } = await keepgate('export', classifier, '--format', 'weights.h5', '--out', out);
    expect(stdout).toContain('the tokenizer, the vocabulary and the names of the classes are no part of the file');
  });

  test('what cannot be written is one line, and no file', async () => {
    const out = join(folder, 'never.pt');
    await expectError(['export', model, '--format', 'pt', '--out', out], 1, 'layer 0 (gru)', 'gru (relu)');
    await expectError(['export', model, '--format', 'pt', '--out', join(folder, 'never.h5')], 2, '.pt');
    await expectError(['export', model, '--format', 'gguf', '--out', out], 2, 'safetensors, pt');
    await expectError(['export', join(folder, 'nowhere'), '--format', 'pt', '--out', out], 1, 'nowhere');
    await expectError(['export', model, '--format', 'pt'], 2, '--out');
    await expect(readFile(out)).rejects.toThrow('ENOENT');
  });
});

test('verify looks at the recurrent layers of a saved model, with their activations and dropout', async () => {
  const { status, stdout, stderr } = await keepgate('verify', model, '--runs', '4', '--json');
  expect(stderr).toBe('');
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ subject: 'layer 0: gru', passed: true });
  expect(report.claims.map(({ site }: { site: string }) => site)).toEqual(['input', 'recurrent']);
  expect(status).toBe(0);
}, 120_000);

describe('a path that is not in UTF-8', () => {
  // A shell hands on the bytes that it is given, which Node's own spawn does not.
  const main = `'${process.execPath}' --import tsx src/cli/main.ts`;
  test.each([
    ['--out of import', `import ${torch('gru.pt')} --out "$BAD"`],
    ['--out of export', `export "$MODEL" --format pt --out "$BAD.pt"`],
    ['a file', 'inspect "$BAD"'],
    ['a model', 'evaluate "$BAD" x.csv'],
    ['a page of verify', 'verify --html "$BAD.html"'],
  ])('is refused as %s', async (_, command) => {
    const before = await readdir(folder);
    const script = `BAD="$1/caf$(printf '\\351')"; MODEL="$1/model"; ${main} ${command}`;
    const { status, stdout, stderr } = await runCommand('sh', ['-c', script, 'sh', folder], ROOT);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(
      /^keepgate: a path in UTF-8 was expected as [^\n]*, but "[^\n]*" came; give it another name\n$/,
    );
    expect(await readdir(folder)).toEqual(before);
  });

  test('what each option and argument takes is known to be a path, or none', () => {
    const kinds = readSources('src/cli').flatMap(({ text }) =>
      [...text.matchAll(/'(?:--[\w-]+ )?[<[](\w+)(?:\.\.\.)?[>\]]'/g)].map(([, kind]) => kind),
    );
    const others =
      'cell char column encoding key kind label labels level list metrics mode n name names passes rule scheme seconds share text url weights which x';
    expect(
      [...new Set(kinds)].filter((kind) => !PATHS.has(kind as string) && !others.split(' ').includes(kind as string)),
    ).toEqual([]);
    expect(kinds).toEqual(expect.arrayContaining([...PATHS]));
  });
});
