import { zoneout } from 'keepgate';
import type { MaskRule } from '../../../src/masks/scheme.ts';
import type { SubjectCall } from '../../../src/verify/subject.ts';
import type { Wrong } from '../entry.ts';
import { blend, type FactorOf, HonestLayer, type State, type Step } from '../honest.ts';
import { sigmoid, sum } from '../numbers.ts';

const KRUEGER = zoneout({ cell: 0.5, hidden: 0.15, scope: 'step' });
const HIDDEN = zoneout({ hidden: 0.3, scope: 'step' });

/** h = o tanh(c) of the cell after its zones, in training, in evaluation, or in both. */
class ReadsTheZonedCell extends HonestLayer {
  private readonly where: readonly boolean[];
  private training = false;

  constructor(where: readonly boolean[]) {
    super({ claims: KRUEGER });
    this.where = where;
  }

  override forward(x: number[][][], call: SubjectCall): number[][][] {
    this.training = call.training;
    return super.forward(x, call);
  }

  protected override lstm(x: readonly number[], state: State, f: FactorOf): State {
    const honest = super.lstm(x, state, f);
    if (!this.where.includes(this.training)) return honest;
    const a = this.byGate(sum(this.fromInput(x, f), this.fromState(state.h, f)));
    const hNew = honest.c.map((c, j) => sigmoid(a(3, j)) * Math.tanh(c));
    return { c: honest.c, h: blend(hNew, state.h, f, 'zoneHidden') };
  }
}

class EvaluatesUnmixed extends HonestLayer {
  protected override evalFactor(): number {
    return 1;
  }
}

/** The factor of a site that is left out. */
const without =
  (f: FactorOf, left: string): FactorOf =>
  (site, unit, gate) =>
    site === left ? 1 : f(site, unit, gate);

class HandsOnTheUnzoned extends HonestLayer {
  protected override step(x: readonly number[], state: State, f: FactorOf): Step {
    return { ...super.step(x, state, f), y: super.step(x, state, without(f, 'zoneHidden')).y };
  }
}

class CarriesTheUnzoned extends HonestLayer {
  protected override step(x: readonly number[], state: State, f: FactorOf): Step {
    return { ...super.step(x, state, without(f, 'zoneHidden')), y: super.step(x, state, f).y };
  }
}

/** What is zoned out is 0, and not the old state. */
class ZonesToZero extends HonestLayer {
  protected override step(x: readonly number[], state: State, f: FactorOf): Step {
    const { h, c, y } = super.step(x, state, without(f, 'zoneHidden'));
    const zoned = (values: readonly number[]): number[] => values.map((value, j) => value * f('zoneHidden', j));
    return { c, h: zoned(h), y: zoned(y) };
  }
}

/** In evaluation the old state gets the new one's share. */
class MixesTheWrongWay extends HonestLayer {
  protected override evalFactor({ rate }: MaskRule): number {
    return rate;
  }
}

export const zones: readonly Wrong[] = [
  {
    name: 'hands-on-the-unzoned-lstm',
    group: 'E5',
    says: 'y is the h from before the zones, which the next step does not see (zoneout_tensorflow.py)',
    subject: () => new HandsOnTheUnzoned({ claims: HIDDEN }),
    caughtBy: 'carry-is-clean',
  },
  {
    name: 'hands-on-the-unzoned-gru',
    group: 'E6',
    says: 'output and state differ after the zones (MXNet, the TensorFlow wrapper of Haste)',
    subject: () => new HandsOnTheUnzoned({ claims: HIDDEN, cell: 'gru' }),
    caughtBy: 'carry-is-clean',
  },
  {
    name: 'carries-the-unzoned',
    group: 'E6',
    says: 'the zones are in y alone; the state that is carried never had any (RETURNN)',
    subject: () => new CarriesTheUnzoned({ claims: HIDDEN }),
    caughtBy: 'carry-is-clean',
  },
  {
    name: 'evaluation-unmixed',
    group: 'E7',
    says: 'evaluation takes the new state whole (rust-lstm, Tacotron-2 of Rayhane Mamah)',
    subject: () => new EvaluatesUnmixed({ claims: KRUEGER }),
    caughtBy: 'evaluation-is-the-mean',
  },
  {
    name: 'evaluation-mixed-the-wrong-way',
    group: 'ours',
    says: 'evaluation gives the old state the share of the new one',
    subject: () => new MixesTheWrongWay({ claims: HIDDEN, cell: 'rnn' }),
    caughtBy: 'evaluation-is-the-mean',
  },
  {
    name: 'h-reads-the-zoned-cell',
    group: 'ours',
    says: 'h is computed from the cell after its zones, in training and in evaluation',
    subject: () => new ReadsTheZonedCell([true, false]),
    caughtBy: 'evaluation-is-the-mean',
  },
  {
    name: 'h-reads-the-zoned-cell-in-training',
    group: 'ours',
    says: 'h is computed from the cell after its zones in training alone',
    subject: () => new ReadsTheZonedCell([true]),
    caughtBy: 'carry-is-clean',
  },
  {
    name: 'h-reads-the-zoned-cell-in-evaluation',
    group: 'ours',
    says: 'h is computed from the mixed cell in evaluation alone',
    subject: () => new ReadsTheZonedCell([false]),
    caughtBy: 'evaluation-is-the-mean',
  },
  {
    name: 'zoned-out-to-zero',
    group: 'ours',
    says: 'a unit that is zoned out becomes 0; it should keep its state',
    subject: () => new ZonesToZero({ claims: HIDDEN, cell: 'gru' }),
    caughtBy: 'carry-is-clean',
  },
];
