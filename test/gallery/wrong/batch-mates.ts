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

/** In training the padding is read as well: a sample that is shorter than the batch begins in what stands past its end. */
class ReadsPaddingInTraining extends KnowsTheBatch {
  protected override run(x: readonly number[][], sample: number, call: SubjectCall): number[][] {
    const length = this.lengths[sample] as number;
    if (!call.training || length === x.length) return super.run(x, sample, call);
    const all = super.run([...x.slice(length), ...x.slice(0, length)], sample, { training: true, seed: call.seed });
    return [...all.slice(x.length - length), ...all.slice(0, x.length - length)];
  }
}

/** The sum of a batch's mates is added to each of its samples. */
class AddsItsMates extends KnowsTheBatch {
  override forward(x: number[][][], call: SubjectCall): number[][][] {
    const total = x.flat(2).reduce((all, value) => all + value, 0);
    return super.forward(
      x.map((steps) => steps.map((row) => row.map((value) => value + 0.01 * (total - row.reduce((a, b) => a + b, 0))))),
      call,
    );
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
    caughtBy: 'fixed-in-time',
  },
  {
    name: 'batch-mates-are-added',
    group: 'ours',
    says: 'what is in the other samples of a batch is added to each of them',
    subject: () => new AddsItsMates({ claims: variational({ input: 0.2 }) }),
    caughtBy: 'samples-are-independent',
  },
  {
    name: 'padding-is-read-in-training',
    group: 'ours',
    says: 'in training, and there alone, a sample begins in its padding',
    subject: () => new ReadsPaddingInTraining({ claims: variational({ input: 0.2, recurrent: 0.35 }) }),
    caughtBy: 'padding-changes-nothing',
  },
];
