import { expectBoolean, expectOneOf, optionsOf } from '../../checks.ts';
import { madeTokenizer } from './made-tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';

/** What Keras' `TextVectorization` is told, in the words of this package. */
export interface KerasTokenizerOptions {
  /** What a token is: what stands between white space (the default), or a Unicode code point. */
  readonly split?: 'whitespace' | 'character';
  /** Lower case first: the letters A to Z alone, as TensorFlow has it. True when left out. */
  readonly lowercase?: boolean;
  /** Take out the punctuation of ASCII, apostrophes among it. True when left out. */
  readonly strip?: boolean;
}

/** The punctuation that Keras takes out. */
const PUNCTUATION = /[!"#$%&()*+,\-./:;<=>?@[\\\]^_`{|}~']/g;

/** White space as `isspace` of C has it: a no-break space is a letter. */
const SPACE = /[ \t\n\v\f\r]+/;

/**
 * Tokens as Keras' `TextVectorization` makes them: its standardize `lower_and_strip_punctuation` is the default, as there. A model that was
 * trained with it needs the same tokens to get the same ids.
 * @throws OptionError for an option that it has not
 * @example
 * ```ts
 * import { kerasTokenizer } from 'keepgate';
 *
 * console.log(kerasTokenizer().tokenize("It's a film - no more.").join(' | ')); // prints: its | a | film | no | more
 * console.log(kerasTokenizer({ strip: false }).tokenize('So it is.')); // prints: [ 'so', 'it', 'is.' ]
 * ```
 */
export function kerasTokenizer(options: KerasTokenizerOptions = {}): Tokenizer {
  const {
    split = 'whitespace',
    lowercase = true,
    strip = true,
  } = optionsOf('kerasTokenizer', options, { split: true, lowercase: true, strip: true });
  expectOneOf('kerasTokenizer', 'split', split, ['whitespace', 'character']);
  expectBoolean('kerasTokenizer', 'lowercase', lowercase);
  expectBoolean('kerasTokenizer', 'strip', strip);
  return madeTokenizer({ level: 'keras', lowercase, split, strip }, (text, limit) => {
    const lower = lowercase ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text;
    const bare = strip ? lower.replace(PUNCTUATION, '') : lower;
    const tokens = split === 'character' ? Array.from(bare) : bare.split(SPACE).filter((token) => token !== '');
    return tokens.slice(0, limit);
  });
}
