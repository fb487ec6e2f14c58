import { expectFunction, expectObject, optionsOf, partsOf } from '../../checks.ts';
import { ModelError, OptionError, show } from '../../errors.ts';
import { fold } from '../../random/key.ts';
import type { TextClassifier, TextFitOptions } from '../classifier/text-classifier.ts';
import type { WeightedTexts } from '../classifier/weighted-texts.ts';
import type { Examples, ExamplesLike } from '../examples/examples.ts';
import type { FitOptions } from '../fit-options.ts';
import type { Scores } from '../history.ts';
import type { Model } from '../model/model.ts';
import { type Dataset, entriesOf } from './dataset.ts';
import { type Spread, spreadOf } from './spread.ts';
import { type FoldOptions, foldsOf } from './stratified-k-fold.ts';

/** How a model is validated over folds. */
export interface CrossValidateOptions<F> extends FoldOptions {
  /** What `fit` is told in each fold, but for the key, which each fold has its own of; its metrics score the test parts as well. */
  readonly fit: Omit<F, 'key' | 'resume'>;
}

/** What the test parts of the folds came to. */
export interface CrossValidation {
  /** The scores of each fold, one repeat after the other. */
  readonly folds: readonly Scores[];
  /** The loss and each metric over the folds. */
  readonly scores: Readonly<Record<string, Spread>>;
}

/**
 * A k-fold cross-validation: for each fold a fresh model, trained on the others and scored on it. The folds are those of
 * {@link stratifiedKFold} with the same key, and each has a key of its own for weights, order and masks.
 * @param make gives a model without weights, or a classifier of the training texts; it is disposed of after its fold
 * @throws DataError or OptionError as `stratifiedKFold` and `fit` do, and for what `make` gives that is no model;
 *   ModelError for one that was trained already
 * @example
 * ```ts
 * import { crossValidate, dense, key, lstm, sequential, softmaxCrossEntropy } from 'keepgate';
 *
 * const examples = { x: [[[1]], [[2]], [[-1]], [[-2]]], y: [0, 0, 1, 1] };
 * const { folds, scores } = await crossValidate(() => sequential([lstm({ units: 4 }), dense({ units: 2 })]), examples, {
 *   folds: 2,
 *   key: key(1),
 *   fit: { epochs: 5, loss: softmaxCrossEntropy() },
 * });
 * console.log(folds.length, Object.keys(scores)); // prints: 2 [ 'loss', 'accuracy' ]
 * ```
 */
export function crossValidate(
  make: (train: WeightedTexts) => TextClassifier | Promise<TextClassifier>,
  data: WeightedTexts,
  options: CrossValidateOptions<TextFitOptions>,
): Promise<CrossValidation>;
export function crossValidate(
  make: (train: Examples) => Model | Promise<Model>,
  data: ExamplesLike,
  options: CrossValidateOptions<FitOptions>,
): Promise<CrossValidation>;
export async function crossValidate(
  make: (train: never) => Made | Promise<Made>,
  data: WeightedTexts | ExamplesLike,
  options: CrossValidateOptions<FitOptions> | CrossValidateOptions<TextFitOptions>,
): Promise<CrossValidation> {
  const who = 'crossValidate';
  expectFunction(who, 'make', make);
  const { fit, ...parting } = optionsOf(who, options as CrossValidateOptions<FitOptions>, {
    folds: true,
    repeats: true,
    key: true,
    fit: true,
  });
  expectObject(`${who}: fit`, fit);
  expectOfOneFold(who, fit);
  const { classes, pick } = entriesOf(who, data as Dataset);
  const folds: Scores[] = [];
  for (const [number, { train, test }] of foldsOf(who, classes, parting).entries()) {
    const part = pick(train) as never;
    const made = await make(part);
    const model = modelIn(who, made);
    try {
      const told = { ...fit, key: fold(fold(parting.key, 'fold'), number) };
      await made.fit(part, told as never);
      folds.push(await made.evaluate(pick(test) as never, fit.metrics === undefined ? {} : { metrics: fit.metrics }));
    } finally {
      await model.dispose();
    }
  }
  const names = Object.keys(folds[0] as Scores);
  const scores = names.map((name) => [name, spreadOf(folds.map((one) => one[name] as number))] as const);
  return { folds, scores: Object.fromEntries(scores) };
}

type Made = Model | TextClassifier;

/** @throws OptionError for an option of `fit` that would have each fold go on from the same run, or draw the same */
function expectOfOneFold(who: string, fit: object): void {
  const { key, resume } = partsOf<FitOptions>(`${who}: fit`, fit, 'key', 'resume');
  for (const [name, value] of [
    ['key', key],
    ['resume', resume],
  ] as const) {
    if (value === undefined) continue;
    throw new OptionError(
      `${who}: fit: options without ${name} were expected, but ${show(value)} came as ${name}; leave it out, as each fold begins anew with a key of its own`,
    );
  }
}

function modelIn(who: string, made: Made): Model {
  const { fit, evaluate, model = made as Model } = partsOf<TextClassifier>(who, made, 'fit', 'evaluate', 'model');
  if (typeof fit === 'function' && typeof evaluate === 'function') {
    const { updates = 0 } = partsOf<Model>(who, model, 'updates');
    if (updates === 0) return model;
    throw new ModelError(
      `${who}: a model without training was expected from make, but one of ${updates} updates came, which may have seen the test part; make a new one for each fold`,
    );
  }
  throw new OptionError(
    `${who}: a model or a text classifier was expected from make, but ${show(made)} came; return sequential(layers)`,
  );
}
