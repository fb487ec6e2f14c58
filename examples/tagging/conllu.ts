import { readFile } from 'node:fs/promises';
import { DataError } from 'keepgate';

/** A sentence of a CoNLL-U file: its words, the part of speech of each, and what its comments say. */
export interface Sentence {
  readonly words: readonly string[];
  /** UPOS, one a word. */
  readonly tags: readonly string[];
  /** `# key = value` */
  readonly comments: Readonly<Record<string, string>>;
}

/** The columns of a line: ID FORM LEMMA UPOS XPOS FEATS HEAD DEPREL DEPS MISC. */
const COLUMNS = 10;

/**
 * The sentences of a CoNLL-U text (universaldependencies.org/format.html). Ranges such as 3-4, which name the words of a contraction, and
 * empty nodes such as 8.1 are no words.
 * @param name of the file, for messages
 * @throws DataError for a line that is none of the format, by its number
 */
export function sentencesOf(text: string, name: string): Sentence[] {
  const sentences: Sentence[] = [];
  let [words, tags, comments]: [string[], string[], Record<string, string>] = [[], [], {}];
  const close = (): void => {
    if (words.length > 0) sentences.push({ words, tags, comments });
    [words, tags, comments] = [[], [], {}];
  };
  for (const [i, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() === '') close();
    else if (line.startsWith('#')) {
      const [, key, value] = /^#\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
      if (key !== undefined) comments[key] = value ?? '';
    } else {
      const [id = '', form = '', , tag = '', ...others] = line.split('\t');
      if (others.length !== COLUMNS - 4 || !/^\d+([-.]\d+)?$/.test(id) || form === '' || tag === '') {
        throw new DataError(
          `${name}: ${COLUMNS} columns of CoNLL-U with tabs between were expected in line ${i + 1}, but ${JSON.stringify(line.slice(0, 60))} came; check the file`,
        );
      }
      if (!/^\d+$/.test(id)) continue;
      words.push(form);
      tags.push(tag);
    }
  }
  close();
  if (sentences.length > 0) return sentences;
  throw new DataError(`${name}: sentences of CoNLL-U were expected, but none came; check the file`);
}

/** @throws DataError for files that cannot be read, or that hold no sentences */
export async function readSentences(paths: readonly string[]): Promise<Sentence[]> {
  const read = paths.map(async (path) => {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new DataError(
        `${path}: a CoNLL-U file was expected, but it cannot be read (${error.code}); check the path`,
      );
    });
    return sentencesOf(text, path);
  });
  return (await Promise.all(read)).flat();
}
