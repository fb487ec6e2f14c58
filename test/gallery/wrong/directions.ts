import { variational } from 'keepgate';
import { BothWays } from '../both-ways.ts';
import type { Wrong } from '../entry.ts';

const GAL = variational({ input: 0.2, recurrent: 0.35 });

class OneMaskBothWays extends BothWays {
  protected override reverseSeed(seed: number): number {
    return seed;
  }
}

/** What is turned round is the padded sample, so that the other direction meets its padding first. */
class BeginsInThePadding extends BothWays {
  protected override validSteps(x: number[][][]): readonly number[] {
    return x.map((steps) => steps.length);
  }
}

export const directions: readonly Wrong[] = [
  {
    name: 'directions-share',
    group: 'ours',
    says: 'both directions of a layer are dropped by the same masks',
    subject: () => new OneMaskBothWays({ claims: GAL }),
    caughtBy: 'directions-differ',
  },
  {
    name: 'reverse-begins-in-the-padding',
    group: 'ours',
    says: 'the reverse direction reads the padding before the sample',
    subject: () => new BeginsInThePadding({ claims: GAL, cell: 'gru' }),
    caughtBy: 'padding-changes-nothing',
  },
];
