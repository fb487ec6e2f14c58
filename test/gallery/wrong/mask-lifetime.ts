import { lockedDropout, variational, zoneout } from 'keepgate';
import type { MaskRule } from '../../../src/masks/scheme.ts';
import type { SubjectCall } from '../../../src/verify/subject.ts';
import type { Wrong } from '../entry.ts';
import { type Draw, type FactorOf, HonestLayer, type Place, type State, type Step } from '../honest.ts';

const GAL = variational({ input: 0.2, recurrent: 0.35 });

/** The cell keeps what the first call made, a mask or no mask, as nothing ever clears it. */
class FirstCallForEver extends HonestLayer {
  private first: SubjectCall | undefined;

  override forward(x: number[][][], call: SubjectCall): number[][][] {
    this.first ??= call;
    return super.forward(x, { ...call, training: this.first.training, seed: this.first.seed });
  }
}

/** Once a training call has made a mask, evaluation applies it as well. */
class DropsAfterTraining extends HonestLayer {
  private trained: number | undefined;

  override forward(x: number[][][], call: SubjectCall): number[][][] {
    if (call.training) this.trained = call.seed;
    return super.forward(x, { ...call, training: this.trained !== undefined, seed: this.trained ?? call.seed });
  }
}

/** Once an evaluation has found no mask to make, training makes none either. */
class NeverDropsAfterEvaluation extends HonestLayer {
  private evaluated = false;

  override forward(x: number[][][], call: SubjectCall): number[][][] {
    this.evaluated ||= !call.training;
    return super.forward(x, { ...call, training: !this.evaluated });
  }
}

/** The kept mask has the first batch's rows. */
class ThrowsOnAnotherBatch extends HonestLayer {
  private rows: number | undefined;

  override forward(x: number[][][], call: SubjectCall): number[][][] {
    this.rows ??= x.length;
    if (x.length !== this.rows) throw new RangeError(`cannot broadcast ${this.rows} rows to ${x.length}`);
    return super.forward(x, call);
  }
}

/** The first batch's mask serves for all later ones. */
class FirstMaskReused extends HonestLayer {
  private first: number | undefined;

  protected override draw(rule: MaskRule, place: Place, call: SubjectCall): Draw {
    this.first ??= call.seed;
    return super.draw(rule, place, { ...call, seed: this.first });
  }
}

/** Masks are drawn with the layer. */
class DrawnAtConstruction extends HonestLayer {
  protected override draw(rule: MaskRule, place: Place, call: SubjectCall): Draw {
    return super.draw(rule, place, { ...call, seed: 1 });
  }
}

/** One mask for all samples, drawn with the layer. */
class RowDrawnAtConstruction extends DrawnAtConstruction {
  protected override draw(rule: MaskRule, place: Place, call: SubjectCall): Draw {
    return { ...super.draw(rule, place, call), sample: 0 };
  }
}

/** A new mask comes with the switch from evaluation to training, and only then. */
class KeptUntilTrainIsCalled extends HonestLayer {
  private drawn: number | undefined;

  override forward(x: number[][][], call: SubjectCall): number[][][] {
    if (!call.training) this.drawn = undefined;
    else this.drawn ??= call.seed;
    return super.forward(x, { ...call, seed: this.drawn ?? call.seed });
  }
}

/** A seed is taken, and a generator of the library's own is asked. */
class SeedIgnored extends HonestLayer {
  private calls = 0;

  override forward(x: number[][][], call: SubjectCall): number[][][] {
    this.calls++;
    return super.forward(x, { ...call, seed: this.calls });
  }
}

/** Evaluation draws masks that it does not use, so training draws others afterwards. */
class EvaluationMovesTheGenerator extends HonestLayer {
  private evaluations = 0;

  override forward(x: number[][][], call: SubjectCall): number[][][] {
    if (!call.training) this.evaluations++;
    return super.forward(x, { ...call, seed: call.seed + this.evaluations });
  }
}

/** A call begins where the last one ended. */
class StateIsKept extends HonestLayer {
  private readonly last: Step[] = [];
  private sample = 0;

