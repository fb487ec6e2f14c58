import { DataError, OptionError, show } from '../../errors.ts';
import { rowSize } from '../../layers/signature.ts';
import { fold } from '../../random/key.ts';
import { testPart } from '../../text/labelled.ts';
import type { RunOptions } from '../fit-options.ts';
import type { Architecture } from '../model/network.ts';
import { byHead, type Head, headsOf } from '../losses/loss-by-head.ts';
import { type ClassWeight, type ClassWeightByHead, type ClassWeights, expectClassWeight } from './class-weight.ts';
import { type CheckedExamples, checkExamples, type ExamplesLike, pick, targetsOfHead } from './examples.ts';

/** All that a run learns from and is scored on, checked. */
export interface CheckedData {
  /** Null where it comes one by one, and is checked then. */
  readonly training: CheckedExamples | null;
  readonly validation: CheckedExamples | null;
  readonly classWeights: ClassWeights;
}

/**
 * @param examples null where they come one by one
 * @throws DataError, ShapeError, ModelError or OptionError for what nothing can be learned from
 */
export function checkedData(examples: ExamplesLike | null, run: RunOptions, architecture: Architecture): CheckedData {
  const { loss, validation, validationSplit, classWeight, sampling } = run;
  if (sampling !== null) expectOneClassEach(run, architecture);
  if (examples === null) expectNothingOfAll(run);
  const all = examples === null ? null : checkExamples(loss, architecture, examples);
  const { training, heldOut } =
    all === null || validationSplit === null ? { training: all, heldOut: null } : parted(all, run);
  return {
    training,
    validation: validation ? checkExamples(loss, architecture, validation) : heldOut,
    classWeights: classWeightsByHead(classWeight, loss, architecture, training),
  };
}

/** @throws OptionError for what is worked out of all examples before the first update */
function expectNothingOfAll({ validationSplit, classWeight, sampling }: RunOptions): void {
  const isBalanced = JSON.stringify(classWeight)?.includes('"balanced"') ?? false;
  if (validationSplit === null && !isBalanced && sampling === null) return;
  const [what, instead] =
    validationSplit !== null
      ? ['validationSplit', 'the examples of validation as validation']
      : sampling !== null
        ? ["sampling 'balanced'", 'classWeight, or draw them in the iterable']
        : ["classWeight 'balanced'", 'weights by class'];
  throw new OptionError(
    `fit: examples that are all at hand were expected with ${what}, but they come from an iterable; pass ${instead}`,
  );
}

/** A share of the examples is held out by the key, of each class the same where each has one class. */
function parted(all: CheckedExamples, { key, loss, validationSplit }: RunOptions) {
  const isOfClasses = loss.target === 'class' && all.y.y !== undefined;
  const classes = all.steps.map((_, i) => {
    const target = all.y.y?.[i];
    return isOfClasses && target?.length === 1 ? `${target[0]}` : '';
  });
  const isHeldOut = testPart(classes, validationSplit as number, fold(key, 'validation'));
  const part = (held: number): CheckedExamples =>
    pick(
      all,
      Array.from(isHeldOut.keys()).filter((i) => isHeldOut[i] === held),
    );
  return { training: part(0), heldOut: part(1) };
}

/** @throws OptionError unless each sample is of one class, and may come in any order */
function expectOneClassEach({ loss, continuation }: RunOptions, { outputs }: Architecture): void {
  const { y: output } = outputs;
  if (loss.heads || !output)
    throw new OptionError(
      "fit: a model with one output was expected with sampling: 'balanced', but it has several; leave sampling out",
    );
  if (continuation?.stateful)
    throw new OptionError(
      "fit: samples in any order were expected with sampling: 'balanced', but stateful takes them as they stand; leave one out",
    );
  if (output.over === 'batch' && (loss.target === 'class' || isOneYesOrNo(loss, rowSize('model', output)))) return;
  throw new OptionError(
    `fit: a class for each sample was expected with sampling: 'balanced', but ${output.over === 'time' ? 'there is a target for each step' : `${loss.config.type} of ${rowSize('model', output)} values came`}; leave sampling out`,
  );
}

function isOneYesOrNo({ target, link }: RunOptions['loss'], units: number): boolean {
  return target === 'values' && link === 'sigmoid' && units === 1;
}

/** What classes weigh, of each output that it is told for. */
function classWeightsByHead(
  given: ClassWeight | ClassWeightByHead | null,
  loss: RunOptions['loss'],
  { outputs }: Architecture,
  training: CheckedExamples | null,
): ClassWeights {
  const told = given === null ? {} : byHead<ClassWeight>('fit: classWeight', loss, given);
  return Object.fromEntries(
    headsOf(loss, outputs).map((head) => {
      const weight = told[head.name];
      if (weight === undefined) return [head.name, null];
      if (loss.heads) expectClassWeight(`fit: classWeight of ${head.name}`, weight);
      return [head.name, classWeightsOf(weight, head, training && targetsOfHead(training, head.name))];
    }),
  );
}

/** The weight of each class, the largest 1: in a weighted mean only how they compare matters. */
function classWeightsOf(
  given: ClassWeight,
  { loss, output }: Head,
  training: ReturnType<typeof targetsOfHead> | null,
): readonly number[] {
  const { y, weights } = training ?? { y: [], weights: null };
  const units = rowSize('model', output);
  const isYesOrNo = isOneYesOrNo(loss, units);
  if ((loss.target !== 'class' && !isYesOrNo) || !loss.weighs) {
    throw new OptionError(
      `fit: a loss of classes that heeds weights was expected with classWeight, but ${loss.config.type} came; leave classWeight out, or pass softmaxCrossEntropy(), or binaryCrossEntropy() of one unit`,
    );
  }
  const counts = new Array<number>(isYesOrNo ? 2 : units).fill(0);
  const count = (c: number): void => {
    counts[c] = (counts[c] as number) + 1;
  };
  for (const target of y) {
    for (const value of Array.from(target)) if (value >= 0) count(isYesOrNo ? Number(value > 0.5) : value);
  }
  const found = given === 'balanced' ? counts.map((n) => (n === 0 ? 0 : 1 / n)) : givenWeights(given, counts.length);
  const largest = Math.max(...found);
  // Of those that come one by one nothing is known yet.
  const isLeft =
    training === null
      ? largest > 0
      : y.some((target, i) => {
          if (weights?.[i] === 0) return false;
          return Array.from(target).some((value) =>
            isYesOrNo
              ? value * (found[1] as number) + (1 - value) * (found[0] as number) > 0
              : value >= 0 && (found[value] as number) > 0,
          );
        });
  if (isLeft) return found.map((weight) => weight / largest);
  throw new DataError(
    'fit: an example whose weight is above 0 was expected, but classWeight and sampleWeight leave none; raise one of them',
  );
}

function givenWeights(given: Exclude<ClassWeight, 'balanced'>, classes: number): number[] {
  const names = Object.keys(given);
  const stray = names.find((name) => !(/^\d+$/.test(name) && Number(name) < classes));
  if (stray !== undefined) {
    throw new OptionError(
      `fit: weights of classes from 0 to ${classes - 1} were expected as classWeight, but one of ${show(stray)} came; pass { number: weight }`,
    );
  }
  if (Array.isArray(given) && names.length !== classes) {
    throw new OptionError(
      `fit: ${classes} weights, one a class, were expected as classWeight, but ${names.length} came; pass { number: weight } for some of them`,
    );
  }
  return Array.from({ length: classes }, (_, c) => (given as Readonly<Record<string, number>>)[`${c}`] ?? 1);
}
