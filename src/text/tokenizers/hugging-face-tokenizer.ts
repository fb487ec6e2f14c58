import { importPackage } from '../../platform/packages/import-package.js';
import { readBytes } from '#platform/files.js';
import { expectText, isPlain, jsonCopy, optionsOf, partsOf } from '../../checks.ts';
import { DataError, messageOf, OptionError, show } from '../../errors.ts';
import { bytesOf } from '../../realms.ts';
import { cannotOpen } from '../readers/input.ts';
import { madeTokenizer } from './made-tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';

/** What is needed of the package @huggingface/tokenizers. */
export interface TokenizersLibrary {
  readonly Tokenizer: new (
    tokenizer: object,
    config: object,
  ) => {
    /** The ids of a text. */
    encode(text: string, options: { readonly add_special_tokens: boolean }): { readonly ids: readonly number[] };
    /** The id of a token. */
    token_to_id(token: string): number | undefined;
    /** The token of an id. */
    id_to_token(id: number): string | undefined;
    /** All ids by their tokens. */
    get_vocab(withAddedTokens: boolean): ReadonlyMap<string, number>;
  };
}

/** What `huggingFaceTokenizer` is told. */
export interface HuggingFaceOptions {
  /** The package @huggingface/tokenizers, for a page or a bundle, where it is not found by its name. */
  readonly library?: TokenizersLibrary | undefined;
}

/** A tokenizer of a `tokenizer.json`, with the ids that its own library gives. */
export interface HuggingFaceTokenizer extends Tokenizer {
  readonly level: 'huggingface';
  /** How many ids there are: the largest and one more. */
  readonly size: number;
  /** The id of padding; null where the file names none. */
  readonly paddingId: number | null;
  /** The id of what is not known; null where the file names none. */
  readonly unknownId: number | null;
  /**
   * The ids of a text.
   * @param options `specialTokens` also those that the file puts around a text, such as [CLS]; not so when left out
   */
  encode(text: string, options?: { readonly specialTokens?: boolean }): number[];
}

/** What models there are, and where each says what stands for the unknown. */
const MODELS: Readonly<Record<string, (model: Readonly<Record<string, unknown>>) => unknown>> = {
  BPE: ({ unk_token }) => unk_token,
  WordPiece: ({ unk_token }) => unk_token,
  Unigram: ({ vocab, unk_id }) => (typeof unk_id === 'number' ? Object(Object(vocab)[unk_id])[0] : undefined),
};

/** What a file may leave out, and the package does not. */
const PARTS = { added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };

const PADDINGS = ['[PAD]', '<pad>', '<|pad|>', '<|endoftext|>'];

/**
 * The tokenizer of a `tokenizer.json` of Hugging Face, with a model of byte pair encoding, WordPiece or Unigram, read by the package
 * @huggingface/tokenizers, which is to be installed beside keepgate.
 * @param source a path where there is a disk, the bytes of the file, or what its JSON says
 * @throws DataError for what cannot be read, is no such file, or has parts that the package does not know
 * @throws OptionError where the package is not installed
 * @example
 * ```ts
 * import { huggingFaceTokenizer } from 'keepgate';
 *
 * const vocab = { '[UNK]': 0, '[PAD]': 1, play: 2, '##ing': 3, '##ed': 4, chess: 5 };
 * const words = await huggingFaceTokenizer({
 *   model: { type: 'WordPiece', vocab, unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100 },
 *   normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
 *   pre_tokenizer: { type: 'BertPreTokenizer' },
 *   added_tokens: [],
 * });
 * console.log(words.tokenize('Playing go'), words.encode('Playing go')); // prints: [ 'play', '##ing', '[UNK]' ] [ 2, 3, 0 ]
 * console.log(words.size, words.paddingId, words.unknownId); // prints: 6 1 0
 * ```
 */
