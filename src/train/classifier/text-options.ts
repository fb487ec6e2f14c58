import { expectBoolean, expectFunction, expectWhole, type OptionNames, optionsOf } from '../../checks.ts';
import type { EngineOption } from '../../engines/select.ts';
import { DataError, OptionError, show } from '../../errors.ts';
import type { Layer } from '../../layers/layer.ts';
import type { TokenizersLibrary } from '../../text/tokenizers/hugging-face-tokenizer.ts';
import { LOAD_OPTIONS, type LoadOptions, loadOptions } from '../model/load-model.ts';
import { expectTokenizer } from '../../text/tokenizers/made-tokenizer.ts';
import type { Tokenizer } from '../../text/tokenizers/tokenizer.ts';
import { tokensOf, Vocabulary } from '../../text/vocabulary.ts';

/** What a text classifier is made of. */
export interface TextClassifierOptions {
  /** What a token is; needed where there is no `tokenizer`. */
  readonly level?: 'word' | 'char';
  /** Lower case first: for words when left out, not for characters. */
  readonly lowercase?: boolean;
  /** Cuts texts into tokens in another way, in place of `level` and `lowercase`: such as `ngramTokenizer()`, or what `trainBpe` gave. */
  readonly tokenizer?: Tokenizer;
  /** A text's tokens past this many are cut off; 200 when left out. */
  readonly maxLength?: number;
  /** The most token ids, padding and unknown included; no limit when left out. */
  readonly vocabularySize?: number;
  /** How often a token must occur to get an id; once when left out. */
  readonly minCount?: number;
  /** The tokens that get ids, in place of those of the texts: that of `readVectors`, or of another classifier. */
  readonly vocabulary?: Vocabulary;
  /** The layers between token ids and one output for each class. */
  readonly layers: (sizes: TextSizes) => readonly Layer[];
  /** What the sums run on; an engine or its name, 'auto' when left out. */
  readonly engine?: EngineOption;
}

const FROM: OptionNames<TextClassifierOptions> = {
  level: true,
  lowercase: true,
  tokenizer: true,
  maxLength: true,
  vocabularySize: true,
  minCount: true,
  vocabulary: true,
  layers: true,
  engine: true,
};

/** What `TextClassifier.load` and `fromFiles` are told. */
export interface TextLoadOptions extends LoadOptions {
  /** The package @huggingface/tokenizers, for a page or a bundle, where a tokenizer of its files was saved. */
  readonly tokenizers?: TokenizersLibrary;
}

/** @throws OptionError for an option that it does not have */
export function textLoadOptions(
  who: string,
  options: TextLoadOptions,
): ReturnType<typeof loadOptions> & Pick<TextLoadOptions, 'tokenizers'> {
  const { tokenizers, ...told } = optionsOf(who, options, { ...LOAD_OPTIONS, tokenizers: true });
  return { ...loadOptions(who, told), ...(tokenizers && { tokenizers }) };
}

/** What the layers of a text classifier are made for. */
export interface TextSizes {
  /** The number of token ids. */
  readonly vocabulary: number;
  /** The number of classes. */
  readonly classes: number;
  /** The id of tokens that the vocabulary does not hold: what `embedding` puts in for tokens that are dropped. */
  readonly unknown: number;
}

/** @throws OptionError when an option is unknown or not what it can be */
export function checkedOptions(options: TextClassifierOptions): TextClassifierOptions {
  const who = 'text classifier';
  const { level, lowercase, tokenizer, maxLength, vocabularySize, minCount, vocabulary, layers } = optionsOf(
    who,
    options,
    FROM,
  );
  if (tokenizer !== undefined) expectTokenizer(who, tokenizer);
  if (tokenizer !== undefined && (level !== undefined || lowercase !== undefined))
    throw new OptionError(`${who}: level, or a tokenizer, was expected, but both came; leave level and lowercase out`);
  if (lowercase !== undefined) expectBoolean(who, 'lowercase', lowercase);
  if (maxLength !== undefined) expectWhole(who, 'maxLength', maxLength, 1);
  if (vocabularySize !== undefined) expectWhole(who, 'vocabularySize', vocabularySize, 3);
  if (minCount !== undefined) expectWhole(who, 'minCount', minCount, 1);
  if (vocabulary !== undefined) {
    tokensOf(who, vocabulary);
    if (vocabularySize !== undefined || minCount !== undefined) {
      throw new OptionError(
        `${who}: vocabulary, or vocabularySize and minCount, were expected, but both came; give the limits to Vocabulary.build`,
      );
    }
  }
  expectFunction(who, 'layers', layers);
  return options;
}

export function expectClasses(classes: readonly string[]): void {
  if (classes.length >= 2) return;
  throw new DataError(
    `text classifier: at least 2 classes were expected, but the labels are ${show(classes)}; check the label column`,
  );
}

/** @throws DataError when no token gets an id: then all texts are alike */
export function vocabularyOf(
  tokens: readonly (readonly string[])[],
  { vocabularySize, minCount }: Pick<TextClassifierOptions, 'vocabularySize' | 'minCount'>,
  { unknown }: Pick<Tokenizer, 'unknown'>,
): Vocabulary {
  const known = unknown === undefined ? tokens : tokens.map((list) => list.filter((token) => token !== unknown));
  const vocabulary = Vocabulary.build(known, { maxSize: vocabularySize, minCount });
  if (vocabulary.toJSON().length > 0) return vocabulary;
  throw new DataError(
    tokens.every((list) => list.length === 0)
      ? `text classifier: texts with tokens in them were expected, but all ${tokens.length} are empty; check the text column`
      : `text classifier: a token that occurs ${minCount} times was expected, but none does, so that all texts are alike; lower minCount`,
  );
}
