import { expectWhole } from '../../checks.ts';
import { KeepgateError, ModelError, show } from '../../errors.ts';
import type { Layer } from '../../layers/layer.ts';
import { kindOf, rowSize, type Signature } from '../../layers/signature.ts';
import type { TokenizersLibrary } from '../../text/tokenizers/hugging-face-tokenizer.ts';
import { savedTokenizer, tokenizerToSave } from '../../text/tokenizers/saved-tokenizer.ts';
import type { Tokenizer } from '../../text/tokenizers/tokenizer.ts';
import { Vocabulary } from '../../text/vocabulary.ts';
import { MODEL_FILES, parseJson } from '../model/saved-model.ts';
import { flowThrough } from '../pass.ts';

/** What a classifier has besides its model. */
export interface TextParts {
  /** Their names: the class with number k is `classes[k]`. */
  readonly classes: readonly string[];
  /** From a text to tokens. */
  readonly tokenizer: Tokenizer;
  /** From tokens to ids. */
  readonly vocabulary: Vocabulary;
  /** A text's tokens past this many are cut off. */
  readonly maxLength: number;
}

const TEXT_FILE = 'text.json';

/** The files of a saved classifier: those of its model, and what it has besides as JSON. */
export const CLASSIFIER_FILES: readonly string[] = [...MODEL_FILES, TEXT_FILE];

/** The file of the parts. */
export function writeText({ tokenizer, vocabulary, classes, maxLength }: TextParts): { readonly [TEXT_FILE]: string } {
  const saved = { ...tokenizerToSave(tokenizer), maxLength, classes, vocabulary };
  return { [TEXT_FILE]: `${JSON.stringify(saved, null, 1)}\n` };
}

/**
 * @param layers and input of the model that they are for
 * @throws ModelError when they are not those of a classifier, or are for another model
 */
export async function readText(
  files: Readonly<Record<string, Uint8Array>>,
  model: { readonly layers: readonly Layer[]; readonly input: Signature | null },
  library?: TokenizersLibrary,
): Promise<TextParts> {
  try {
    const { maxLength, classes, vocabulary, ...saved } = parseJson(TEXT_FILE, files[TEXT_FILE]);
    expectWhole(TEXT_FILE, 'maxLength', maxLength as number, 1);
    const parts = {
      classes: namesOf(classes),
      maxLength: maxLength as number,
      tokenizer: await savedTokenizer(saved, library),
      vocabulary: Vocabulary.fromJSON(vocabulary),
    };
    expectFitting(TEXT_FILE, model, parts);
    return parts;
  } catch (error) {
    if (!(error instanceof KeepgateError)) throw error;
    throw new ModelError(`${error.message}; the files are damaged or from another version`);
  }
}

/** @throws ModelError unless it is a list of names */
function namesOf(classes: unknown): string[] {
  // Version 0.1.0 trained and saved classifiers whose labels were numbers, booleans or nothing.
  if (Array.isArray(classes) && classes.every((name) => typeof name !== 'object' || name === null))
    return classes.map(String);
  throw new ModelError(`${TEXT_FILE}: a list of names was expected as classes, but ${show(classes)} came`);
}

/**
 * Asked when a classifier is made, saved and loaded, so that what is saved is loaded.
 * @throws ModelError unless the model takes these tokens and tells these classes apart
 */
export function expectFitting(
  who: string,
  { layers, input }: { readonly layers: readonly Layer[]; readonly input: Signature | null },
  { classes, vocabulary: { size } }: Pick<TextParts, 'classes' | 'vocabulary'>,
): void {
  if (!input || kindOf(input) !== 'tokens' || (input.vocabulary as number) < size) {
    const came = input?.vocabulary === undefined ? 'for no token ids' : `for ${input.vocabulary}`;
    throw new ModelError(
      `${who}: a model for the ${size} token ids of the vocabulary was expected, but it is ${came}; begin with embedding({ vocabulary })`,
    );
  }
  const { y: output } = flowThrough(layers, { x: input }).end;
  const outputs = output && kindOf(output) === 'vector' ? rowSize('model', output) : null;
  if (outputs === classes.length && new Set(classes).size === classes.length) return;
  throw new ModelError(
    `${who}: an output for each of ${classes.length} classes ${show(classes)} was expected, but the model gives ${
      outputs === null ? 'one for each token' : outputs
    }; end with dense({ units: classes })`,
  );
}
