import type { Pruner, Standing } from './pruner.ts';

/** A trial with its number. */
interface Numbered extends Standing {
  readonly number: number;
}

/** All trials get all epochs. */
export function noPruner(epochs: number): Pruner {
  return { rungs: () => [epochs], promote: () => null };
}

/** The largest s with least eta^s <= epochs. */
export function halvings(epochs: number, least: number, eta: number): number {
  let s = 0;
  while (least * eta ** (s + 1) <= epochs) s++;
  return s;
}

/** Epochs at s + 1 rungs, each eta times those before: R eta^(-s), ..., R. */
export function rungsTo(epochs: number, s: number, eta: number): readonly number[] {
  return Array.from({ length: s + 1 }, (_, k) => Math.max(1, Math.round(epochs / eta ** (s - k))));
}

/**
 * Asynchronous successive halving, ASHA (Li et al. 2020): of n trials that were scored at a rung, the best floor(n / eta) go on to the next.
 * As soon as one more may, the best of those that wait does; else a new trial begins. Later trials can be better than one that
 * has gone on: it is not called back, and in its place none goes on, so that there are never more than one in eta.
 */
export function asha(epochs: number, least: number, eta: number): Pruner {
  const rungs = rungsTo(epochs, halvings(epochs, least, eta), eta);
  return {
    rungs: () => rungs,
    promote: (trials) => promoted(numbered(trials), rungs.length, eta),
  };
}

export function numbered(trials: readonly Standing[]): readonly Numbered[] {
  return trials.map((trial, number) => ({ ...trial, number }));
}

/** The trial that is to go on, from the highest rung that has one; null where none may. @param rungs how many there are */
export function promoted(trials: readonly Numbered[], rungs: number, eta: number): number | null {
  for (let rung = rungs - 2; rung >= 0; rung--) {
    const scored = trials.filter(({ losses }) => losses.length > rung);
    const waits = ({ losses, underWay, ended }: Numbered): boolean => losses.length === rung + 1 && !underWay && !ended;
    const gone = scored.filter(({ losses, underWay }) => losses.length > rung + 1 || underWay);
    if (gone.length >= Math.floor(scored.length / eta)) continue;
    const lossAt = ({ losses }: Numbered): number | null => losses[rung] as number | null;
    const [best] = scored
      .filter((trial) => waits(trial) && lossAt(trial) !== null)
      .sort((a, b) => Number(lossAt(a)) - Number(lossAt(b)) || a.number - b.number);
    if (best) return best.number;
  }
  return null;
}
