import { fold, type Key, uniform } from 'keepgate';

/** What a word of a part of speech ends in, after a stem of its own; the words themselves where there are few of them. */
const ENDINGS = {
  NOUN: ['ment', 'ness', 'er', ''],
  VERB: ['ize', 'ate', 'ed', ''],
  ADJ: ['ous', 'ful', 'ish'],
  ADV: ['ly'],
};
const CLOSED = {
  DET: ['the', 'a', 'this', 'every'],
  PRON: ['she', 'he', 'they', 'we'],
  AUX: ['will', 'can', 'must', 'did'],
  ADP: ['in', 'of', 'with', 'for'],
  PUNCT: ['.'],
};
type Tag = keyof typeof ENDINGS | keyof typeof CLOSED;

const [ONSETS, VOWELS] = ['b d f g k l m n p r s t v z'.split(' '), 'a e i o u'.split(' ')];

/**
 * Sentences made up from a key as CoNLL-U, each a statement or a question, which its comment `kind` says: a question begins with its
 * auxiliary. Most words are new in each sentence, and their endings tell what they are; a stem without one is a noun or a verb, as the words
 * around it tell.
 */
export function madeUp(count: number, key: Key): string {
  return Array.from({ length: count }, (_, i) => sentence(fold(key, i), i)).join('\n');
}

function sentence(key: Key, i: number): string {
  const draws = uniform(key, 200);
  let at = 0;
  const draw = (): number => draws[at++ % draws.length] as number;
  const one = <V>(values: readonly V[]): V => values[Math.floor(draw() * values.length)] as V;
  const word = (tag: Tag): string => {
    if (tag in CLOSED) return one(CLOSED[tag as keyof typeof CLOSED]);
    const stem = [0, 1].map(() => one(ONSETS) + one(VOWELS)).join('') + one(ONSETS);
    return stem + one(ENDINGS[tag as keyof typeof ENDINGS]);
  };
  const phrase = (): Tag[] => (draw() < 0.3 ? ['PRON'] : ['DET', ...(draw() < 0.5 ? (['ADJ'] as const) : []), 'NOUN']);
  const isQuestion = draw() < 0.5;
  const subject = phrase();
  const rest: Tag[] = [
    'VERB',
    ...phrase(),
    ...(draw() < 0.4 ? (['ADP', ...phrase()] as Tag[]) : []),
    ...(draw() < 0.4 ? (['ADV'] as const) : []),
  ];
  const tags: Tag[] = [
    ...(isQuestion ? (['AUX', ...subject] as Tag[]) : ([...subject, 'AUX'] as Tag[])),
    ...rest,
    'PUNCT',
  ];
  const lines = tags.map((tag, t) => [t + 1, word(tag), '_', tag, '_', '_', '_', '_', '_', '_'].join('\t'));
  return [`# sent_id = ${i + 1}`, `# kind = ${isQuestion ? 'question' : 'statement'}`, ...lines, ''].join('\n');
}
