import { lockedDropout, type Scheme, type Site, variational, weightDrop, zoneout } from 'keepgate';
import type { MaskRule } from '../../../src/masks/scheme.ts';
import type { Subject, SubjectCall } from '../../../src/verify/subject.ts';
import type { Wrong } from '../entry.ts';
import { type Draw, HonestLayer, type LayerOptions, type Place } from '../honest.ts';

/** A place in a call, and how large that is. */
interface Where extends Place {
  readonly call: SubjectCall;
  /** B */
  readonly batch: number;
}

/** Right but at some places: there an entry keeps, or is drawn at another place, or the whole site does nothing. */
class OddAt extends HonestLayer {
  private batch = 0;
  private readonly oddly: Oddly;

  constructor({ oddly, ...options }: LayerOptions & { readonly oddly: Oddly }) {
    super(options);
    this.oddly = oddly;
  }

  override forward(x: number[][][], call: SubjectCall): number[][][] {
    this.batch = x.length;
    return super.forward(x, call);
  }

  protected override trainingFactor(rule: MaskRule, place: Place, call: SubjectCall): number {
    const where = { ...place, call, batch: this.batch };
    return this.oddly.skips?.(where, rule.site) ? 1 : super.trainingFactor(rule, place, call);
  }

  protected override value(rule: MaskRule, place: Place, call: SubjectCall): number {
    return this.oddly.keeps?.({ ...place, call, batch: this.batch }) ? 1 : super.value(rule, place, call);
  }

  protected override draw(rule: MaskRule, place: Place, call: SubjectCall): Draw {
    return { ...super.draw(rule, place, call), ...this.oddly.takes?.({ ...place, call, batch: this.batch }) };
  }
}

interface Oddly {
  /** Where an entry is never dropped. */
  readonly keeps?: (where: Where) => boolean;
  /** What a draw depends on instead. */
  readonly takes?: (where: Where) => Partial<Draw>;
  /** Where a site neither drops nor scales. */
  readonly skips?: (where: Where, site: Site) => boolean;
}

const odd = (options: LayerOptions, oddly: Oddly) => (): Subject => new OddAt({ ...options, oddly });

const GAL = variational({ input: 0.2, recurrent: 0.35 });
const UNTIED = variational({ input: 0.2, recurrent: 0.35, tied: false });
const PER_STEP: Scheme = [
  { site: 'input', rate: 0.2, scope: 'step' },
  { site: 'recurrent', rate: 0.35, scope: 'step' },
];

