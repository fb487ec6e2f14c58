import { readBytes } from '#platform/files.js';
import { DataError, ModelError, messageOf } from '../../errors.ts';
import { sha256 } from '../../interop/folder/checksums.ts';
import { MODEL_NAMES } from '../../interop/folder/names.ts';
import { folderStorage } from '../../interop/folder.ts';
import type { Storage } from '../../interop/storage.ts';
import { canonicalJson } from '../canonical-json.ts';
import { fromBase64Bytes, toBase64Bytes } from '../../report/run/base64.ts';

/** The files of a saved classifier as one text, and its SHA-256. @throws ModelError where there is none */
export async function packModel(folder: string): Promise<{ readonly hash: string; readonly text: string }> {
  const files = Object.entries(await folderStorage(folder).read(MODEL_NAMES));
  const text = canonicalJson(Object.fromEntries(files.map(([name, bytes]) => [name, toBase64Bytes(bytes)] as const)));
  return { hash: await sha256(text), text };
}

/** A packed model, to be loaded from. @throws DataError where something else is in the file */
export async function packedModel(path: string): Promise<Storage> {
  let files: Readonly<Record<string, unknown>>;
  try {
    files = Object(JSON.parse(new TextDecoder().decode(await readBytes(path))));
  } catch (error) {
    throw new DataError(`worker: a packed model was expected in ${path}, but ${messageOf(error)}`);
  }
  const read = (name: string): Uint8Array => {
    const data = files[name];
    if (typeof data === 'string') return fromBase64Bytes(data);
    throw new ModelError(`worker: a file ${name} was expected in the packed model ${path}, but none is there`);
  };
  return {
    write: async () => {
      throw new ModelError('worker: a packed model is read alone');
    },
    read: async (names) => Object.fromEntries(names.map((name) => [name, read(name)])),
  };
}
