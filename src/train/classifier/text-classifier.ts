import { optionsOf } from '../../checks.ts';
import type { EngineOption } from '../../engines/select.ts';
import { DataError, OptionError, show } from '../../errors.ts';
import { storageOf } from '../../interop/folder.ts';
import { type FilesLike, readGiven } from '../../interop/given-files.ts';
import type { Files, Storage, WriteReport } from '../../interop/storage.ts';
import { expectLayers, type Layer } from '../../layers/layer.ts';
import { classesOf, expectLabelled, expectStrings, type LabelledTexts } from '../../text/labelled.ts';
import { type Tokenizer, tokenizer } from '../../text/tokenizers/tokenizer.ts';
import { UNKNOWN_ID, type Vocabulary } from '../../text/vocabulary.ts';
import { type ClassWeight, classWeightByNumber } from '../examples/class-weight.ts';
import { signatureOf } from '../examples/samples.ts';
import { FIT_OPTIONS, type FitOptions } from '../fit-options.ts';
import type { History, Scores } from '../history.ts';
import { softmaxCrossEntropy } from '../losses/softmax-cross-entropy.ts';
import { argmaxOf } from '../metrics/accuracy.ts';
import type { Metric } from '../metrics/metric.ts';
import { metricsOf } from '../metrics/metrics.ts';
import { expectPredictionRows } from '../metrics/prediction-rows.ts';
import { modelOf } from '../model/load-model.ts';
import { Model } from '../model/model.ts';
import { EVALUATE_OPTIONS, type EvaluateOptions, type PredictOptions } from '../model/model-options.ts';
import { readModel } from '../model/saved-model.ts';
import type { MonteCarloOptions, Uncertainty } from '../prediction/monte-carlo.ts';
import {
  checkedOptions,
  expectClasses,
  type TextClassifierOptions,
  type TextLoadOptions,
  textLoadOptions,
  vocabularyOf,
} from './text-options.ts';
import { type WeightedTexts, weightedTexts } from './weighted-texts.ts';
import { CLASSIFIER_FILES, expectFitting, readText, type TextParts, writeText } from './saved-text.ts';

/** The loss is the classifier's. */
const { loss: _, lossWeights: __, ...FIT } = FIT_OPTIONS;

/** Texts and labels as a model learns from them. */
export interface EncodedTexts {
  /** Token ids [T], one list a text. */
  readonly x: readonly (readonly number[])[];
  /** The number of the class of each. */
  readonly y: readonly number[];
  /** What each weighs, if they weigh differently. */
  readonly sampleWeight?: ArrayLike<number>;
}

/** What `TextClassifier.fit` is told: what `Model.fit` is, with classes by their names. */
export interface TextFitOptions extends Omit<FitOptions, 'loss' | 'lossWeights' | 'validation' | 'classWeight'> {
  /** Scored after each epoch. */
  readonly validation?: WeightedTexts;
  /** What classes weigh in the loss that is trained on: 'balanced', a weight for each of `classes`, or by name: `{ spam: 3.5 }`. */
  readonly classWeight?: ClassWeight;
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

  private constructor(model: Model, parts: TextParts) {
    if (!(model instanceof Model)) {
      throw new OptionError(
        `text classifier: TextClassifier.from(), load() or fromFiles() was expected, but its constructor came with ${show(model)}; call one of those`,
      );
    }
    const { classes, tokenizer: cut, vocabulary, maxLength } = parts;
    this.model = model;
    this.classes = classes;
    this.tokenizer = cut;
    this.vocabulary = vocabulary;
    this.maxLength = maxLength;
  }

  /**
   * An untrained classifier with the vocabulary and the classes of these texts.
   * @throws DataError when texts or labels are no strings, the labels are of fewer than 2 classes, or no token gets an id
   * @throws OptionError when an option is unknown or not what it can be
   * @throws ModelError when the layers do not take the token ids, or do not give one output for each class
   */
  static from(training: LabelledTexts, options: TextClassifierOptions): TextClassifier {
    const told = checkedOptions(options);
    const { level, lowercase, tokenizer: given, maxLength = 200, layers, engine } = told;
    expectLabelled('text classifier', training);
    const classes = classesOf(training);
    expectClasses(classes);
    const cut = given ?? tokenizer(level as string, { lowercase });
    const tokens = (): string[][] => training.texts.map((text) => cut.tokenize(text, maxLength));
    const vocabulary = told.vocabulary ?? vocabularyOf(tokens(), told, cut);
    return TextClassifier.of({ classes, tokenizer: cut, vocabulary, maxLength }, { layers, engine });
  }

  /**
   * An untrained classifier of parts that are known.
   * @throws DataError and ModelError as `from` does
   * @internal for texts that are not at hand as such; `from` finds the parts in texts
   */
  static of(
    parts: TextParts,
    { layers, engine }: { readonly layers: TextClassifierOptions['layers']; readonly engine: EngineOption | undefined },
  ): TextClassifier {
    const { classes, vocabulary } = parts;
    expectClasses(classes);
    const made = layers({ vocabulary: vocabulary.size, classes: classes.length, unknown: UNKNOWN_ID });
    expectLayers('text classifier', made);
    expectFitting('text classifier', { layers: made, input: signatureOf(made[0] as Layer, [[UNKNOWN_ID]]) }, parts);
    return new TextClassifier(new Model(made, engine === undefined ? {} : { engine }), parts);
  }