export async function huggingFaceTokenizer(
  source: string | Uint8Array | ArrayBuffer | object,
  options: HuggingFaceOptions = {},
): Promise<HuggingFaceTokenizer> {
  const who = 'huggingFaceTokenizer';
  const { library } = optionsOf(who, options, { library: true });
  const { name, json } = await readJson(who, source);
  const unknown = unknownOf(name, json);
  const { Tokenizer: Library } = library === undefined ? await libraryOf(who) : expectLibrary(who, library);
  const inner = made(name, () => new Library({ ...PARTS, ...json }, {}));
  const idOf = (token: unknown): number | null =>
    typeof token === 'string' ? (inner.token_to_id(token) ?? null) : null;
  const ids = (text: string, specialTokens: boolean): number[] =>
    made(name, () => [...inner.encode(text, { add_special_tokens: specialTokens }).ids]);
  const size = [...inner.get_vocab(true).values()].reduce((most, id) => Math.max(most, id), -1) + 1;
  const padding = Object(json.padding).pad_token ?? PADDINGS.find((token) => idOf(token) !== null);
  const saved = {
    level: 'huggingface',
    lowercase: false,
    json,
    ...(typeof unknown === 'string' && { unknown }),
  } as const;
  const tokenizer = madeTokenizer(saved, (text, limit) =>
    ids(text, false)
      .slice(0, limit)
      .map((id) => inner.id_to_token(id) ?? String(unknown)),
  );
  const more: Omit<HuggingFaceTokenizer, keyof Tokenizer> = {
    size,
    paddingId: idOf(padding),
    unknownId: idOf(unknown),
    encode(text, told = {}) {
      expectText(who, 'the text', text);
      const { specialTokens = false } = optionsOf(who, told, { specialTokens: true });
      return ids(text, specialTokens);
    },
  };
  // With the mark of what was made here.
  return Object.freeze(
    Object.defineProperties({ ...more }, Object.getOwnPropertyDescriptors(tokenizer)),
  ) as HuggingFaceTokenizer;
}

/** What the JSON of a file says, as a copy. @throws DataError when it cannot be read, or is no JSON */
async function readJson(
  who: string,
  source: unknown,
): Promise<{ readonly name: string; readonly json: Readonly<Record<string, unknown>> }> {
  const bytes = typeof source === 'string' ? await bytesAt(source) : bytesOf(source);
  const name = typeof source === 'string' ? source : who;
  try {
    const json = jsonCopy(bytes ? JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) : source);
    if (isPlain(json) && isPlain(json.model)) return { name, json };
  } catch (error) {
    throw new DataError(`${name}: the JSON of a tokenizer.json was expected, but ${messageOf(error)}; check the file`);
  }
  throw new DataError(
    `${name}: a tokenizer.json with a model was expected, but ${bytes ? 'other JSON' : show(source)} came; a vocab.txt or a merges.txt is no such file`,
  );
}

function bytesAt(path: string): Promise<Uint8Array> {
  return readBytes(path).catch((error: unknown) => {
    throw cannotOpen(path, 'a tokenizer.json', error);
  });
}

/** The token that stands for the unknown, if one does. @throws DataError for a model of another kind */
function unknownOf(name: string, { model }: Readonly<Record<string, unknown>>): unknown {
  const { type, ...parts } = model as Readonly<Record<string, unknown>>;
  // Files of early versions leave the type out.
  const guessed = type ?? ('merges' in parts ? 'BPE' : Array.isArray(parts.vocab) ? 'Unigram' : 'WordPiece');
  const find = typeof guessed === 'string' && Object.hasOwn(MODELS, guessed) ? MODELS[guessed] : undefined;
  if (find) return find(parts);
  throw new DataError(
    `${name}: a model of ${Object.keys(MODELS).join(', ')} was expected, but ${show(type)} came; convert it by its own library`,
  );
}

/** What the package gives. @throws DataError for what it throws */
function made<T>(name: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new DataError(
      `${name}: a tokenizer that @huggingface/tokenizers knows was expected, but it says ${show(messageOf(error))}; save it anew by its own library`,
    );
  }
}

async function libraryOf(who: string): Promise<TokenizersLibrary> {
  let found: unknown;
  try {
    found = await importPackage('@huggingface/tokenizers');
  } catch {
    throw new OptionError(
      `${who}: the package @huggingface/tokenizers was expected, which reads such files, but it is not installed; npm install @huggingface/tokenizers, and in a page or a bundle hand it in: import * as library from '@huggingface/tokenizers'; pass { library }`,
    );
  }
  return expectLibrary(who, found);
}

function expectLibrary(who: string, library: unknown): TokenizersLibrary {
  const { Tokenizer: found } = partsOf<TokenizersLibrary>(who, library, 'Tokenizer');
  if (typeof found === 'function') return { Tokenizer: found };
  throw new OptionError(
    `${who}: the exports of @huggingface/tokenizers were expected as library, but ${show(library)} came; import * as library`,
  );
}
