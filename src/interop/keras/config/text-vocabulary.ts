import { DataError, show } from '../../../errors.ts';
import type { FileVocabulary } from '../../imported/file-model.ts';
import { Refusal } from '../../imported/refusal.ts';
import { type KerasLayer, own } from './keras-layer.ts';
import { TEXT_LAYERS } from './plain-stages.ts';
import { Settings } from './settings.ts';

/** How Keras calls what is done to texts, by what it is. */
const STANDARDS: Readonly<Record<string, Pick<FileVocabulary, 'lowercase' | 'stripped'>>> = {
  none: { lowercase: false, stripped: false },
  lower_and_strip_punctuation: { lowercase: true, stripped: true },
  lower: { lowercase: true, stripped: false },
  strip_punctuation: { lowercase: false, stripped: true },
};

const SPECIAL = ['', '[UNK]'];

/**
 * The vocabulary of a layer that turns texts into ids; undefined for another layer.
 * @param kept the tokens that came with the file, where the layer does not list them itself
 * @throws DataError for a vocabulary that is a path: no file is opened because a file says so
 * @throws Refusal when ids are made in a way that is not known here
 */
export function vocabularyOf(
  { className, name, config }: KerasLayer,
  kept: readonly string[] | undefined,
): FileVocabulary | undefined {
  if (!TEXT_LAYERS.has(className)) return undefined;
  const settings = new Settings(config);
  const listed = settings.get('vocabulary');
  if (typeof listed === 'string') {
    throw new DataError(
      `keras: the tokens of ${show(name)} were expected, but the path ${show(listed)} came; save the model with its vocabulary`,
    );
  }
  const given = tokensOf(listed) ?? kept;
  if (!given) throw new Refusal('a vocabulary', 'none', 'call adapt(), and save the model again');
  settings.expect('output_mode', 'int', 'save the model with ids');
  settings.expect('encoding', 'utf-8', 'save it with utf-8');
  const isLookup = className === 'StringLookup';
  if (isLookup) expectOwnIds(settings);
  else settings.expect('ngrams', null, 'train it on single tokens');
  // What is null is not done, and what is left out is done as usual.
  const usual = own(config, 'standardize') === undefined ? 'lower_and_strip_punctuation' : 'none';
  const standard = isLookup ? 'none' : String(settings.get('standardize') ?? usual);
  const split = isLookup || own(config, 'split') === undefined ? 'whitespace' : settings.get('split');
  const known = Object.hasOwn(STANDARDS, standard) ? STANDARDS[standard] : undefined;
  if (!known || (split !== 'whitespace' && split !== 'character')) {
    throw new Refusal(
      'texts split at white space or into characters',
      `${show(standard)}, ${show(split)}`,
      'split them before',
    );
  }
  const length = settings.get('output_sequence_length');
  return {
    tokens:
      given[0] === SPECIAL[0] && given[1] === SPECIAL[1]
        ? given
        : [...SPECIAL, ...given.filter((token) => !SPECIAL.includes(token))],
    level: split === 'character' ? 'characters' : 'words',
    ...known,
    ...(typeof length === 'number' ? { maxLength: length } : {}),
  };
}

function tokensOf(listed: unknown): readonly string[] | undefined {
  return Array.isArray(listed) && listed.every((token) => typeof token === 'string') ? listed : undefined;
}

/** 0 is padding, and 1 what is not known, as here. */
function expectOwnIds(settings: Settings): void {
  settings.expect('num_oov_indices', 1, 'train it with one id for unknown tokens');
  settings.expect('mask_token', '', 'train it with mask_token=""');
  settings.expect('oov_token', '[UNK]', 'train it with the usual token');
  settings.expect('invert', false, 'take it out of the model');
}
