import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DataError, deduplicate, fold, type Key, type LabelledTexts, readLabelled, split } from 'keepgate';
import { readSentences } from '../sentence-polarity/sentences.ts';
import { readQuestions } from '../shared-masks/questions.ts';

/** A data set, and how much of it is trained on. */
export interface DataSet {
  readonly name: string;
  readonly texts: LabelledTexts;
  /** Those of a test set that came with it; null where a fifth, or a tenth, of the texts is held out. */
  readonly test: LabelledTexts | null;
  /** The share that is held out for testing where there is no test set. */
  readonly testShare: number;
}

/** The three parts of a training. */
export interface Parts {
  readonly train: LabelledTexts;
  readonly validation: LabelledTexts;
  readonly test: LabelledTexts;
}

/** The data set that is in a folder, told by its files. @throws DataError where none is, or a file is not what it should be */
export async function readDataSet(folder: string): Promise<DataSet> {
  if (existsSync(join(folder, 'TREC.train'))) {
    const texts = await readQuestions(folder);
    return { name: 'TREC', texts, test: await readQuestions(folder, 'TREC.test'), testShare: 0 };
  }
  const spam = join(folder, 'SMSSpamCollection');
  if (existsSync(spam)) {
    const texts = deduplicate(await readLabelled(spam, { label: 1, text: 2, header: false }));
    return { name: 'SMS spam', texts, test: null, testShare: 0.2 };
  }
  if (existsSync(join(folder, 'rt-polarity.neg')))
    return { name: 'rt-polarity', texts: await readSentences(folder), test: null, testShare: 0.1 };
  throw new DataError(
    `${folder}: rt-polarity.pos and rt-polarity.neg, TREC.train and TREC.test, or SMSSpamCollection were expected, but none is there; check the path`,
  );
}

/** A tenth of what is not tested on is for validation, of each class the same share. The key decides which. */
export function partsOf({ texts, test, testShare }: DataSet, key: Key): Parts {
  const held = test ? { train: texts, test } : split(texts, testShare, fold(key, 'test'));
  const { train, test: validation } = split(held.train, 0.1, fold(key, 'validation'));
  return { train, validation, test: held.test };
}
