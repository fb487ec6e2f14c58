/** Memory that was transferred, and paths with a null byte, wherever bytes, numbers or paths are taken. */
import {
  checkpoint,
  dense,
  key,
  loadModel,
  meanSquaredError,
  modelFromFiles,
  readFolder,
  readLabelled,
  readTable,
  sequential,
  type Storage,
  streamLabelled,
  Tensor,
  tensor,
  TextClassifier,
} from 'keepgate';
import { importLayers, importModel, listSafetensors, readSafetensors, readTensors } from 'keepgate/interop';
import { search } from 'keepgate/search';
import { onnxSubject } from 'keepgate/verify';
import { describe, expect, test } from 'vitest';
import { expectWritable } from '../../../src/cli/result-file.ts';
import { runExport } from '../../../src/cli/actions/interop/run-export.ts';
import { runImport } from '../../../src/cli/actions/interop/run-import.ts';
import { runInspect } from '../../../src/cli/actions/interop/run-inspect.ts';
import { runReport } from '../../../src/cli/actions/run-report.ts';
import { KeepgateError } from '../../../src/errors.ts';

const model = () => sequential([dense({ units: 1 })], { engine: 'reference' });
const examples = { x: [[1], [2]], y: [[1], [2]] };
const fitting = { key: key(1), epochs: 1, loss: meanSquaredError() };

async function messageOf(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    expect(error).toBeInstanceOf(KeepgateError);
    return (error as Error).message;
  }
  return 'nothing was thrown';
}

/** What was handed to a thread. */
function transferred<A extends Uint8Array | Float32Array>(array: A): A {
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

const array = transferred(new Uint8Array(8));
const { buffer } = transferred(new Uint8Array(8));
const numbers = transferred(new Float32Array(2));
const files = { 'model.json': array, 'weights.safetensors': array, 'text.json': array };
const storage: Storage = { write: async () => ({ warnings: [] }), read: async () => files };

describe('memory that was transferred is said to be', () => {
  test.each<[string, () => unknown]>([
    ['readTensors', () => readTensors(array)],
    ['readTensors of a buffer', () => readTensors(buffer)],
    ['readTensors of files by name', () => readTensors({ 'a.onnx': array })],
    ['importLayers', () => importLayers(array)],
    ['importModel', () => importModel(buffer)],
    ['readSafetensors', () => readSafetensors(array)],
    ['listSafetensors', () => listSafetensors(buffer)],
    ['onnxSubject', () => onnxSubject(array)],
    ['modelFromFiles', () => modelFromFiles(files)],
    ['TextClassifier.fromFiles', () => TextClassifier.fromFiles(files)],
    ['loadModel of a storage', () => loadModel(storage)],
    ['tensor', () => tensor(numbers)],
    ['tensor with a shape', () => tensor(numbers, [0])],
    ['Tensor', () => new Tensor(numbers, [0])],
    ['fit, of a sample', () => model().fit({ x: [numbers], y: [[1]] } as never, fitting)],
    ['fit', () => model().fit({ x: numbers, y: [[1]] } as never, fitting)],
    ['fit, of targets', () => model().fit({ x: [[1]], y: numbers } as never, fitting)],
  ])('%s', async (_, act) => {
    expect(await messageOf(act)).toMatch(/a detached (Uint8Array|Float32Array|ArrayBuffer) \(it was transferred\)/);
  });
});

const path = 'a\0b';

describe('a path with a null byte is refused in words of ours', () => {
  const study = { out: path, module: 'package.json', space: {}, trials: 1, epochs: 1, monitor: 'loss', mode: 'min' };
  test.each<[string, () => unknown]>([
    ['readTensors', () => readTensors(path)],
    ['importLayers', () => importLayers(path)],
    ['importModel', () => importModel(path)],
    ['onnxSubject', () => onnxSubject(path)],
    ['loadModel', () => loadModel(path)],
    ['TextClassifier.load', () => TextClassifier.load(path)],
    [
      'save',
      async () => {
        const built = model();
        await built.build({ kind: 'vector', size: 1 }, key(1));
        await built.save(path);
      },
    ],
    ['fit with resume', () => model().fit(examples, { ...fitting, resume: path })],
    ['checkpoint', () => model().fit(examples, { ...fitting, callbacks: [checkpoint({ dir: path })] })],
    ['readLabelled', () => readLabelled(path)],
    [
      'streamLabelled',
      async () => {
        for await (const _ of streamLabelled(path));
      },
    ],
    ['readTable', () => readTable(path, { text: 'a', label: 'b' })],
    ['readFolder', () => readFolder(path)],
    ['search', () => search(study as never)],
    ['search of a module', () => search({ ...study, out: 'x', module: path } as never)],
    ['inspect', () => runInspect(path, { json: false })],
    ['import', () => runImport('x', { out: path, sequential: false, returnSequences: false, json: false })],
    ['export', () => runExport(path, { format: 'pt', out: 'x.pt', masks: false, lengths: false, json: false })],
    ['results', () => expectWritable(`${path}.svg`, '.svg')],
    ['report', () => runReport(path, { json: false })],
  ])('%s', async (_, act) => {
    const message = await messageOf(act);
    expect(message).toMatch(/null byte/);
    // What Node says.
    expect(message).not.toMatch(/argument|Received/);
  });
});
