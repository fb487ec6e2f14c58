import { expectWhole } from '../../checks.ts';
import type { EngineOption } from '../../engines/select.ts';
import { DataError, KeepgateError, ModelError, show } from '../../errors.ts';
import { storageOf } from '../../interop/folder.ts';
import type { Storage, WriteReport } from '../../interop/storage.ts';
import type { Layer } from '../../layers/layer.ts';
import { kindOf, rowSize } from '../../layers/signature.ts';
import { classesOf, type LabelledTexts } from '../../text/labelled.ts';
import { type Tokenizer, tokenizer } from '../../text/tokenizers/tokenizer.ts';
import { UNKNOWN_ID, Vocabulary } from '../../text/vocabulary.ts';
import type { Examples } from '../examples.ts';
import type { FitOptions } from '../fit-options.ts';
import type { History, Scores } from '../history.ts';
import { softmaxCrossEntropy } from '../losses/softmax-cross-entropy.ts';
import { argmax } from '../metrics/metrics.ts';
import { type LoadOptions, restoreModel } from '../model/load-model.ts';
import { Model } from '../model/model.ts';
import type { EvaluateOptions, PredictOptions } from '../model/model-options.ts';
import { MODEL_FILES, parseJson } from '../model/saved-model.ts';
import type { MonteCarloOptions, Uncertainty } from '../prediction/monte-carlo.ts';

/** What a text classifier is made of. */
export interface TextClassifierOptions {
  /** What a token is. */
  readonly level: 'word' | 'char';
  /** Lower case first: for words when left out, not for characters. */
  readonly lowercase?: boolean;
  /** A text's tokens past this many are cut off; 200 when left out. */
  readonly maxLength?: number;
  /** The most token ids, padding and unknown included; no limit when left out. */
  readonly vocabularySize?: number;
  /** How often a token must occur to get an id; once when left out. */
  readonly minCount?: number;
  /** The layers between token ids and one output for each class. */
  readonly layers: (sizes: TextSizes) => readonly Layer[];
  /** What the sums run on; an engine or its name, 'auto' when left out. */
  readonly engine?: EngineOption;
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

/** What a classifier says of one text. */
export interface TextPrediction {
  /** The likeliest class. */
  readonly label: string;
  /** The probability of each class. */
  readonly probabilities: Readonly<Record<string, number>>;
}

/**
 * Texts in, labels out: a tokenizer, a vocabulary, a model and the names of its classes, saved as one folder.
 * @example
 * ```ts
 * import { adam, dense, embedding, key, lstm, TextClassifier, variational } from 'keepgate';
 *
 * const texts = ['a warm film', 'warm and clever', 'a dull film', 'dull and cold'];
 * const training = { texts, labels: ['good', 'good', 'bad', 'bad'] };
 * const classifier = TextClassifier.from(training, {
 *   level: 'word',
 *   layers: ({ vocabulary, classes }) => [
 *     embedding({ vocabulary, units: 8 }),
 *     lstm({ units: 8, dropout: variational({ recurrent: 0.1 }) }),
 *     dense({ units: classes }),
 *   ],
 * });
 * await classifier.fit(training, { key: key(1), epochs: 40, optimizer: adam({ learningRate: 0.02 }) });
 * console.log((await classifier.predict(['warm', 'so dull'])).map(({ label }) => label)); // prints: [ 'good', 'bad' ]
 * await classifier.model.dispose();
 * ```
 */
export class TextClassifier {
  /** From token ids to one output for each class. */
  readonly model: Model;
  /** Their names: the class with number k is `classes[k]`. */
  readonly classes: readonly string[];
  /** From a text to tokens. */
  readonly tokenizer: Tokenizer;
  /** From tokens to ids. */
  readonly vocabulary: Vocabulary;
  /** A text's tokens past this many are cut off. */
  readonly maxLength: number;

  private constructor(parts: Pick<TextClassifier, 'model' | 'classes' | 'tokenizer' | 'vocabulary' | 'maxLength'>) {
    this.model = parts.model;
    this.classes = parts.classes;
    this.tokenizer = parts.tokenizer;
    this.vocabulary = parts.vocabulary;
    this.maxLength = parts.maxLength;
  }

  /**
   * An untrained classifier with the vocabulary and the classes of these texts.
   * @throws DataError when the labels are of fewer than 2 classes; OptionError when an option is not what it can be
   */
  static from(training: LabelledTexts, options: TextClassifierOptions): TextClassifier {
    const { level, lowercase, maxLength = 200, vocabularySize, minCount, layers, engine } = options;
    expectWhole('text classifier', 'maxLength', maxLength, 1);
    const classes = classesOf(training);
    if (classes.length < 2) {
      throw new DataError(
        `text classifier: at least 2 classes were expected, but the labels are ${show(classes)}; check the label column`,
      );
    }
    const cut = tokenizer(level, { lowercase });
    const tokens = training.texts.map((text) => cut.tokenize(text, maxLength));
    const vocabulary = Vocabulary.build(tokens, { maxSize: vocabularySize, minCount });
    const sizes = { vocabulary: vocabulary.size, classes: classes.length, unknown: UNKNOWN_ID };
    const model = new Model(layers(sizes), engine ? { engine } : {});
    return new TextClassifier({ model, classes, tokenizer: cut, vocabulary, maxLength });
  }

