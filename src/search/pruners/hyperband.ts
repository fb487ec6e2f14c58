import { halvings, numbered, promoted, rungsTo } from './halving.ts';
import type { Pruner } from './pruner.ts';

/** Trials that begin at the same rung, and are compared with each other alone. */
export interface Bracket {
  /** How many begin in a round of Hyperband. */
  readonly trials: number;
  /** The epochs at its rungs. */
  readonly rungs: readonly number[];
}

/** The brackets of Hyperband, algorithm 1 of Li et al. 2018: s = s_max, ..., 0 with n = ceil((s_max + 1) eta^s / (s + 1)) trials. */
export function brackets(epochs: number, least: number, eta: number): readonly Bracket[] {
  const most = halvings(epochs, least, eta);
  return Array.from({ length: most + 1 }, (_, i) => {
    const s = most - i;
    return { trials: Math.ceil(((most + 1) * eta ** s) / (s + 1)), rungs: rungsTo(epochs, s, eta) };
  });
}

/**
 * Hyperband (Li et al. 2018): brackets of {@link asha} that begin with more and more epochs, for tasks on which few epochs say little. A round has
 * the trials of each bracket; as soon as one round has begun all of its trials, the next one begins.
 */
export function hyperband(epochs: number, least: number, eta: number): Pruner {
  const all = brackets(epochs, least, eta);
  const ofRound = all.flatMap((bracket, index) => Array.from({ length: bracket.trials }, () => index));
  const bracketOf = (number: number): number => ofRound[number % ofRound.length] as number;
  return {
    rungs: (number) => (all[bracketOf(number)] as Bracket).rungs,
    promote(trials) {
      const every = numbered(trials);
      for (const [index, { rungs }] of all.entries()) {
        const found = promoted(
          every.filter(({ number }) => bracketOf(number) === index),
          rungs.length,
          eta,
        );
        if (found !== null) return found;
      }
      return null;
    },
  };
}
