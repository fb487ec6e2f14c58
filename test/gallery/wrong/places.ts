import { type Scheme, type Site, variational } from 'keepgate';
import type { Subject, SubjectCall } from '../../../src/verify/subject.ts';
import type { Wrong } from '../entry.ts';
import { type FactorOf, HonestLayer, type LayerOptions, type State, type Step } from '../honest.ts';
import { sigmoid, sum } from '../numbers.ts';

const GAL = variational({ input: 0.2, recurrent: 0.35 });

/** The masked h is not for the product alone: the gate z keeps it. */
class CarriesTheMasked extends HonestLayer {
  protected override carried(old: number, unit: number, f: FactorOf): number {
    return old * f('recurrent', unit);
  }
}

/** h is dropped as it leaves the step, so that it is handed on and carried dropped. */
class DropsTheCarriedH extends HonestLayer {
  protected override step(x: readonly number[], state: State, f: FactorOf): Step {
    const { h, c } = super.step(x, state, (site, unit, gate) => (site === 'recurrent' ? 1 : f(site, unit, gate)));
    const dropped = h.map((value, j) => value * f('recurrent', j));
    return { h: dropped, c, y: dropped };
  }
}

/** The whole of the state is dropped on its way into the step. */
class DropsTheWholeState extends HonestLayer {
  protected override step(x: readonly number[], { h, c }: State, f: FactorOf): Step {
    return super.step(x, { h, c: c.map((value, j) => value * f('recurrent', j)) }, f);
  }
}

/** There is one previous result, and the forget gate keeps it. */
class HasNoCell extends HonestLayer {
  protected override lstm(x: readonly number[], { h, c }: State, f: FactorOf): State {
    const a = this.byGate(sum(this.fromInput(x, f), this.fromState(h, f)));
    const hNew = h.map((old, j) => {
      const kept = sigmoid(a(1, j)) * old + sigmoid(a(0, j)) * Math.tanh(a(2, j));
      return sigmoid(a(3, j)) * Math.tanh(kept);
    });
    return { h: hNew, c };
  }
}

/** x is multiplied by W first, and dropped then: what is dropped are pre-activations. */
class DropsPreActivations extends HonestLayer {
  protected override fromInput(x: readonly number[], f: FactorOf): number[] {
    const whole = super.fromInput(x, () => 1);
    return whole.map((value, k) => value * f('input', k % this.hiddenSize));
  }
}

/** A claim is one thing; what is done is another scheme. */
class DoesAnotherScheme extends HonestLayer {
  private readonly real: HonestLayer;

  constructor(options: LayerOptions, does: Scheme) {
    super(options);
    this.real = new HonestLayer({ ...options, claims: does });
  }

  override setWeights(weights: Parameters<Subject['setWeights']>[0]): void {
    this.real.setWeights(weights);
  }

  override forward(x: number[][][], call: SubjectCall): number[][][] {
    return this.real.forward(x, call);
  }
}

const at = (site: Site, rate: number): Scheme => [{ site, rate, scope: 'step' }];

export const places: readonly Wrong[] = [
  {
    name: 'gru-carries-the-masked-h',
    group: 'E1',
    says: "the GRU's gate z keeps the masked h, so that kept units grow and dropped ones are lost (TensorFlow.js 4.22)",
    subject: () => new CarriesTheMasked({ claims: variational({ recurrent: 0.35 }), cell: 'gru', resetAfter: false }),
    caughtBy: 'carry-is-clean',
  },
  {
    name: 'gru-carries-the-masked-h-reset-after',
    group: 'E1',
    says: 'the same with the reset gate after the product',
    subject: () => new CarriesTheMasked({ claims: GAL, cell: 'gru' }),
    caughtBy: 'carry-is-clean',
  },
  {
    name: 'h-in-place-of-c',
    group: 'E4',
    says: 'the forget gate keeps the last output: an LSTM without a cell (brain.js)',
    subject: () => new HasNoCell({ claims: variational({ input: 0.2 }) }),
    caughtBy: 'cell-as-claimed',
  },
  {
    name: 'carried-h-is-dropped',
    group: 'ours',
    says: 'h is dropped at each step where it leaves the LSTM, in y and in what is carried (Tacotron 2 of NVIDIA)',
    subject: () => new DropsTheCarriedH({ claims: [{ site: 'recurrent', rate: 0.35, scope: 'step' }] }),
    caughtBy: 'sites-as-claimed',
  },
  {
    name: 'whole-state-is-dropped',
    group: 'ours',
    says: 'recurrent dropout takes c along with h (a test of Flax)',
    subject: () => new DropsTheWholeState({ claims: variational({ recurrent: 0.35 }) }),
    caughtBy: 'carry-is-clean',
  },
  {
    name: 'pre-activations-are-dropped',
    group: 'ours',
    says: 'the input mask is on W x, after the product',
    subject: () => new DropsPreActivations({ claims: variational({ input: 0.3 }) }),
    caughtBy: 'sites-as-claimed',
  },
  {
    name: 'recurrent-mask-is-missing',
    group: 'ours',
    says: 'a rate for h is taken, and h is never dropped',
    subject: () => new DoesAnotherScheme({ claims: GAL }, variational({ input: 0.2 })),
    caughtBy: 'sites-as-claimed',
  },
  {
    name: 'h-dropped-called-update',
    group: 'ours',
    says: 'dropout of the update is promised, and h is masked before the gates (TensorFlow Addons, LayerNormLSTMCell)',
    subject: () => new DoesAnotherScheme({ claims: at('update', 0.35) }, at('recurrent', 0.35)),
    caughtBy: 'sites-as-claimed',
  },
  {
    name: 'update-dropped-called-memory',
    group: 'ours',
    says: 'dropout of the cell is promised, and its update is dropped',
    subject: () => new DoesAnotherScheme({ claims: at('memory', 0.3) }, at('update', 0.3)),
    caughtBy: 'sites-as-claimed',
  },
  {
    name: 'output-dropped-unsaid',
    group: 'ours',
    says: 'besides what is claimed, the output is dropped',
    subject: () => new DoesAnotherScheme({ claims: GAL, cell: 'gru' }, [...GAL, ...at('output', 0.1)]),
    caughtBy: 'sites-as-claimed',
  },
];