  /** Train on texts, with softmax cross-entropy; options, results and errors are those of `Model.fit`. */
  async fit(
    training: LabelledTexts,
    { validation, ...options }: Omit<FitOptions, 'loss' | 'validation'> & { readonly validation?: LabelledTexts },
  ): Promise<History> {
    return this.model.fit(this.encode(training), {
      ...options,
      loss: softmaxCrossEntropy(),
      ...(validation ? { validation: this.encode(validation) } : {}),
    });
  }

  /**
   * The loss and the accuracy over texts, without dropout's noise.
   * @throws DataError for a label that the classifier does not know
   */
  async evaluate(data: LabelledTexts, options: EvaluateOptions = {}): Promise<Scores> {
    return this.model.evaluate(this.encode(data), options);
  }

  /** The likeliest class of each text, and the probability of every class. */
  async predict(texts: readonly string[], options: PredictOptions = {}): Promise<TextPrediction[]> {
    const ids = texts.map((text) => this.#ids(text));
    const rows = (await this.model.predict(ids, options)) as number[][];
    return rows.map((row) => this.#prediction(row));
  }

  /** The same from the mean of many passes with dropout, and how unsure the model is: see `Model.predictMC`. */
  async predictMC(texts: readonly string[], options: MonteCarloOptions): Promise<(TextPrediction & Uncertainty)[]> {
    const found = await this.model.predictMC(
      texts.map((text) => this.#ids(text)),
      options,
    );
    return found.map((uncertainty) => ({ ...this.#prediction(uncertainty.mean), ...uncertainty }));
  }

  #prediction(row: readonly number[]): TextPrediction {
    return {
      label: this.classes[argmax(row)] as string,
      probabilities: Object.fromEntries(this.classes.map((name, i) => [name, row[i] as number])),
    };
  }

  /** Texts as token ids, labels as class numbers. @throws DataError for a label that the classifier does not know */
  encode({ texts, labels }: LabelledTexts): Examples {
    const numbers = new Map(this.classes.map((name, i) => [name, i]));
    const y = labels.map((label) => {
      const number = numbers.get(label);
      if (number === undefined) {
        throw new DataError(
          `text classifier: a label of ${show(this.classes)} was expected, but ${show(label)} came; it was not among the training labels`,
        );
      }
      return number;
    });
    return { x: texts.map((text) => this.#ids(text)), y };
  }

  /**
   * Save to a folder, or to another storage, all or nothing; a model that is there already is replaced.
   * @returns warnings, when it is saved but something is left behind
   */
  async save(place: string | Storage): Promise<WriteReport> {
    const { tokenizer: cut, vocabulary, classes, maxLength } = this;
    const text = { level: cut.level, lowercase: cut.lowercase, maxLength, classes, vocabulary };
    return storageOf(place).write({
      ...(await this.model.toFiles()),
      [TEXT_FILE]: `${JSON.stringify(text, null, 1)}\n`,
    });
  }

  /** The classifier that `save` wrote. @throws ModelError when a file is missing or damaged */
  static async load(place: string | Storage, options: LoadOptions = {}): Promise<TextClassifier> {
    const files = await storageOf(place).read([...MODEL_FILES, TEXT_FILE]);
    const { level, lowercase, maxLength, classes, vocabulary } = parseJson(TEXT_FILE, files[TEXT_FILE]);
    const model = await restoreModel(files, options);
    const names = Array.isArray(classes) && classes.every((name) => typeof name === 'string') ? classes : [];
    try {
      if (typeof lowercase !== 'boolean')
        throw new ModelError(`lowercase as true or false was expected, but ${show(lowercase)} came`);
      expectWhole(TEXT_FILE, 'maxLength', maxLength as number, 1);
      const parts = {
        model,
        classes: names,
        maxLength: maxLength as number,
        tokenizer: tokenizer(String(level), { lowercase }),
        vocabulary: Vocabulary.fromJSON(vocabulary),
      };
      expectFitting(parts);
      return new TextClassifier(parts);
    } catch (error) {
      if (!(error instanceof KeepgateError)) throw error;
      throw new ModelError(`${TEXT_FILE}: ${error.message}; the folder is damaged or from another version`);
    }
  }

  #ids(text: string): number[] {
    return this.vocabulary.encode(this.tokenizer.tokenize(text, this.maxLength));
  }
}

const TEXT_FILE = 'text.json';

/** @throws ModelError unless the model takes these tokens and tells these classes apart */
function expectFitting({ model, classes, vocabulary }: Pick<TextClassifier, 'model' | 'classes' | 'vocabulary'>): void {
  const { input, output } = model;
  if (!input || kindOf(input) !== 'tokens' || input.vocabulary !== vocabulary.size) {
    throw new ModelError(
      `a model for the ${vocabulary.size} tokens of the vocabulary was expected, but it is for others`,
    );
  }
  const isVector = output !== null && kindOf(output) === 'vector';
  if (!isVector || rowSize('model', output) !== classes.length || new Set(classes).size !== classes.length) {
    throw new ModelError(`distinct names for the outputs of the model were expected, but ${show(classes)} came`);
  }
}
