import { papers, type Scheme, variational, zoneout } from 'keepgate';
import type { Subject, SubjectWeights } from '../../../src/verify/subject.ts';
import type { Wrong } from '../entry.ts';
import { type FactorOf, HonestLayer, type LayerOptions, type State } from '../honest.ts';
import { sum } from '../numbers.ts';

const GAL = variational({ input: 0.2, recurrent: 0.35 });

const hardSigmoid = (x: number): number => Math.min(1, Math.max(0, 0.2 * x + 0.5));

/** Its gates are those of Keras 2. */
class HardSigmoidLstm extends HonestLayer {
  protected override lstm(x: readonly number[], { h, c }: State, f: FactorOf): State {
    const a = this.byGate(sum(this.fromInput(x, f), this.fromState(h, f)));
    const cNew = c.map((old, j) => hardSigmoid(a(1, j)) * old + hardSigmoid(a(0, j)) * Math.tanh(a(2, j)));
    return { h: cNew.map((value, j) => hardSigmoid(a(3, j)) * Math.tanh(value)), c: cNew };
  }
}

/** It reads the rows of weights in another order of gates. */
class OtherOrder extends HonestLayer {
  private readonly order: readonly number[];

  constructor({ order, ...options }: LayerOptions & { readonly order: readonly number[] }) {
    super(options);
    this.order = order;
  }

  override setWeights(weights: SubjectWeights): void {
    const size = weights.bias_hh.length / this.order.length;
    const rows = <R>(all: readonly R[]): R[] => this.order.flatMap((gate) => all.slice(gate * size, (gate + 1) * size));
    const { weight_ih, weight_hh, bias_ih, bias_hh } = weights;
    super.setWeights({
      weight_ih: rows(weight_ih),
      weight_hh: rows(weight_hh),
      bias_ih: rows(bias_ih),
      bias_hh: rows(bias_hh),
    });
  }
}

/** It claims the reset gate after the product, and has it before. */
class ResetsBefore extends HonestLayer {
  private readonly real: HonestLayer;

  constructor(options: LayerOptions) {
    super(options);
    this.real = new HonestLayer({ ...options, resetAfter: false });
  }

  override setWeights(weights: SubjectWeights): void {
    this.real.setWeights(weights);
  }

  override forward(...call: Parameters<Subject['forward']>): number[][][] {
    return this.real.forward(...call);
  }
}

/** z is the share of what is new. */
class TakesByZ extends OtherOrder {
  override setWeights(weights: SubjectWeights): void {
    const size = weights.bias_hh.length / 3;
    const sign = (row: number): number => (Math.floor(row / size) === 1 ? -1 : 1);
    super.setWeights({
      weight_ih: weights.weight_ih.map((row, k) => row.map((value) => sign(k) * value)),
      weight_hh: weights.weight_hh.map((row, k) => row.map((value) => sign(k) * value)),
      bias_ih: weights.bias_ih.map((value, k) => sign(k) * value),
      bias_hh: weights.bias_hh.map((value, k) => sign(k) * value),
    });
  }
}

const named = (name: string, says: string, subject: () => Subject): Wrong => ({
  name,
  group: 'ours',
  says,
  subject,
  caughtBy: 'cell-as-claimed',
});

const STEPPED: Scheme = zoneout({ hidden: 0.3, cell: 0.2, scope: 'step' });

/** Cells that are something else than they say: their masks may be right. */
export const cellVariants: readonly Wrong[] = [
  named(
    'gates-of-hard-sigmoid',
    'the gates of an LSTM are squashed by hard_sigmoid (the default of Keras 2 and TensorFlow.js)',
    () => new HardSigmoidLstm({ claims: GAL }),
  ),
  named(
    'gates-in-the-order-of-keras',
    'the rows of a GRU are read in the order z, r, n (Keras)',
    () => new OtherOrder({ claims: GAL, cell: 'gru', order: [1, 0, 2] }),
  ),
  named(
    'gates-in-the-order-i-g-f-o',
    'the rows of an LSTM are read in the order i, g, f, o (TensorFlow 1)',
    () => new OtherOrder({ claims: STEPPED, order: [0, 2, 1, 3] }),
  ),
  named(
    'reset-before-called-after',
    'the reset gate is before the product where it is said to be after it',
    () => new ResetsBefore({ claims: papers.semeniuta2016({ update: 0.3 }), cell: 'gru' }),
  ),
  named(
    'z-takes-what-is-new',
    'z is the share of what is new, which in PyTorch is that of the old state (Cho et al. 2014)',
    () => new TakesByZ({ claims: GAL, cell: 'gru', order: [0, 1, 2] }),
  ),
];
