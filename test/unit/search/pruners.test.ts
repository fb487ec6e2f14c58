import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asha, rungsTo } from '../../../src/search/pruners/halving.ts';
import { brackets, hyperband } from '../../../src/search/pruners/hyperband.ts';
import type { Pruner } from '../../../src/search/pruners/pruner.ts';
import { type PrunerOptions, prunerOf, prunerOptions } from '../../../src/search/pruners/pruners.ts';

/** A trial of a study in which trials come back in any order. */
interface Trial {
  readonly losses: (number | null)[];
  underWay: boolean;
  readonly ended: boolean;
}

/**
 * A study to its end.
 * @param lossOf of a trial after some epochs
 * @param pick which of those under way is over next
 */
function study(
  pruner: Pruner,
  count: number,
  lossOf: (number: number, epochs: number) => number | null,
  pick: (underWay: number) => number = () => 0,
  slots = 4,
  look: (trials: readonly Trial[]) => void = () => {},
): readonly Trial[] {
  const trials: Trial[] = [];
  const underWay: number[] = [];
  for (;;) {
    while (underWay.length < slots) {
      const next = pruner.promote(trials);
      if (next === null && trials.length === count) break;
      if (next === null) trials.push({ losses: [], underWay: true, ended: false });
      else (trials[next] as Trial).underWay = true;
      underWay.push(next ?? trials.length - 1);
      look(trials);
    }
    if (underWay.length === 0) return trials;
    const [number = 0] = underWay.splice(pick(underWay.length), 1);
    const trial = trials[number] as Trial;
    trial.losses.push(lossOf(number, pruner.rungs(number)[trial.losses.length] as number));
    trial.underWay = false;
  }
}

const scoredAt = (trials: readonly Trial[], rung: number): number =>
  trials.filter(({ losses }) => losses.length > rung).length;

describe('asha', () => {
  test('has rungs of eta times the epochs of those before, to all epochs', () => {
    expect(asha(81, 1, 3).rungs(5)).toEqual([1, 3, 9, 27, 81]);
    expect(asha(81, 3, 3).rungs(0)).toEqual([3, 9, 27, 81]);
    expect(asha(16, 2, 2).rungs(0)).toEqual([2, 4, 8, 16]);
    expect(asha(10, 1, 3).rungs(0)).toEqual([1, 3, 10]);
    expect(rungsTo(5, 0, 3)).toEqual([5]);
  });

  test('is successive halving where trials come one by one: of 27 the best 9, 3 and 1', () => {
    const loss = (number: number): number => (number * 11) % 27;
    const trials = study(asha(27, 1, 3), 27, loss, () => 0, 1);
    expect([0, 1, 2, 3].map((rung) => scoredAt(trials, rung))).toEqual([27, 9, 3, 1]);
    const best = trials.findIndex((_, number) => loss(number) === 0);
    expect(trials[best]?.losses).toEqual([0, 0, 0, 0]);
  });

  test('never lets more than one in eta go on, and in the end exactly floor(n / eta), whatever comes back when', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 9 }),
        fc.infiniteStream(fc.nat()),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (eta, count, slots, order, losses) => {
          const pruner = asha(eta ** 3, 1, eta);
          const check = (trials: readonly Trial[]): void => {
            for (let rung = 0; rung < 3; rung++) {
              const gone = trials.filter(
                ({ losses: { length }, underWay }) => length > rung + 1 || (length === rung + 1 && underWay),
              );
              expect(gone.length).toBeLessThanOrEqual(Math.floor(scoredAt(trials, rung) / eta));
            }
          };
          const trials = study(
            pruner,
            count,
            () => losses.next().value,
            (n) => order.next().value % n,
            slots,
            check,
          );
          for (let rung = 0; rung < 3; rung++) {
            expect(scoredAt(trials, rung + 1)).toBe(Math.floor(scoredAt(trials, rung) / eta));
          }
        },
      ),
    );
  });

  test('has the best of those that wait go on, and of equals the first', () => {
    const waiting = (...losses: (number | null)[]) => ({ losses, underWay: false, ended: false });
    const pruner = asha(9, 1, 3);
    expect(pruner.promote([waiting(0.5), waiting(0.2)])).toBe(null);
    expect(pruner.promote([waiting(0.5), waiting(0.2), waiting(0.2)])).toBe(1);
    expect(pruner.promote([waiting(0.5), { ...waiting(0.2), underWay: true }, waiting(0.3)])).toBe(null);
    expect(pruner.promote([waiting(0.5), { ...waiting(0.2), ended: true }, waiting(0.3)])).toBe(2);
    expect(pruner.promote([waiting(null), waiting(null), waiting(null)])).toBe(null);
    // The higher rung first.
    const high = [waiting(1, 0.3), waiting(1, 0.1), waiting(1, 0.2)];
    expect(pruner.promote([...high, ...Array.from({ length: 9 }, () => waiting(0.5))])).toBe(1);
  });
});

describe('hyperband', () => {
  test('has the brackets of the paper for R = 81 and eta = 3', () => {
    expect(brackets(81, 1, 3)).toEqual([
      { trials: 81, rungs: [1, 3, 9, 27, 81] },
      { trials: 34, rungs: [3, 9, 27, 81] },
      { trials: 15, rungs: [9, 27, 81] },
      { trials: 8, rungs: [27, 81] },
      { trials: 5, rungs: [81] },
    ]);
  });

  test('has the counts of the paper at each rung of each bracket', () => {
    const pruner = hyperband(81, 1, 3);
    const trials = study(
      pruner,
      143,
      (number, epochs) => ((number * 37) % 143) / epochs,
      () => 0,
      1,
    );
    let first = 0;
    const counts = brackets(81, 1, 3).map(({ trials: count, rungs }) => {
      const own = trials.slice(first, first + count);
      first += count;
      expect(pruner.rungs(first - 1)).toEqual(rungs);
      return rungs.map((_, rung) => scoredAt(own, rung));
    });
    expect(counts).toEqual([[81, 27, 9, 3, 1], [34, 11, 3, 1], [15, 5, 1], [8, 2], [5]]);
  });

  test('begins the next round after the last bracket', () => {
    const pruner = hyperband(9, 1, 3);
    expect(brackets(9, 1, 3).map(({ trials }) => trials)).toEqual([9, 5, 3]);
    expect([0, 8, 9, 13, 14, 16, 17].map((number) => pruner.rungs(number).length)).toEqual([3, 3, 2, 2, 1, 1, 3]);
  });
});

describe('options of a pruner', () => {
  test('have defaults', () => {
    expect(prunerOptions('search', { name: 'asha' }, 9)).toEqual({ name: 'asha', least: 1, eta: 3 });
    expect(prunerOf({ name: 'none', least: 1, eta: 3 }, 7).rungs(3)).toEqual([7]);
  });

  test.each<[unknown, string]>([
    [{ name: 'halving' }, 'search: pruner: "none" or "asha" or "hyperband" was expected as name, but "halving" came'],
    [{ name: 'asha', eta: 1 }, 'a whole number from 2 to 1000 was expected as eta, but 1 came'],
    [{ name: 'asha', least: 10 }, 'a whole number from 1 to 9 was expected as least, but 10 came'],
    [{ name: 'asha', least: 4 }, 'at least 12 epochs were expected, so that there are two rungs, but 9 came'],
    [{ name: 'asha', leest: 4 }, 'did you mean least?'],
  ])('refuse %j', (options, message) => {
    expect(() => prunerOptions('search', options as PrunerOptions, 9)).toThrow(message);
  });
});
