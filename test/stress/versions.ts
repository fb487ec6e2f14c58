/** What the stress test saves: models that differ in all of their files, and in which files they have. */
import { createHash } from 'node:crypto';
import { readFolderFiles } from '../../src/interop/folder.ts';
import type { Files } from '../../src/interop/storage.ts';

const NAMES = ['model.json', 'weights.safetensors'];

/** @param size of the weights, in bytes */
export function filesOf(version: string, hasTexts: boolean, size = 20_000): Files {
  const weights = new Uint8Array(size).fill(version.charCodeAt(version.length - 1));
  const sum = createHash('sha256').update(weights).digest('hex');
  const texts = hasTexts ? `texts of ${version}` : null;
  return {
    'model.json': JSON.stringify({ version, sum, texts }),
    'weights.safetensors': weights,
    ...(texts === null ? {} : { 'text.json': texts }),
  };
}

/** Reads a model, all files of which must be of one version. @returns which it is */
export async function loadWhole(dir: string): Promise<string> {
  const { 'model.json': json, 'weights.safetensors': weights } = await readFolderFiles(dir, NAMES);
  const { version, sum } = JSON.parse(new TextDecoder().decode(json)) as { version: string; sum: string };
  const found = createHash('sha256')
    .update(weights as Uint8Array)
    .digest('hex');
  if (found !== sum) throw new Error(`a mixture: weights of another version than ${version}`);
  return version;
}
