import { permutation } from '../../random/draws.ts';
import { fold, type Key } from '../../random/key.ts';
import { lengthBuckets } from '../../text/bucketing.ts';
import type { CheckedExamples } from '../examples/examples.ts';
import { classOf } from '../examples/targets.ts';
import type { Loss } from '../losses/loss.ts';

/** Batches of indices of similar length, of each class the same number. */
export function balancedBatches(
  { steps, y }: Pick<CheckedExamples, 'steps' | 'y'>,
  loss: Loss,
  batchSize: number,
  key: Key,
): number[][] {
  const classes = (y.y ?? []).map((target) => classOf(loss, target));
  const drawn = balancedDraw(classes, fold(key, 'sampling'));
  const batches = lengthBuckets(
    drawn.map((i) => steps[i] as number),
    batchSize,
    key,
  );
  return batches.map((batch) => batch.map((i) => drawn[i] as number));
}

/**
 * As many indices as there are, of each class the same number, to within one. Those of a class come in a random order, and in
 * another one after all of them: of a rare class each comes again, about as often as any other, and of a frequent one some are left out.
 * @param classes of each index; -1 for one that is not drawn
 */
export function balancedDraw(classes: readonly number[], key: Key): number[] {
  const members = new Map<number, number[]>();
  for (const [i, one] of classes.entries()) {
    if (one < 0) continue;
    const known = members.get(one);
    if (known) known.push(i);
    else members.set(one, [i]);
  }
  const drawn: number[] = [];
  for (const [at, [one, own]] of [...members].sort(([a], [b]) => a - b).entries()) {
    // The running total is rounded, not each class.
    const until = Math.round(((at + 1) * classes.length) / members.size);
    for (let round = 0; drawn.length < until; round++) {
      const order = permutation(fold(fold(key, one), round), own.length);
      drawn.push(...order.slice(0, until - drawn.length).map((i) => own[i] as number));
    }
  }
  return drawn;
}
