import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, deduplicate, type LabelledTexts } from 'keepgate';

/** The questions of TREC, `COARSE:fine question` a line, with the coarse class of each; each once. */
export async function readQuestions(
  folder: string,
  file: 'TREC.train' | 'TREC.test' = 'TREC.train',
): Promise<LabelledTexts> {
  const path = join(folder, file);
  // A byte of the file is not UTF-8; in Latin-1 every byte is a letter.
  const text = await readFile(path, 'latin1').catch((error: NodeJS.ErrnoException) => {
    throw new DataError(
      `${path}: a file with one question a line was expected, but it cannot be read (${error.code}); name the folder that holds ${file}`,
    );
  });
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const questions = lines.map((line) => /^([A-Z]+):\w+ (.*)$/.exec(line.trim()));
  const wrong = questions.indexOf(null);
  if (lines.length === 0 || wrong >= 0)
    throw new DataError(
      `${path}: lines such as "NUM:dist How far is it ?" were expected, but ${wrong < 0 ? 'there is none' : `line ${wrong + 1} is another`}; check the file`,
    );
  return deduplicate({
    texts: questions.map((found) => found?.[2] as string),
    labels: questions.map((found) => found?.[1] as string),
  });
}
