import { expectBoolean, expectText } from '../../checks.ts';
import { type BpeTokenizerOptions, bpeTokenizer } from './bpe-tokenizer.ts';
import { huggingFaceTokenizer, type TokenizersLibrary } from './hugging-face-tokenizer.ts';
import { type KerasTokenizerOptions, kerasTokenizer } from './keras-tokenizer.ts';
import { type NgramTokenizerOptions, ngramTokenizer } from './ngram-tokenizer.ts';
import { type Tokenizer, tokenizer, type WordRules } from './tokenizer.ts';

/** What a tokenizer is saved as: all but its functions. */
export function tokenizerToSave({ level, lowercase, rules, ...more }: Tokenizer): Readonly<Record<string, unknown>> {
  const { split, strip, words, characters, alphabet, merges, json } = more;
  return { level, lowercase, rules, split, strip, words, characters, alphabet, merges, json };
}

/**
 * The tokenizer that was saved as these properties. Rules had no number at first: words without one are cut by rules 1.
 * @param library of Hugging Face's tokenizers; the installed one when left out
 * @throws OptionError or DataError for what no tokenizer has
 */
export async function savedTokenizer(
  saved: Readonly<Record<string, unknown>>,
  library?: TokenizersLibrary,
): Promise<Tokenizer> {
  const { level, lowercase, rules = level === 'word' ? 1 : undefined, ...more } = saved;
  expectText('tokenizer', 'level', level);
  expectBoolean('tokenizer', 'lowercase', lowercase);
  const { split, strip, words, characters, alphabet, merges, json } = more;
  switch (level) {
    case 'keras':
      return kerasTokenizer({ lowercase, split, strip } as KerasTokenizerOptions);
    case 'ngrams':
      return ngramTokenizer({ lowercase, rules, words, characters } as NgramTokenizerOptions);
    case 'bpe':
      return bpeTokenizer({ lowercase, alphabet, merges } as BpeTokenizerOptions);
    case 'huggingface':
      return huggingFaceTokenizer(json as object, { library });
    default:
      return tokenizer(level, rules === undefined ? { lowercase } : { lowercase, rules: rules as WordRules });
  }
}
