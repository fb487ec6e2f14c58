import { key, type Mask, type Plan, sample, tokenDropout, wordTypeDropout } from 'keepgate';
import type { WrongPlans } from '../entry.ts';

const BATCH = 3;
/** Time-major [T,B]: each word stands several times in a sample. */
const IDS = Int32Array.from({ length: 30 * BATCH }, (_, place) => (place * place) % 7);
const EXTENTS = { batch: BATCH, time: 30, inputSize: 1, hiddenSize: 1, gates: 1, tokens: { ids: IDS } };

/** Whether a word has one entry in a sample, wherever it stands. */
function wordsShare([plan]: readonly Plan[]): boolean {
  const { values } = Object.values(plan?.masks ?? {})[0] as Mask;
  const known = new Map<string, number>();
  return IDS.every((id, place) => {
    const word = `${place % BATCH} ${id}`;
    const entry = values[place] as number;
    const same = (known.get(word) ?? entry) === entry;
    known.set(word, entry);
    return same;
  });
}

export const plans: readonly WrongPlans[] = [
  {
    name: 'word-type-for-each-token',
    group: 'E14',
    says: 'the mask of word types is drawn for each token (BayesianRNN, an issue of its repository)',
    right: () => [sample(wordTypeDropout({ rate: 0.3 }), key(1), EXTENTS)],
    wrong: () => [sample(tokenDropout({ rate: 0.3 }), key(1), EXTENTS)],
    holds: wordsShare,
    caughtBy: 'words-share',
  },
];
