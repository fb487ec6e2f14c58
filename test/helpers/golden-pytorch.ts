import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './run-script.ts';

const FOLDER = join(ROOT, 'test/golden/pytorch');

/** A file that PyTorch wrote. */
export function golden(file: string): Uint8Array {
  return new Uint8Array(readFileSync(join(FOLDER, file)));
}

/** What is in each of them, by file and tensor. */
export const GOLDEN_TENSORS: Readonly<Record<string, Record<string, { shape: number[]; data: number[] }>>> = JSON.parse(
  readFileSync(join(FOLDER, 'tensors.json'), 'utf8'),
);

/** What their recurrent layers give. */
export const GOLDEN_LAYERS: readonly { file: string; name: string; x: number[][][]; y: number[][][] }[] = JSON.parse(
  readFileSync(join(FOLDER, 'layers.json'), 'utf8'),
);

/** Names of all files of PyTorch there. */
export const GOLDEN_FILES: readonly string[] = readdirSync(FOLDER).filter((file) => /\.pth?$/.test(file));

/** Files of other programs, where they are at hand. */
export const SHARED: string = join(ROOT, '../shared/data/interop');
export const HAS_SHARED: boolean = existsSync(SHARED);

/** The paths of those there that are files of tensors. */
export function sharedFiles(): string[] {
  if (!HAS_SHARED) return [];
  return readdirSync(SHARED, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.(pt|pth|tar|safetensors)$/.test(file),
  );
}

export function shared(file: string): Uint8Array {
  return new Uint8Array(readFileSync(join(SHARED, file)));
}
