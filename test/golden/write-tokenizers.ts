/**
 * Writes tokenizers/: three small files of Hugging Face's form, one a model, and the ids that its own library (in Rust) gives for texts. It
 * needs that library's binding, which is no dependency of this package:
 *
 *     npm install --prefix DIR tokenizers@0.13.3
 *     npx tsx test/golden/write-tokenizers.ts DIR/node_modules/tokenizers/index.js
 */
import { createRequire } from 'node:module';
import { writeFile } from 'node:fs/promises';
import { trainBpe } from 'keepgate';

const TEXTS = [
  'The warmest film, played by lowly players.',
  "It's 2024: they'll have 3.5 million films",
  '  two  spaces,\ta tab\nand a line ',
  'Naïve café — ÉTÉ … 東京 🙂 zzz',
  'unbelievably playing [MASK] re-played',
  '',
  'a',
];
const CORPUS = [
  ...TEXTS.slice(0, 3),
  'lower lowest newest widest the film players play playing played',
  "it's they'll",
];

interface NativeEncoding {
  getIds(): number[];
  getTokens(): string[];
}

interface Native {
  byteLevelAlphabet?(): string[];
  readonly Tokenizer: {
    fromString(json: string): {
      encode(text: string, pair: null, options: { addSpecialTokens: boolean }): Promise<NativeEncoding>;
    };
  };
}

const native = createRequire(import.meta.url)(process.argv[2] as string) as Native;
const { merges = [] } = await trainBpe([...CORPUS, ...CORPUS], { size: 90 });
const bytes = [...new Set([...merges.join('').replaceAll(' ', ''), ...byteSigns()])].sort();
const bpeTokens = ['<|endoftext|>', ...bytes, ...merges.map((merge) => merge.replace(' ', ''))];
const bpe = {
  version: '1.0',
  added_tokens: [added(0, '<|endoftext|>')],
  normalizer: null,
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
  post_processor: null,
  decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
  model: { type: 'BPE', dropout: null, unk_token: null, fuse_unk: false, vocab: numbered(bpeTokens), merges },
};

const pieces = [
  'the',
  'warm',
  '##est',
  'film',
  '##s',
  'play',
  '##ed',
  '##ing',
  '##er',
  '##ers',
  'low',
  '##ly',
  'un',
  '##bel',
  '##iev',
];
const more = [
  '##ably',
  're',
  '2024',
  '3',
  '5',
  'two',
  'space',
  'a',
  'tab',
  'and',
  'line',
  'naive',
  'cafe',
  '東',
  '京',
  ',',
  '.',
  '-',
  'it',
  "'",
  's',
];
const wordPieceTokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...pieces, ...more];
const wordPiece = {
  version: '1.0',
  added_tokens: wordPieceTokens.slice(0, 5).map((token, id) => added(id, token)),
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: {
    type: 'TemplateProcessing',
    single: ['[CLS]', '$A', '[SEP]'].map((id) =>
      id === '$A' ? { Sequence: { id: 'A', type_id: 0 } } : { SpecialToken: { id, type_id: 0 } },
    ),
    pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
    special_tokens: {
      '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
      '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
    },
  },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: numbered(wordPieceTokens),
  },
};

const letters = [..."abcdefghijklmnopqrstuvwxyzT'.,:3450▁"];
const scored = [
  ['▁', -2.5],
  ['▁the', -3],
  ['▁play', -4.5],
  ['ing', -3.25],
  ['ed', -3.5],
  ['est', -5],
  ['▁film', -4],
  ['▁a', -3.75],
  ['low', -5.5],
  ['▁l', -6],
  ['er', -4.25],
  ['s', -3],
] as const;
const unigram = {
  version: '1.0',
  added_tokens: [added(0, '<pad>'), added(2, '<unk>')],
  normalizer: { type: 'NFKC' },
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
  post_processor: null,
  decoder: { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
  model: {
    type: 'Unigram',
    unk_id: 2,
    vocab: [
      ['<pad>', 0],
      ['</s>', 0],
      ['<unk>', 0],
      ...scored,
      ...letters
        .filter((letter) => !scored.some(([piece]) => piece === letter))
        .map((letter, i) => [letter, -7 - i / 8]),
    ],
  },
};

function added(id: number, content: string) {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
}

function numbered(tokens: readonly string[]): Record<string, number> {
  return Object.fromEntries(tokens.map((token, id) => [token, id]));
}

/** GPT-2's signs for bytes. */
function byteSigns(): string[] {
  return native.byteLevelAlphabet?.() ?? [];
}

const expected: Record<string, unknown> = {};
for (const [name, json] of Object.entries({ bpe, wordPiece, unigram })) {
  const tokenizer = native.Tokenizer.fromString(JSON.stringify(json));
  const cases: unknown[] = [];
  for (const text of TEXTS) {
    const plain = await tokenizer.encode(text, null, { addSpecialTokens: false });
    const special = await tokenizer.encode(text, null, { addSpecialTokens: true });
    cases.push({ text, ids: plain.getIds(), tokens: plain.getTokens(), withSpecialTokens: special.getIds() });
  }
  expected[name] = cases;
  await writeFile(new URL(`tokenizers/${name}.json`, import.meta.url), `${JSON.stringify(json)}\n`);
}
await writeFile(new URL('tokenizers/ids.json', import.meta.url), `${JSON.stringify(expected, null, 1)}\n`);
