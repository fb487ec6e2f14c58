import { expectOneOf, expectWhole, optionsOf } from '../../checks.ts';
import { OptionError, show } from '../../errors.ts';
import { asha, noPruner } from './halving.ts';
import { hyperband } from './hyperband.ts';
import type { Pruner } from './pruner.ts';

/** Which trials go on, and how far. */
export interface PrunerOptions {
  /** 'none' has all trials get all epochs. */
  readonly name: 'none' | 'asha' | 'hyperband';
  /** The fewest epochs that a trial gets; 1 when left out. */
  readonly least?: number;
  /** Of so many trials at a rung one goes on; 3 when left out. */
  readonly eta?: number;
}

/** The options with every default filled in. @throws OptionError for one that is out of range @param epochs the most that a trial gets */
export function prunerOptions(who: string, options: PrunerOptions, epochs: number): Required<PrunerOptions> {
  const { name, least = 1, eta = 3 } = optionsOf(`${who}: pruner`, options, { name: true, least: true, eta: true });
  expectOneOf(`${who}: pruner`, 'name', name, ['none', 'asha', 'hyperband']);
  expectWhole(`${who}: pruner`, 'eta', eta, 2, 1000);
  expectWhole(`${who}: pruner`, 'least', least, 1, epochs);
  if (name !== 'none' && least * eta > epochs) {
    throw new OptionError(
      `${who}: pruner: at least ${least * eta} epochs were expected, so that there are two rungs, but ${show(epochs)} came; take more epochs, a smaller eta, or { name: 'none' }`,
    );
  }
  return { name, least, eta };
}

export function prunerOf({ name, least, eta }: Required<PrunerOptions>, epochs: number): Pruner {
  if (name === 'none') return noPruner(epochs);
  return { asha, hyperband }[name](epochs, least, eta);
}

/** The epochs of so many trials, when of those at each rung as many go on as may. */
export function plannedEpochs(pruner: Pruner, trials: number, eta: number): number {
  // Trials with the same rungs are compared with each other.
  const groups = new Map<string, number>();
  for (let number = 0; number < trials; number++) {
    const rungs = pruner.rungs(number).join();
    groups.set(rungs, (groups.get(rungs) ?? 0) + 1);
  }
  let sum = 0;
  for (const [rungs, count] of groups) {
    let [left, before] = [count, 0];
    for (const epochs of rungs.split(',').map(Number)) {
      sum += left * (epochs - before);
      [left, before] = [Math.floor(left / eta), epochs];
    }
  }
  return sum;
}
