/** From what a file says of texts to a classifier of them. */
import { MOST_NUMBERS } from '../../checks.ts';
import type { EngineOption } from '../../engines/select.ts';
import { DataError, ModelError, show } from '../../errors.ts';
import type { FileModel, FileVocabulary } from '../../interop/imported/file-model.ts';
import { frozen } from '../../layers/combinators/frozen.ts';
import { dense } from '../../layers/dense/dense.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { kerasTokenizer } from '../../text/tokenizers/keras-tokenizer.ts';
import { Vocabulary } from '../../text/vocabulary.ts';
import { TextClassifier } from '../classifier/text-classifier.ts';
import { softmaxCrossEntropy } from '../losses/softmax-cross-entropy.ts';
import type { StagedLayers } from './stage-layers.ts';

/** What its caller says of the texts and the classes of a file. */
export interface ToldOfTexts {
  readonly labels: readonly string[] | undefined;
  readonly vocabulary: readonly string[] | undefined;
  readonly engine: EngineOption | undefined;
}

/** A classifier, and what somebody who uses it should know. */
export interface ImportedClassifier {
  readonly made: TextClassifier;
  readonly notes: readonly string[];
}

/** The ids without a token of their own: padding, and what is not known. */
const SPECIAL = 2;

/**
 * The classifier of texts that a file tells of; undefined for a model of anything else.
 * @throws ModelError where texts would get other ids than there
 * @throws DataError for labels that are not one for each output
 */
export async function classifierOf(
  { stages, vocabulary: said }: FileModel,
  parts: StagedLayers,
  { labels, vocabulary: given, engine }: ToldOfTexts,
): Promise<ImportedClassifier | undefined> {
  const vocabulary = given ? { ...(said ?? AS_USUAL), tokens: given } : said;
  const last = stages.at(-1);
  if (!vocabulary) {
    if (labels === undefined) return undefined;
    throw new ModelError(
      'importModel: the tokens of texts were expected with labels, but the file has none; pass { vocabulary } as well',
    );
  }
  if (
    vocabulary.maxLength !== undefined &&
    !stages.some((stage) => stage.kind === 'embedding' && stage.layer.facts.padding !== undefined)
  ) {
    throw new ModelError(
      `importModel: an Embedding with mask_zero was expected behind texts of ${vocabulary.maxLength} ids each, but padding counts as tokens there; train it with mask_zero=True`,
    );
  }
  const head = headOf(last, parts);
  if (!head) {
    throw new ModelError(
      'importModel: a Dense layer with an output for each class was expected at the end of a model of texts, but another came; import its layers by importLayers',
    );
  }
  const classes = labels ?? Array.from({ length: head.classes }, (_, i) => String(i));
  if (classes.length !== head.classes) {
    throw new DataError(
      `importModel: ${head.classes} labels were expected, one for each class, but ${show(classes)} came`,
    );
  }
  const { lowercase, stripped: strip, level, tokens, maxLength = MOST_NUMBERS } = vocabulary;
  const made = TextClassifier.of(
    {
      classes,
      tokenizer: kerasTokenizer({ lowercase, strip, split: level === 'characters' ? 'character' : 'whitespace' }),
      vocabulary: Vocabulary.fromJSON(tokens[0] === '' ? tokens.slice(SPECIAL) : tokens),
      maxLength,
    },
    { layers: () => head.parts.layers, engine },
  );
  await made.model.setWeights(head.parts.weights, { input: head.parts.input, loss: softmaxCrossEntropy() });
  return {
    made,
    notes: [
      ...head.notes,
      ...(given && !said
        ? ["texts are cut as Keras' TextVectorization does by itself: lower case, without punctuation, at white space"]
        : []),
    ],
  };
}

/** What TextVectorization does when nobody says otherwise. */
const AS_USUAL: Omit<FileVocabulary, 'tokens'> = { level: 'words', lowercase: true, stripped: true };

interface Head {
  readonly classes: number;
  readonly parts: StagedLayers;
  readonly notes: readonly string[];
}

/** What tells classes apart. One output of a sigmoid is made one of two classes: 0 and z under softmax are 1 - sigmoid(z) and sigmoid(z). */
function headOf(last: FileModel['stages'][number] | undefined, parts: StagedLayers): Head | undefined {
  const isActivated = last?.kind === 'activation';
  const end = parts.layers.at(-1)?.config;
  const isFrozen = end?.type === 'frozen';
  const config = (isFrozen ? end.layer : end) as { type?: string; units?: number; activation?: string } | undefined;
  if (config?.type !== 'dense' || config.units === undefined || (last?.kind !== 'dense' && !isActivated))
    return undefined;
  if (config.units > 1 && config.activation !== 'sigmoid') return { classes: config.units, parts, notes: [] };
  if (config.units !== 1 || config.activation !== 'sigmoid') return undefined;
  const at = parts.layers.length - 1;
  const twice = (value: Tensor | undefined, shape: readonly number[]): Tensor => {
    const numbers = value?.toFlat() ?? [];
    return new Tensor(
      Float64Array.from({ length: 2 * numbers.length }, (_, i) => numbers[i - numbers.length] ?? 0),
      shape,
    );
  };
  const two = dense({ units: 2, activation: 'softmax' });
  const [weight, bias] = [parts.weights[`${at}.weight`], parts.weights[`${at}.bias`]];
  return {
    classes: 2,
    parts: {
      ...parts,
      layers: [...parts.layers.slice(0, -1), isFrozen ? frozen(two) : two],
      weights: {
        ...parts.weights,
        [`${at}.weight`]: twice(weight, [2, weight?.shape[1] ?? 0]),
        [`${at}.bias`]: twice(bias, [2]),
      },
    },
    notes: ['its one output, of a sigmoid, is made the second of two classes: the same probabilities'],
  };
}
