import { lockedDropout, recurrentDropout, type Scheme, variational, weightDrop, zoneout } from 'keepgate';
import type { MaskRule } from '../../../src/masks/scheme.ts';
import type { Subject, SubjectCall } from '../../../src/verify/subject.ts';
import type { Wrong } from '../entry.ts';
import { type Draw, HonestLayer, type LayerOptions, type Place } from '../honest.ts';

/** What a draw depends on, where that is not what it should be. */
type Change = (honest: Draw, place: Place, rule: MaskRule) => Partial<Draw>;

class OtherwiseDrawn extends HonestLayer {
  private readonly change: Change;

  constructor(options: LayerOptions, change: Change) {
    super(options);
    this.change = change;
  }

  protected override draw(rule: MaskRule, place: Place, call: SubjectCall): Draw {
    const honest = super.draw(rule, place, call);
    return { ...honest, ...this.change(honest, place, rule) };
  }
}

const drawn = (options: LayerOptions, change: Change) => (): Subject => new OtherwiseDrawn(options, change);

const GAL = variational({ input: 0.2, recurrent: 0.35 });
const UNTIED = variational({ input: 0.2, recurrent: 0.35, tied: false });
const PER_STEP: Scheme = [
  { site: 'input', rate: 0.2, scope: 'step' },
  { site: 'recurrent', rate: 0.35, scope: 'step' },
];

export const maskSharing: readonly Wrong[] = [
  {
    name: 'locked-over-the-wrong-axis',
    group: 'E11',
    says: 'locked dropout is given [B,T,n] where it wants [T,B,n]: one mask for the batch, another at each step (PyTorch-NLP)',
    subject: drawn({ claims: lockedDropout({ output: 0.3 }) }, (_, { step }) => ({ sample: 0, step })),
    caughtBy: 'fixed-in-time',
  },
  {
    name: 'per-step-called-variational',
    group: 'E14',
    says: 'masks on x and h are drawn at each step and said to be variational',
    subject: drawn({ claims: GAL, cell: 'gru' }, (_, { step }) => ({ step })),
    caughtBy: 'fixed-in-time',
  },
  {
    name: 'output-per-step-called-locked',
    group: 'E14',
    says: 'the mask on the output is drawn at each step and said to be locked',
    subject: drawn({ claims: lockedDropout({ output: 0.3 }), cell: 'rnn' }, (_, { step }) => ({ step })),
    caughtBy: 'fixed-in-time',
  },
  {
    name: 'update-per-step-called-fixed',
    group: 'ours',
    says: 'recurrent dropout of the update is drawn at each step and said to be fixed for the sequence',
    subject: drawn({ claims: recurrentDropout({ update: 0.35 }) }, (_, { step }) => ({ step })),
    caughtBy: 'fixed-in-time',
  },
  {
    name: 'weights-dropped-at-each-step',
    group: 'ours',
    says: 'weight drop is drawn at each step, not once a batch',
    subject: drawn({ claims: weightDrop({ recurrent: 0.4 }) }, (_, { step }) => ({ step })),
    caughtBy: 'fixed-in-time',
  },
  {
    name: 'fixed-called-per-step',
    group: 'ours',
    says: 'one mask for all steps is said to be drawn at each',
    subject: drawn({ claims: PER_STEP }, () => ({ step: 0 })),
    caughtBy: 'drawn-each-step',
  },
  {
    name: 'zones-fixed-called-per-step',
    group: 'ours',
    says: 'zones that are said to be drawn at each step stay for the sequence',
    subject: drawn({ claims: zoneout({ hidden: 0.3, cell: 0.4, scope: 'step' }) }, () => ({ step: 0 })),
    caughtBy: 'drawn-each-step',
  },
  {
    name: 'two-step-masks-in-turn',
    group: 'ours',
    says: 'masks that are said to be drawn at each step repeat after two',
    subject: drawn({ claims: PER_STEP, cell: 'rnn' }, (_, { step }) => ({ step: step % 2 })),
    caughtBy: 'drawn-each-step',
  },
  {
    name: 'one-mask-for-the-batch',
    group: 'E10',
    says: 'masks are drawn once a minibatch and all samples share them (DyNet)',
    subject: drawn({ claims: GAL }, () => ({ sample: 0 })),
    caughtBy: 'samples-differ',
  },
  {
    name: 'zones-for-the-batch',
    group: 'ours',
    says: 'all samples of a batch are zoned out alike',
    subject: drawn({ claims: zoneout({ hidden: 0.3, scope: 'step' }), cell: 'gru' }, () => ({ sample: 0 })),
    caughtBy: 'samples-differ',
  },
  {
    name: 'weights-dropped-for-each-sample',
    group: 'ours',
    says: 'weight drop that is said to be shared by the batch is drawn for each sample',
    subject: drawn({ claims: weightDrop({ recurrent: 0.4 }), cell: 'rnn' }, (_, { sample }) => ({ sample })),
    caughtBy: 'shared-across-batch',
  },
  {
    name: 'tied-called-untied',
    group: 'ours',
    says: 'one mask serves all gates where one for each is claimed (TensorFlow.js 4.22 draws four and uses the first)',
    subject: drawn({ claims: UNTIED }, () => ({ gate: 0 })),
    caughtBy: 'gates-as-claimed',
  },
  {
    name: 'untied-called-tied',
    group: 'ours',
    says: 'each gate has a mask where one for all is claimed',
    subject: drawn({ claims: GAL, cell: 'gru' }, (_, { gate }) => ({ gate })),
    caughtBy: 'gates-as-claimed',
  },
  {
    name: 'two-gates-share',
    group: 'ours',
    says: 'of the masks that are said to be one for each gate, the candidate and the output have the same',
    subject: drawn({ claims: UNTIED }, (_, { gate }) => ({ gate: Math.min(gate, 2) })),
    caughtBy: 'gates-as-claimed',
  },
  {
    name: 'one-entry-for-all-units',
    group: 'ours',
    says: 'a sample is dropped whole: its mask has one entry for all units',
    subject: drawn({ claims: GAL }, () => ({ unit: 0 })),
    caughtBy: 'units-differ',
  },
  {
    name: 'units-in-pairs',
    group: 'ours',
    says: 'neighbouring units share an entry',
    subject: drawn({ claims: lockedDropout({ output: 0.3 }), cell: 'gru' }, ({ unit }) => ({ unit: unit >> 1 })),
    caughtBy: 'units-differ',
  },
  {
    name: 'rows-of-weights-dropped',
    group: 'E10',
    says: 'weight drop takes whole rows of U, which are a gate of a unit each (AWD-LSTM, variational=True)',
    subject: drawn({ claims: weightDrop({ recurrent: 0.4 }), hiddenSize: 4 }, ({ unit }) => ({ unit: unit >> 2 })),
    caughtBy: 'units-differ',
  },
  {
    name: 'zones-of-c-and-h-shared',
    group: 'E5',
    says: 'the mask of the states is passed twice, so that c and h are zoned out together (zoneout_pmnist.py)',
    subject: drawn({ claims: zoneout({ hidden: 0.3, cell: 0.3, scope: 'step' }) }, () => ({ stream: 'zone' })),
    caughtBy: 'sites-differ',
  },
  {
    name: 'input-and-recurrent-share',
    group: 'ours',
    says: 'x and h are dropped by the same mask',
    subject: drawn({ claims: variational({ input: 0.3, recurrent: 0.3 }) }, () => ({ stream: 'one' })),
    caughtBy: 'sites-differ',
  },
];