  protected override start(sample: number): State {
    this.sample = sample;
    return this.last[sample] ?? super.start(sample);
  }

  protected override step(x: readonly number[], state: State, f: FactorOf): Step {
    const next = super.step(x, state, f);
    this.last[this.sample] = next;
    return next;
  }
}

export const maskLifetime: readonly Wrong[] = [
  {
    name: 'first-call-for-ever',
    group: 'E2',
    says: 'what the first call made, a mask or none, is never reset (TensorFlow.js 4.22, rnn({ cell }) and stacked cells)',
    subject: () => new FirstCallForEver({ claims: GAL }),
    caughtBy: 'masks-are-fresh',
  },
  {
    name: 'drops-in-evaluation-after-training',
    group: 'E2',
    says: "evaluation uses the last training call's mask (TensorFlow.js 4.22, rnn({ cell }))",
    subject: () => new DropsAfterTraining({ claims: GAL, cell: 'gru' }),
    caughtBy: 'calls-leave-no-trace',
  },
  {
    name: 'never-drops-after-evaluation',
    group: 'E2',
    says: 'one evaluation turns dropout off for good (TensorFlow.js 4.22, rnn({ cell }))',
    subject: () => new NeverDropsAfterEvaluation({ claims: GAL }),
    caughtBy: 'sites-as-claimed',
  },
  {
    name: 'another-batch-size-throws',
    group: 'E2',
    says: 'the mask of 2 rows that was kept meets a batch of 3 (TensorFlow.js 4.22, rnn({ cell }))',
    subject: () => new ThrowsOnAnotherBatch({ claims: GAL }),
    caughtBy: 'calls-leave-no-trace',
  },
  {
    name: 'seed-is-ignored',
    group: 'E2',
    says: 'a seed is taken and not used (TensorFlow.js 4.22)',
    subject: () => new SeedIgnored({ claims: GAL }),
    caughtBy: 'seed-reproduces',
  },
  {
    name: 'row-drawn-at-construction',
    group: 'E9',
    says: 'one mask of a row for all samples, drawn when the layer is made (lstms.pth)',
    subject: () => new RowDrawnAtConstruction({ claims: variational({ recurrent: 0.35 }) }),
    caughtBy: 'samples-differ',
  },
  {
    name: 'drawn-with-the-graph',
    group: 'E10',
    says: 'the mask is drawn when the graph is built, once and for all (mac-network)',
    subject: () => new DrawnAtConstruction({ claims: lockedDropout({ output: 0.3 }), cell: 'rnn' }),
    caughtBy: 'masks-are-fresh',
  },
  {
    name: 'kept-until-train-is-called',
    group: 'E10',
    says: 'the mask stays until the model is switched to training again (rust-lstm)',
    subject: () => new KeptUntilTrainIsCalled({ claims: GAL }),
    caughtBy: 'masks-are-fresh',
  },
  {
    name: 'first-mask-reused',
    group: 'E12',
    says: "every batch gets the first one's mask (TensorFlow 2.0 GRU and LSTM, eager DropoutWrapper)",
    subject: () => new FirstMaskReused({ claims: GAL, cell: 'gru' }),
    caughtBy: 'masks-are-fresh',
  },
  {
    name: 'frozen-zones',
    group: 'ours',
    says: 'the zones of every call are those that were drawn with the layer',
    subject: () => new DrawnAtConstruction({ claims: zoneout({ hidden: 0.15, scope: 'step' }), cell: 'gru' }),
    caughtBy: 'masks-are-fresh',
  },
  {
    name: 'evaluation-moves-the-generator',
    group: 'ours',
    says: 'masks are drawn in evaluation too, so that training draws others after it (Keras 3)',
    subject: () => new EvaluationMovesTheGenerator({ claims: GAL }),
    caughtBy: 'calls-leave-no-trace',
  },
  {
    name: 'state-is-kept',
    group: 'ours',
    says: "a call begins with the last call's state",
    subject: () => new StateIsKept({ claims: GAL }),
    caughtBy: 'calls-leave-no-trace',
  },
];
