import { entriesOf } from '#platform/files.js';
import { join, parse } from '#platform/paths.js';
import { DataError, show } from '../../errors.ts';
import { byCodePoint } from '../code-point-order.ts';
import type { LabelledTexts } from '../labelled.ts';
import { cannotOpen, readText } from './utf8.ts';

/**
 * Read texts from a folder with one UTF-8 file a class and one text a line. The name of a file without its extension
 * is the label; hidden files, folders and blank lines are skipped.
 * @throws DataError when there is no file, a file has no text, or two files have the same label
 * @example
 * ```ts
 * import { mkdir, writeFile } from 'node:fs/promises';
 * import { readFolder } from 'keepgate';
 *
 * await mkdir('reviews');
 * await writeFile('reviews/good.txt', 'A warm film.\nBright and clever.\n');
 * await writeFile('reviews/bad.txt', 'Dull.\n');
 * const { texts, labels } = await readFolder('reviews');
 * console.log(texts[0], labels); // prints: Dull. [ 'bad', 'good', 'good' ]
 * ```
 */
export async function readFolder(dir: string): Promise<LabelledTexts> {
  const texts: string[] = [];
  const labels: string[] = [];
  const fileOf = new Map<string, string>();
  for (const file of await filesIn(dir)) {
    const { name: label } = parse(file);
    const other = fileOf.get(label);
    if (other !== undefined) {
      throw new DataError(
        `${dir}: one file for each label was expected, but ${other} and ${file} both give ${show(label)}; rename or merge them`,
      );
    }
    fileOf.set(label, file);
    for (const line of await linesOf(join(dir, file))) {
      texts.push(line);
      labels.push(label);
    }
  }
  return { texts, labels };
}

/** Sorted, since the order in which a folder is listed depends on the file system. */
async function filesIn(dir: string): Promise<string[]> {
  const entries = await entriesOf(dir).catch((error: unknown) => {
    throw cannotOpen(dir, 'a folder', error);
  });
  const files = entries.filter(({ name, isFile }) => isFile && !name.startsWith('.')).map(({ name }) => name);
  if (files.length === 0) {
    throw new DataError(`${dir}: a text file for each class was expected, but there is none; put them in the folder`);
  }
  return files.sort(byCodePoint);
}

async function linesOf(path: string): Promise<string[]> {
  const lines = (await readText(path)).split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length === 0) {
    throw new DataError(`${path}: a text a line was expected, but there is none; add examples or remove the file`);
  }
  return lines;
}