  /**
   * Train on texts, with softmax cross-entropy; options, results and errors are those of `Model.fit`. Metrics of one class take
   * its name: `recall:spam`.
   * @throws DataError for texts or labels that are no strings, and a label that the classifier does not know
   */
  async fit(training: WeightedTexts, options: TextFitOptions): Promise<History> {
    const { validation, metrics, classWeight, ...run } = optionsOf<TextFitOptions>('fit', options, FIT);
    const { classes } = this;
    const examples = this.#encode('fit', training);
    return this.model.fit(examples, {
      ...run,
      loss: softmaxCrossEntropy(),
      ...(metrics === undefined ? {} : { metrics: metricsOf('fit', metrics as readonly Metric[], classes) }),
      ...(classWeight === undefined ? {} : { classWeight: classWeightByNumber('fit', classWeight, classes) }),
      ...(validation === undefined ? {} : { validation: this.#encode('validation', validation) }),
    });
  }

  /**
   * The loss and the metrics over texts, without dropout's noise; a metric of one class takes its name: `recall:spam`.
   * @throws DataError for texts or labels that are no strings, and a label that the classifier does not know
   */
  async evaluate(data: WeightedTexts, options: EvaluateOptions = {}): Promise<Scores> {
    const { metrics, ...told } = optionsOf('evaluate', options, EVALUATE_OPTIONS);
    const named =
      metrics === undefined ? {} : { metrics: metricsOf('evaluate', metrics as readonly Metric[], this.classes) };
    return this.model.evaluate(this.#encode('evaluate', data), { ...told, ...named });
  }

  /**
   * The likeliest class of each text, and the probability of every class.
   * @throws DataError for what is no list of strings, and where weights are so large that a probability is NaN
   */
  async predict(texts: readonly string[], options: Omit<PredictOptions, 'state'> = {}): Promise<TextPrediction[]> {
    const told = optionsOf('predict', options, { lengths: true, signal: true });
    const rows = await this.model.predict<number[][]>(this.#ids('predict', texts), told);
    return this.#predictions('predict', rows);
  }

  /**
   * The same from the mean of many passes with dropout, and how unsure the model is: see `Model.predictMC`.
   * @throws DataError for what is no list of strings
   */
  async predictMC(texts: readonly string[], options: MonteCarloOptions): Promise<(TextPrediction & Uncertainty)[]> {
    const found = await this.model.predictMC(this.#ids('predictMC', texts), options);
    const means = this.#predictions(
      'predictMC',
      found.map(({ mean }) => mean),
    );
    return found.map((uncertainty, i) => ({ ...(means[i] as TextPrediction), ...uncertainty }));
  }

  #predictions(who: string, rows: readonly (readonly number[])[]): TextPrediction[] {
    expectPredictionRows(who, rows);
    return rows.map((row) => ({
      label: this.classes[argmaxOf(row)] as string,
      probabilities: Object.fromEntries(this.classes.map((name, i) => [name, row[i] as number])),
    }));
  }

  /**
   * Texts as token ids, labels as class numbers.
   * @throws DataError for texts or labels that are no strings, and a label that the classifier does not know
   */
  encode(data: WeightedTexts): EncodedTexts {
    return this.#encode('encode', data);
  }

  #encode(who: string, data: WeightedTexts): EncodedTexts {
    const { sampleWeight, texts, labels } = weightedTexts(who, data);
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
    return { x: this.#ids(who, texts), y, ...(sampleWeight === undefined ? {} : { sampleWeight }) };
  }

  /**
   * Save to a folder, or to another storage, all or nothing; a model that is there already is replaced.
   * @returns warnings, when it is saved but something is left behind
   * @throws ModelError when there are no weights yet, nobody could load it again, or it cannot be written
   */
  async save(place: string | Storage): Promise<WriteReport> {
    return storageOf(place).write(await this.toFiles());
  }

  /**
   * What `save` writes: file names to contents, for `fromFiles`.
   * @throws ModelError when there are no weights yet, or nobody could load it again
   */
  async toFiles(): Promise<Files> {
    const files = await this.model.toFiles();
    const { layers, input } = this.model;
    if (input) expectFitting('save', { layers, input }, this);
    return { ...files, ...writeText(this) };
  }

  /**
   * The classifier that `save` wrote.
   * @throws ModelError when a file is missing or damaged
   * @throws OptionError for an option that it does not have
   */
  static async load(place: string | Storage, options: TextLoadOptions = {}): Promise<TextClassifier> {
    const told = textLoadOptions('load', options);
    return TextClassifier.#restored(await storageOf(place).read(CLASSIFIER_FILES), told);
  }

  /**
   * The classifier of files that you hold, such as a page that fetched them: what `toFiles` gives, and `save` writes.
   * @param files `model.json`, `weights.safetensors` and `text.json`, as bytes, or the JSON as text; with a `checksums.json` they are
   *   checked against it
   * @throws ModelError when a file is missing or damaged
   * @throws OptionError for what is no file, or an option that it does not have
   */
  static async fromFiles(files: FilesLike, options: TextLoadOptions = {}): Promise<TextClassifier> {
    const told = textLoadOptions('fromFiles', options);
    return TextClassifier.#restored(await readGiven('fromFiles', files, CLASSIFIER_FILES), told);
  }

  static async #restored(
    files: Readonly<Record<string, Uint8Array>>,
    { makers, engine, tokenizers }: ReturnType<typeof textLoadOptions>,
  ): Promise<TextClassifier> {
    const saved = readModel(files, makers);
    // Before the model takes an engine, which nobody could give back then.
    const parts = await readText(files, { layers: saved.layers, input: saved.inputs.x ?? null }, tokenizers);
    return new TextClassifier(await modelOf(saved, engine), parts);
  }

  #ids(who: string, texts: readonly string[]): number[][] {
    expectStrings(who, 'texts', texts);
    return texts.map((text) => this.vocabulary.encode(this.tokenizer.tokenize(text, this.maxLength)));
  }
}
