/** No file takes more than three times its bytes and 64 MB, whatever it says of its sizes. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { dense, sequential, Tensor } from 'keepgate';
import { type ExportFormat, exportModel } from 'keepgate/interop';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeZip } from '../../../src/interop/archives/write-zip.ts';
import { MessageWriter } from '../../../src/interop/onnx/protobuf/message-writer.ts';
import { fileWith } from '../../helpers/golden-onnx.ts';
import { DICT, STORAGE, TENSOR, TEXT, torchFile } from '../../helpers/pickles.ts';
import { ROOT, runNode } from '../../helpers/run-script.ts';

const MB = 2 ** 20;
const HUGE = 2 ** 30;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-memory-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The files of a layer with so many numbers, by their names; the first one names the others. */
async function filesOf(format: ExportFormat, inputs: number, units: number): Promise<[string, Uint8Array][]> {
  const model = sequential([dense({ units })], { engine: 'reference' });
  const weight = new Tensor(new Float32Array(inputs * units).fill(0.5), [units, inputs]);
  const bias = new Tensor(new Float32Array(units), [units]);
  await model.setWeights({ '0.weight': weight, '0.bias': bias }, { input: { kind: 'vector', size: inputs } });
  const files = await exportModel(model, format);
  await model.dispose();
  return Object.entries(files);
}

async function written(name: string, files: readonly [string, Uint8Array][]): Promise<{ path: string; size: number }> {
  const dir = join(folder, name);
  await mkdir(dir);
  for (const [file, bytes] of files) await writeFile(join(dir, file), bytes);
  return { path: join(dir, files[0]?.[0] ?? ''), size: files.reduce((sum, [, { length }]) => sum + length, 0) };
}

interface Rise {
  readonly rose: number;
  readonly error: string;
}

/** How far memory rises for each of these files, in a process that has read one before. */
async function risesOf(warmUp: string, ...paths: string[]): Promise<Rise[]> {
  const args = ['--expose-gc', '--import', 'tsx', 'test/helpers/peak-memory.ts', warmUp, ...paths];
  const { status, stdout, stderr } = await runNode(args, ROOT);
  expect(status, stderr).toBe(0);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const FORMATS = ['safetensors', 'pt', 'keras', 'weights.h5', 'tfjs', 'onnx'] as const;

// Where the system counts the peak of a process anew when it is asked to.
describe.skipIf(platform() !== 'linux')('memory', () => {
  test.each(FORMATS)(
    'of a file of 32 MB and of small ones that say to be large: %s',
    async (format) => {
      const files = await filesOf(format, 2, 3);
      const small = await written(`${format}-small`, files);
      const large = await written(`${format}-large`, await filesOf(format, 2048, 4096));
      const forged = await Promise.all(FORGED[format](files).map((one, i) => written(`${format}-forged-${i}`, one)));
      const [first, ...others] = await risesOf(small.path, large.path, ...forged.map(({ path }) => path));
      expect(large.size).toBeGreaterThan(32 * MB);
      expect(first?.error).toBe('');
      // What is measured is there: the file itself.
      expect(first?.rose).toBeGreaterThan(large.size / 2);
      expect(first?.rose).toBeLessThan(3 * large.size + 64 * MB);
      for (const [i, { rose, error }] of others.entries()) {
        expect(error).toMatch(/^DataError: [^\n]+$/);
        expect(rose).toBeLessThan(3 * (forged[i]?.size ?? 0) + 64 * MB);
      }
      expect(others.length).toBeGreaterThan(0);
    },
    180_000,
  );
});

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** A zip archive with an entry of 128 MB of zeros, in few bytes, that says to be so large. */
function bomb(name: string, says: number): Uint8Array {
  const marker = deflateRawSync(new Uint8Array(128 * MB));
  const zip = writeZip([
    { name: 'config.json', bytes: encode({}) },
    { name: 'metadata.json', bytes: encode({}) },
    { name, bytes: marker },
  ]);
  const view = new DataView(zip.buffer);
  // Stored becomes deflated, and the size what comes of it, in the directory and in front of the bytes.
  for (let at = 0; at + 46 < zip.length; at++) {
    const signature = view.getUint32(at, true);
    const [method, sizes] = signature === 0x04034b50 ? [8, 18] : signature === 0x02014b50 ? [10, 20] : [0, 0];
    if (method === 0 || view.getUint32(at + sizes, true) !== marker.length) continue;
    view.setUint16(at + method, 8, true);
    view.setUint32(at + sizes + 4, says, true);
  }
  return zip;
}

/** The offsets at which a file holds a whole number of eight bytes. */
function forgedWords(bytes: Uint8Array, value: bigint, instead: bigint): Uint8Array {
  const forged = bytes.slice();
  const view = new DataView(forged.buffer);
  for (let at = 0; at + 8 <= forged.length; at++)
    if (view.getBigUint64(at, true) === value) view.setBigUint64(at, instead, true);
  return forged;
}

type Files = readonly [string, Uint8Array][];

const FORGED: Readonly<Record<(typeof FORMATS)[number], (files: Files) => Files[]>> = {
  safetensors: () => {
    const header = encode({ w: { dtype: 'F32', shape: [HUGE], data_offsets: [0, 4 * HUGE] } });
    const bytes = new Uint8Array(8 + header.length + 8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
    bytes.set(header, 8);
    return [[['model.safetensors', bytes]]];
  },
  pt: () => {
    // One number that a tensor shows a billion times.
    const tensor = TENSOR(STORAGE(4), 0, [HUGE / 4, 4], [0, 0]);
    return [[['model.pt', torchFile(DICT(TEXT('fc.weight'), tensor))]]];
  },
  keras: () => [128 * MB, 1000].map((says) => [['model.keras', bomb('model.weights.h5', says)]]),
  'weights.h5': ([[name, bytes] = ['', new Uint8Array()]]) => [[[name, forgedWords(bytes, 3n, BigInt(HUGE))]]],
  tfjs: ([[name, json] = ['', new Uint8Array()], ...others]) => {
    const model = JSON.parse(new TextDecoder().decode(json));
    model.weightsManifest[0].weights[0].shape = [HUGE, 1];
    return [[[name, encode(model)], ...others]];
  },
  onnx: () => {
    const tensor = new MessageWriter().whole(1, HUGE).whole(2, 1).text(8, 'fc.weight').block(9, new Uint8Array(8));
    return [[['model.onnx', fileWith(new MessageWriter().message(5, tensor))]]];
  },
};
