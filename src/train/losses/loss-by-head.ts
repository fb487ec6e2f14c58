import { expectNumber, expectObject, isPlain, nearest, readable } from '../../checks.ts';
import { define, type Maker } from '../../define.ts';
import { ModelError, OptionError, show } from '../../errors.ts';
import type { Signature, Signatures } from '../../layers/signature.ts';
import { expectLoss, type HeadLoss, type Loss } from './loss.ts';

/** The loss of each output of a model, by its name. */
export type LossByHead = Readonly<Record<string, Loss>>;

/** An output of a model, and what it is trained for. */
export interface Head {
  /** `y` where there is one output. */
  readonly name: string;
  readonly output: Signature;
  readonly loss: Loss;
  /** What the loss weighs in the sum that is minimised. */
  readonly weight: number;
}

/**
 * The losses of several outputs as one, which is minimised: Σ weight loss. It is made of `loss: { tags, topic }` and `lossWeights`.
 * @param weights by name; 1 where one is left out
 */
export const lossByHead: Maker<[losses: LossByHead, weights?: Readonly<Record<string, number>>], Loss> = define({
  type: 'byHead',

  parse({ losses, weights }, restore) {
    expectObject('byHead: losses', losses);
    expectObject('byHead: weights', weights);
    const restored = Object.entries(losses).map(([name, config]) => [name, restore(config)] as const);
    return [Object.fromEntries(restored), weights as Readonly<Record<string, number>>];
  },

  make(losses, weights = {}) {
    const names = Object.keys(losses);
    for (const name of names) expectLoss(`fit: loss of ${name}`, losses[name]);
    expectObject('fit: lossWeights', weights);
    expectKnown('fit: lossWeights', names, Object.keys(weights));
    const weightOf = (name: string): number => weights[name] ?? 1;
    for (const name of names) expectNumber('fit: lossWeights', name, weightOf(name));
    if (names.every((name) => weightOf(name) === 0)) {
      throw new OptionError('fit: lossWeights: one above 0 was expected, but all are 0; raise one of them');
    }
    const heads = names.map((name) => [name, { loss: losses[name] as Loss, weight: weightOf(name) }] as const);
    return {
      config: {
        losses: Object.fromEntries(heads.map(([name, { loss }]) => [name, loss.config])),
        weights: Object.fromEntries(heads.map(([name, { weight }]) => [name, weight])),
      },
      link: 'linear',
      target: 'values',
      heads: Object.fromEntries(heads),
      evaluate() {
        throw new ModelError(
          `byHead: one of the losses of ${names.join(', ')} was expected, but all of them were asked at once; evaluate each`,
        );
      },
    };
  },
});

/** What `loss` and `lossWeights` say. @throws OptionError unless it is a loss, or one for each of several names */
export function lossOf(
  who: string,
  given: Loss | LossByHead,
  weights?: Readonly<Record<string, number>> | undefined,
): Loss {
  const isByHead =
    isPlain(given) &&
    readable(who, () => Object.values(given).some((one) => typeof Object(one).evaluate === 'function'));
  if (isByHead) return lossByHead({ ...(given as LossByHead) }, weights);
  expectLoss(who, given);
  if (weights === undefined) return given;
  throw new OptionError(
    `${who}: a loss for each of several outputs was expected with lossWeights, but ${given.config.type} came alone; leave lossWeights out`,
  );
}

/** The loss itself, or those of several outputs. */
export function lossesOf(loss: Loss): readonly Loss[] {
  return loss.heads ? Object.values(loss.heads).map((head) => head.loss) : [loss];
}

/** The loss of an output, and what it weighs; null where it has none. */
export function headLoss(loss: Loss, output: string): HeadLoss | null {
  if (!loss.heads) return { loss, weight: 1 };
  return Object.hasOwn(loss.heads, output) ? (loss.heads[output] as HeadLoss) : null;
}

/** What turns an output into predictions. @param loss that the model was trained for, if any */
export function linkOf(loss: Loss | null, output: string): Loss['link'] {
  return (loss && headLoss(loss, output)?.loss.link) ?? 'linear';
}

/** @throws ModelError unless there is a loss for each output of a model */
export function headsOf(loss: Loss, outputs: Signatures): readonly Head[] {
  const names = Object.keys(outputs);
  const isSole = names.length === 1 && names[0] === 'y';
  if (!loss.heads && !isSole) {
    throw new ModelError(
      `model: a loss for each of its outputs ${names.join(', ')} was expected, but ${loss.config.type} came alone; pass loss: { ${names.map((name) => `${name}: ...`).join(', ')} }`,
    );
  }
  if (loss.heads && isSole) {
    throw new ModelError(
      `model: one loss was expected, as the model has one output, but losses of ${Object.keys(loss.heads).join(', ')} came; pass loss: softmaxCrossEntropy() or another, or end the model in heads()`,
    );
  }
  if (loss.heads) expectKnown('model: losses', names, Object.keys(loss.heads));
  return names.map((name) => {
    const found = headLoss(loss, name);
    if (found) return { name, output: outputs[name] as Signature, ...found };
    throw new ModelError(
      `model: a loss for each of its outputs ${names.join(', ')} was expected, but that of ${name} is missing; pass it, with a lossWeights of 0 if it is not to be trained`,
    );
  });
}

/** @throws OptionError for a name that none of several has */
export function expectKnown(who: string, names: readonly string[], given: readonly string[]): void {
  const stray = given.find((name) => !names.includes(name));
  if (stray === undefined) return;
  const meant = nearest(stray, names);
  throw new OptionError(
    `${who}: names of ${names.join(', ')} were expected, but ${show(stray)} came; ${meant === undefined ? 'check the spelling' : `did you mean ${meant}?`}`,
  );
}

/** An option that is told for each of several outputs, by their names: those of one loss are told as they are. */
export function byHead<V>(who: string, loss: Loss, given: unknown): Record<string, V> {
  if (!loss.heads) return { y: given as V };
  const names = Object.keys(loss.heads);
  if (!isPlain(given)) {
    throw new OptionError(
      `${who}: one for each of the outputs ${names.join(', ')} was expected, but ${show(given)} came; pass { ${names[0]}: ... }`,
    );
  }
  const entries = readable(who, () => Object.entries(given as Readonly<Record<string, V>>));
  expectKnown(
    who,
    names,
    entries.map(([name]) => name),
  );
  return Object.fromEntries(entries);
}

/** What a loss is called where it is scored: `tags.loss` of one of several outputs. */
export function scoreName(loss: Loss, head: string, name: string): string {
  return loss.heads ? `${head}.${name}` : name;
}