/** Faults at one index of an axis, or between two. */
const entries: readonly Omit<Wrong, 'group'>[] = [
  {
    name: 'last-unit-never-dropped',
    says: 'a loop over units ends one too early, so that the last is never dropped',
    subject: odd({ claims: GAL }, { keeps: ({ unit }) => unit === 3 }),
    caughtBy: 'rate-as-claimed',
  },
  {
    name: 'last-unit-never-zoned',
    says: 'the same with zones, where a unit that is kept looks like any other',
    subject: odd({ claims: zoneout({ hidden: 0.3, scope: 'step' }), cell: 'gru' }, { keeps: ({ unit }) => unit === 3 }),
    caughtBy: 'rate-as-claimed',
  },
  {
    name: 'first-and-last-unit-share',
    says: 'the last unit has the entry of the first',
    subject: odd({ claims: lockedDropout({ output: 0.3 }) }, { takes: ({ unit }) => (unit === 3 ? { unit: 0 } : {}) }),
    caughtBy: 'units-differ',
  },
  {
    name: 'second-half-of-the-batch-repeats',
    says: 'the second half of the batch has the masks of the first half',
    subject: odd(
      { claims: GAL, cell: 'gru' },
      { takes: ({ sample, batch }) => ({ sample: sample % Math.ceil(batch / 2) }) },
    ),
    caughtBy: 'samples-differ',
  },
  {
    name: 'batch-is-mirrored',
    says: 'the last sample has the masks of the first, the one before it those of the second',
    subject: odd(
      { claims: lockedDropout({ output: 0.3 }), cell: 'rnn' },
      { takes: ({ sample, batch }) => ({ sample: Math.min(sample, batch - 1 - sample) }) },
    ),
    caughtBy: 'samples-differ',
  },
  {
    name: 'last-sample-has-the-first-mask',
    says: 'the last sample of a batch has the mask of the first',
    subject: odd({ claims: GAL }, { takes: ({ sample, batch }) => (sample === batch - 1 ? { sample: 0 } : {}) }),
    caughtBy: 'samples-differ',
  },
  {
    name: 'first-sample-never-dropped',
    says: 'the first sample of a batch is never dropped',
    subject: odd({ claims: GAL, cell: 'gru' }, { keeps: ({ sample }) => sample === 0 }),
    caughtBy: 'rate-as-claimed',
  },
  {
    name: 'second-step-never-zoned',
    says: 'zones that are said to be drawn at each step are not drawn at the second',
    subject: odd({ claims: zoneout({ hidden: 0.3, scope: 'step' }), cell: 'rnn' }, { keeps: ({ step }) => step === 1 }),
    caughtBy: 'rate-as-claimed',
  },
  {
    name: 'late-steps-never-dropped',
    says: 'masks were made for ten steps, and later ones have none',
    subject: odd({ claims: PER_STEP }, { keeps: ({ step }) => step >= 10 }),
    caughtBy: 'rate-as-claimed',
  },
  {
    name: 'third-step-repeats-the-first',
    says: 'of masks that are said to be drawn at each step the third is the first',
    subject: odd({ claims: lockedPerStep(0.3) }, { takes: ({ step }) => (step === 2 ? { step: 0 } : {}) }),
    caughtBy: 'drawn-each-step',
  },
  {
    name: 'forget-gate-never-dropped',
    says: 'of masks that are said to be one for each gate, that of the forget gate keeps everything',
    subject: odd({ claims: UNTIED }, { keeps: ({ gate }) => gate === 1 }),
    caughtBy: 'rate-as-claimed',
  },
  {
    name: 'first-and-last-gate-share',
    says: 'of masks that are said to be one for each gate, the input and the output gate have the same',
    subject: odd({ claims: UNTIED }, { takes: ({ gate }) => (gate === 3 ? { gate: 0 } : {}) }),
    caughtBy: 'gates-as-claimed',
  },
  {
    name: 'last-row-of-weights-never-dropped',
    says: 'weight drop leaves the weights of the last unit as they are, but for the scale',
    subject: odd({ claims: weightDrop({ recurrent: 0.4 }), cell: 'rnn' }, { keeps: ({ unit }) => unit >= 12 }),
    caughtBy: 'rate-as-claimed',
  },
  {
    name: 'every-other-call-keeps-everything',
    says: 'every other call drops nothing, and scales as if it did',
    subject: odd({ claims: GAL, cell: 'gru' }, { keeps: ({ call }) => call.seed % 2 === 1 }),
    caughtBy: 'rate-as-claimed',
  },
  {
    name: 'half-of-the-units-repeat-in-the-next-call',
    says: 'every other call has the masks of the one before it for half of its units',
    subject: odd(
      { claims: lockedDropout({ output: 0.3 }) },
      { takes: ({ call, unit }) => (unit < 2 ? { seed: call.seed - (call.seed % 2) } : {}) },
    ),
    caughtBy: 'masks-are-fresh',
  },
  {
    name: 'a-sample-alone-is-never-zoned',
    says: 'a batch of one sample has no zones',
    subject: odd(
      { claims: zoneout({ hidden: 0.3, scope: 'step' }), cell: 'gru' },
      { keeps: ({ batch }) => batch === 1 },
    ),
    caughtBy: 'rate-as-claimed',
  },
  {
    name: 'missing-on-the-first-two-steps',
    says: 'the recurrent mask of a GRU is missing on the first two steps',
    subject: odd({ claims: GAL, cell: 'gru' }, { skips: ({ step }, site) => site === 'recurrent' && step < 2 }),
    caughtBy: 'sites-as-claimed',
  },
  {
    name: 'acts-on-one-gate-alone',
    says: 'the recurrent mask of an LSTM acts on its candidate gate alone',
    subject: odd({ claims: GAL }, { skips: ({ gate }, site) => site === 'recurrent' && gate !== 2 }),
    caughtBy: 'sites-as-claimed',
  },
  {
    name: 'missing-for-the-first-sample',
    says: 'the first sample is neither dropped nor scaled',
    subject: odd({ claims: GAL }, { skips: ({ sample }) => sample === 0 }),
    caughtBy: 'sites-as-claimed',
  },
];

function lockedPerStep(rate: number): Scheme {
  return [{ site: 'output', rate, scope: 'step' }];
}

export const indices: readonly Wrong[] = entries.map((entry) => ({ ...entry, group: 'ours' }));
