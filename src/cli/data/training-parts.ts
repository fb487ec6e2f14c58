import type { Ops } from '../../engines/ops.ts';
import { DataError, OptionError, show } from '../../errors.ts';
import { fold, key } from '../../random/key.ts';
import { type EncodedTexts, type TextCounts, TokenizedTexts } from '../../text/tokenized-texts.ts';
import { type Tokenizer, tokenizer } from '../../text/tokenizers/tokenizer.ts';
import { type PretrainedVectors, readVectors } from '../../text/vectors/read-vectors.ts';
import type { Vocabulary } from '../../text/vocabulary.ts';
import { TextClassifier } from '../../train/classifier/text-classifier.ts';
import type { TextClassifierOptions } from '../../train/classifier/text-options.ts';
import type { Output } from '../output.ts';
import type { DataOptions } from './data-options.ts';
import { dataTexts } from './data-texts.ts';
import { describeData, type OtherTexts } from './describe-data.ts';

/** The share of the texts that is held out where nothing else is there to validate on. */
const HOLDOUT = 0.3;

/** The options that say which texts there are, and what is made of them. */
export interface PartsOptions extends DataOptions {
  readonly level: 'word' | 'char';
  readonly maxLength: number;
  readonly minCount: number;
  readonly vectors?: string;
  readonly holdout?: number;
  readonly validation?: string;
  readonly test?: string;
  readonly seed: number;
}

/** Ids and class numbers, one a text. */
export interface TextExamples {
  readonly x: readonly Int32Array[];
  readonly y: readonly number[];
}

/** What a training has of texts. */
export interface TrainingParts {
  readonly classifier: TextClassifier;
  readonly training: TextExamples;
  /** Scored after each epoch; what is kept is chosen on it. */
  readonly validation: TextExamples;
  /** Scored once, at the end; null where there is none. */
  readonly test: TextExamples | null;
  /** What lines call them. */
  readonly names: { readonly validation: OtherTexts['name']; readonly test: OtherTexts['name'] | null };
  /** What there was of texts to begin with, and what of them is not used. */
  readonly counts: TextCounts;
  /** How many texts of the other parts are also among those to train on. */
  readonly overlap: number;
  /** Other texts, or others in other parts, have another. */
  readonly fingerprint: string;
}

/** @throws OptionError for parts that exclude each other */
export function expectParts({ holdout, validation, test }: PartsOptions): void {
  if (holdout === undefined || validation === undefined || test === undefined) return;
  throw new OptionError(
    'train: --holdout, or files for --validation and --test, were expected, but all three came; leave one out',
  );
}

/** Read, part, encode and describe the texts, and make a classifier for them. */
export async function readParts(
  out: Output,
  engine: Ops,
  path: string,
  layersWith: (vectors: PretrainedVectors | null) => TextClassifierOptions['layers'],
  options: PartsOptions,
): Promise<TrainingParts> {
  const { maxLength, minCount, validation: validationFile, test: testFile } = options;
  const holdout = options.holdout ?? (validationFile === undefined ? HOLDOUT : null);
  const cut = tokenizer(options.level);
  const texts = new TokenizedTexts(cut, maxLength);
  const notes: string[] = [];
  const onNote = (note: string): void => {
    notes.push(note);
    out.warn(note);
  };
  for await (const part of dataTexts('train', path, options, onNote)) texts.add(part);
  const encoded = texts.encode(holdout, fold(key(options.seed), 'split'), { minCount });
  const { vocabulary, classes, training } = encoded;
  const read = async (
    name: OtherTexts['name'],
    option: string,
    file: string | undefined,
  ): Promise<OtherTexts | null> => {
    if (file === undefined) return null;
    const found: { ids: Int32Array[]; labels: string[] } = { ids: [], labels: [] };
    let overlap = 0;
    for await (const part of dataTexts('train', file, options, onNote)) {
      for (const [i, text] of part.texts.entries()) {
        found.labels.push(expectClass(option, file, part.labels[i] as string, classes));
        found.ids.push(idsOf(text, cut, vocabulary, maxLength));
        if (texts.isTrainedOn(text)) overlap += 1;
      }
    }
    return { name, ...found, overlap };
  };
  const heldOut: OtherTexts | null = holdout === null ? null : { name: 'held out', ...encoded.test, overlap: 0 };
  const given = await read('to validate on', '--validation', validationFile);
  const validation = (given ?? heldOut) as OtherTexts;
  const test = (await read('to test on', '--test', testFile)) ?? (given ? heldOut : null);
  const vectors =
    options.vectors === undefined
      ? null
      : await readVectors(options.vectors, { vocabulary, key: fold(key(options.seed), 'vectors') });
  const parts = { tokenizer: cut, vocabulary, classes, maxLength };
  const classifier = TextClassifier.of(parts, { layers: layersWith(vectors), engine });
  const found = { vocabulary, classes, training, validation, test, counts: texts.counts, vectors };
  describeData(out, { ...found, maxLength, minCount, notes, engine: engine.describe() });
  return {
    classifier,
    training: examplesOf(training, classes),
    validation: examplesOf(validation, classes),
    test: test && examplesOf(test, classes),
    names: { validation: validation.name, test: test?.name ?? null },
    counts: texts.counts,
    overlap: validation.overlap + (test?.overlap ?? 0),
    fingerprint: fingerprintOf(classes, [training, validation, ...(test ? [test] : [])]),
  };
}

/** @throws DataError for a label that is not among those to train on */
function expectClass(option: string, file: string, label: string, classes: readonly string[]): string {
  if (classes.includes(label)) return label;
  throw new DataError(
    `${option}: a label of ${show(classes)} was expected, but ${show(label)} came in ${file}; no text to train on has it`,
  );
}

function idsOf(text: string, cut: Tokenizer, vocabulary: Vocabulary, maxLength: number): Int32Array {
  return Int32Array.from(vocabulary.encode(cut.tokenize(text, maxLength)));
}

function examplesOf({ ids, labels }: EncodedTexts, classes: readonly string[]): TextExamples {
  const numbers = new Map(classes.map((name, i) => [name, i]));
  return { x: ids, y: labels.map((label) => numbers.get(label) as number) };
}

/** FNV-1a over the numbers: what differs by accident has another. */
function fingerprintOf(classes: readonly string[], parts: readonly EncodedTexts[]): string {
  let hash = 0x811c9dc5;
  const add = (value: number): void => {
    hash = Math.imul(hash ^ value, 0x01000193);
  };
  const addText = (text: string): void => {
    for (let i = 0; i < text.length; i++) add(text.charCodeAt(i));
    add(-1);
  };
  classes.forEach(addText);
  for (const { ids, labels } of parts) {
    for (const row of ids) {
      for (const id of row) add(id);
      add(-1);
    }
    labels.forEach(addText);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
