import { DataError, OptionError, show } from '../../errors.ts';
import { fold, type Key } from '../../random/key.ts';
import { type Augmentation, inTurn } from '../../text/augmentation.ts';
import type { CheckedExamples } from '../examples/examples.ts';
import type { Sample } from '../examples/samples.ts';
import type { Architecture } from '../model/network.ts';

/** What a run calls one that is not of this package. */
const OWN = 'own';

/** @throws OptionError unless it is a function, or a list of them */
export function augmentationsOf(augment: unknown): readonly Augmentation[] {
  const list: unknown[] = Array.isArray(augment) ? [...augment] : [augment];
  const wrong = list.find((one) => typeof one !== 'function');
  if (wrong === undefined && list.length > 0) return list as Augmentation[];
  throw new OptionError(
    `fit: a function of token ids and a key, or a list of them, was expected as augment, but ${show(wrong ?? augment)} came; such as tokenDeletion({ rate: 0.1 })`,
  );
}

/** What a run remembers augmentations by; null without any. */
export function labelsOf(augmentations: readonly Augmentation[] | null): readonly string[] | null {
  return augmentations?.map(({ label }) => label ?? OWN) ?? null;
}

/** @throws OptionError for augmentations of what is no token ids */
export function expectTokensFor(augmentations: readonly Augmentation[] | null, { inputs }: Architecture): void {
  if (!augmentations || (inputs.x?.vocabulary !== undefined && Object.keys(inputs).length === 1)) return;
  throw new OptionError(
    'fit: a model of token ids alone was expected with augment, but it takes others; change them before, or by a layer',
  );
}

/**
 * The batches of an epoch, with each sample as the augmentations make it.
 * @param key another for each epoch: a sample's own comes of its place among those of the epoch
 * @throws DataError for what is no ids of the model, and another length where targets are one a step
 */
export async function* augmented(
  batches: AsyncIterable<CheckedExamples> | Iterable<CheckedExamples>,
  augmentations: readonly Augmentation[] | null,
  { inputs, outputs }: Pick<Architecture, 'inputs' | 'outputs'>,
  key: Key,
): AsyncGenerator<CheckedExamples> {
  if (!augmentations) return yield* batches;
  const augment = inTurn(augmentations);
  const keys = fold(key, 'augment');
  const vocabulary = inputs.x?.vocabulary as number;
  const overTime = Object.values(outputs).some(({ over }) => over === 'time');
  let place = 0;
  for await (const batch of batches) {
    const x = (batch.x.x as readonly Sample[]).map((sample): Sample => {
      const ids = sample.values as ArrayLike<number>;
      const values = expectIds(augment(ids, fold(keys, place++)), vocabulary);
      if (overTime && values.length !== ids.length) {
        throw new DataError(
          `fit: ${ids.length} token ids were expected from augment, as the model has a target for each, but ${values.length} came; take one that keeps the length, such as tokenSwap`,
        );
      }
      return { steps: values.length, values, given: values.length, from: 0 };
    });
    yield { ...batch, x: { x }, steps: x.map(({ steps }) => steps) };
  }
}

/** A copy, which the augmentation does not hold. */
function expectIds(given: unknown, vocabulary: number): Int32Array {
  const length: unknown = Object(given).length;
  const ids = typeof given === 'object' && typeof length === 'number' ? Array.from(given as ArrayLike<unknown>) : null;
  const wrong = ids
    ? ids.find((id) => !(Number.isInteger(id) && (id as number) >= 0 && (id as number) < vocabulary))
    : given;
  if (ids && wrong === undefined) return Int32Array.from(ids as number[]);
  throw new DataError(
    `fit: token ids from 0 to ${vocabulary - 1} were expected from augment, but ${show(ids ? wrong : given)} came; give a list of them`,
  );
}
