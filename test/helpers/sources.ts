import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { ROOT } from './run-script.ts';

/** A file below a folder: its path there, as in `cells/lstm.ts`, and what it holds. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

/** The files below src/, or another folder, that hold code, in the order of their paths. */
export function readSources(folder = 'src'): Source[] {
  const root = join(ROOT, folder);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => path.split(sep).join('/'))
    .filter((file) => /\.m?[jt]sx?$/.test(file) && !file.includes('node_modules/'))
    .sort()
    .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));
}
