import { runInNewContext } from 'node:vm';
import { DataError, dense, key, loadModel, OptionError, sequential } from 'keepgate';
import { expect, test } from 'vitest';
import { storageOf } from '../../../src/interop/folder.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

const noRead = async (): Promise<object> => ({});
const bytes = Uint8Array.of(1, 2);

/** A storage whose functions give these. */
function giving(results: { readonly written?: unknown; readonly read?: unknown }) {
  return storageOf({ write: async () => results.written, read: async () => results.read } as never);
}

test.each([[null], [undefined], [5], [[]], [{}], [{ read: noRead }], [{ write: noRead, read: 1 }], [() => {}]])(
  'what is no storage is refused: %#',
  async (place) => {
    const parts = ['the path of a folder, or an object with functions write and read', 'came'];
    await expectRefusal(() => storageOf(place as never), OptionError, ...parts);
    await expectRefusal(() => loadModel(place as never), OptionError, ...parts);
    const model = sequential([dense({ units: 1 })], { engine: 'reference' });
    await model.build({ kind: 'vector', size: 1 }, key(1));
    await expectRefusal(() => model.save(place as never), OptionError, ...parts);
    await model.dispose();
  },
);

test('what write reports comes through, and nothing is no warning', async () => {
  const report = { warnings: ['a line'] };
  expect(await giving({ written: report }).write({})).toBe(report);
  expect(await giving({ written: undefined }).write({})).toEqual({ warnings: [] });
  for (const written of [null, 5, {}, { warnings: 'a' }, { warnings: [1] }]) {
    await expectRefusal(() => giving({ written }).write({}), DataError, 'storage: { warnings }', 'may be written');
  }
});

test('what read gives is the bytes of each name', async () => {
  const read = { a: bytes, b: bytes.buffer, more: 5 };
  expect(await giving({ read }).read(['a', 'b'])).toEqual({ a: bytes, b: bytes });
  const { a } = await giving({ read }).read(['a']);
  // The same memory: nothing is copied.
  expect(a?.buffer).toBe(bytes.buffer);
  const foreign = { a: runInNewContext('Uint8Array.of(1, 2)') };
  expect(await giving({ read: foreign }).read(['a'])).toEqual({ a: Uint8Array.of(1, 2) });
  for (const odd of [null, 5, {}, { b: '[]' }, { b: [1, 2] }, { b: Float32Array.of(1) }]) {
    await expectRefusal(() => giving({ read: odd }).read(['b']), DataError, 'the bytes of "b" were expected', 'came');
  }
});

test('a storage keeps what it is: its functions are its methods', async () => {
  class Kept {
    files: Record<string, Uint8Array> = {};
    async write(files: Record<string, never>): Promise<void> {
      this.files = files;
    }
    async read(): Promise<Record<string, Uint8Array>> {
      return this.files;
    }
  }
  const storage = storageOf(new Kept() as never);
  await storage.write({ a: bytes });
  expect(await storage.read(['a'])).toEqual({ a: bytes });
});
