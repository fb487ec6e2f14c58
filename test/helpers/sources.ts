import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { ROOT } from './run-script.ts';

/** A file below src/: its path there, as in `cells/lstm.ts`, and what it holds. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

/** The files below src/ that hold code, in the order of their paths. */
export function readSources(): Source[] {
  const src = join(ROOT, 'src');
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((path) => path.split(sep).join('/'))
    .filter((file) => /\.[jt]s$/.test(file))
    .sort()
    .map((file) => ({ file, text: readFileSync(join(src, file), 'utf8') }));
}
