import { lockedDropout, variational } from 'keepgate';
import type { MaskRule } from '../../../src/masks/scheme.ts';
import type { SubjectCall } from '../../../src/verify/subject.ts';
import type { Wrong } from '../entry.ts';
import { type Draw, HonestLayer, type Place } from '../honest.ts';

/** A layer that knows the batch that a sample is in. */
class KnowsTheBatch extends HonestLayer {
  /** B */
  protected batch = 0;
  /** T, padding included */
  protected time = 0;
  protected lengths: readonly number[] = [];

  override forward(x: number[][][], call: SubjectCall): number[][][] {
    this.batch = x.length;
    this.time = x[0]?.length ?? 0;
    this.lengths = call.lengths ?? x.map(() => this.time);
    return super.forward(x, call);
  }
}

/** Numbers come from one stream in the order [B,T], so that padding moves all later samples. */
class DrawsThePadding extends KnowsTheBatch {
  protected override draw(rule: MaskRule, place: Place, call: SubjectCall): Draw {
    return { ...super.draw(rule, place, call), sample: place.sample * this.time, step: 0 };
  }
}

/** A mask of B rows meets packed data, whose rows are the valid steps of all samples, the longest first. */
class MasksPackedRows extends KnowsTheBatch {
  protected override draw(rule: MaskRule, place: Place, call: SubjectCall): Draw {
    const order = this.lengths.map((_, b) => b).sort((a, b) => (this.lengths[b] ?? 0) - (this.lengths[a] ?? 0));
    const before = this.lengths.reduce((rows, length) => rows + Math.min(length, place.step), 0);
    const row = before + order.indexOf(place.sample);
    return { ...super.draw(rule, place, call), sample: row % this.batch };
  }
}

export const batchMates: readonly Wrong[] = [
  {
    name: 'packed-rows-masked',
    group: 'E8',
    says: 'a mask of one row a sample is laid over packed data, whose rows are something else (Better_LSTM)',
    subject: () => new MasksPackedRows({ claims: lockedDropout({ output: 0.3 }) }),
    caughtBy: 'samples-are-independent',
  },
  {
    name: 'padding-is-drawn-for',
    group: 'ours',
    says: 'masks come from one stream in the order of the padded batch, so that padding changes them',
    subject: () => new DrawsThePadding({ claims: variational({ input: 0.2, recurrent: 0.35 }) }),
    caughtBy: 'padding-changes-nothing',
  },
];
