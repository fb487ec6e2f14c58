import { lockedDropout, type Scheme, variational, weightDrop } from 'keepgate';
import type { MaskRule } from '../../../src/masks/scheme.ts';
import type { SubjectCall, SubjectWeights } from '../../../src/verify/subject.ts';
import type { Wrong } from '../entry.ts';
import { HonestLayer, type Place } from '../honest.ts';

const LITERAL: Scheme = [{ site: 'output', rate: 0.2, scaling: 'literal' }];

class DropsInEvaluation extends HonestLayer {
  protected override evalFactor(rule: MaskRule, place: Place, call: SubjectCall): number {
    return this.trainingFactor(rule, place, call);
  }
}

class DropsInputInEvaluation extends HonestLayer {
  protected override evalFactor(rule: MaskRule, place: Place, call: SubjectCall): number {
    return rule.site === 'input' ? this.trainingFactor(rule, place, call) : super.evalFactor(rule, place, call);
  }
}

class EvaluatesTimesTheDropRate extends HonestLayer {
  protected override evalFactor({ rate }: MaskRule): number {
    return rate;
  }
}

class EvaluatesUnscaled extends HonestLayer {
  protected override evalFactor(): number {
    return 1;
  }
}

class ScalesOnBothSides extends HonestLayer {
  protected override evalFactor({ rate }: MaskRule): number {
    return 1 - rate;
  }
}

/** What is dropped stays dropped: the raw weights are written over. */
class OverwritesItsWeights extends HonestLayer {
  override setWeights(weights: SubjectWeights): void {
    super.setWeights({ ...weights, weight_hh: weights.weight_hh.map((row) => [...row]) });
  }

  override forward(x: number[][][], call: SubjectCall): number[][][] {
    const y = super.forward(x, call);
    const [rule] = this.rules;
    if (rule && call.training) {
      for (const [k, row] of this.weights.weight_hh.entries()) {
        for (const j of row.keys()) {
          const place = { sample: 0, step: 0, gate: 0, unit: k * this.hiddenSize + j };
          row[j] = (row[j] as number) * this.value(rule, place, call);
        }
      }
    }
    return y;
  }
}

/** The forget gate's bias of 1 is in the weights that come, and is added once more. */
class AddsTheForgetBiasAgain extends HonestLayer {
  override setWeights(weights: SubjectWeights): void {
    const isForget = (k: number): boolean => Math.floor(k / this.hiddenSize) === 1;
    super.setWeights({ ...weights, bias_hh: weights.bias_hh.map((bias, k) => bias + (isForget(k) ? 1 : 0)) });
  }
}

export const evaluation: readonly Wrong[] = [
  {
    name: 'evaluates-times-the-drop-rate',
    group: 'E3',
    says: 'evaluation multiplies by p; 1 - p was meant (brain.js)',
    subject: () => new EvaluatesTimesTheDropRate({ claims: LITERAL }),
    caughtBy: 'evaluation-is-the-mean',
  },
  {
    name: 'overwrites-its-weights',
    group: 'E8',
    says: 'weight drop writes its zeros into the raw weights, where they stay (Better_LSTM)',
    subject: () => new OverwritesItsWeights({ claims: weightDrop({ recurrent: 0.4 }) }),
    caughtBy: 'calls-leave-no-trace',
  },
  {
    name: 'forget-bias-twice',
    group: 'E8',
    says: "1 is added to the forget gate's bias, which has it already (Better_LSTM)",
    subject: () => new AddsTheForgetBiasAgain({ claims: variational({ recurrent: 0.35 }) }),
    caughtBy: 'cell-as-claimed',
  },
  {
    name: 'drops-weights-in-evaluation',
    group: 'E10',
    says: 'the mask is active in evaluation (AWD-LSTM, variational=True)',
    subject: () => new DropsInEvaluation({ claims: weightDrop({ recurrent: 0.4 }) }),
    caughtBy: 'evaluation-draws-nothing',
  },
  {
    name: 'drops-input-in-evaluation',
    group: 'E13',
    says: 'x is dropped in evaluation too (Keras, the cuDNN path)',
    subject: () => new DropsInputInEvaluation({ claims: variational({ input: 0.2, recurrent: 0.35 }), cell: 'gru' }),
    caughtBy: 'evaluation-draws-nothing',
  },
  {
    name: 'literal-evaluates-unscaled',
    group: 'ours',
    says: 'nothing is scaled in training, and evaluation does not multiply by 1 - p',
    subject: () => new EvaluatesUnscaled({ claims: LITERAL, cell: 'rnn' }),
    caughtBy: 'evaluation-is-the-mean',
  },
  {
    name: 'scales-on-both-sides',
    group: 'ours',
    says: 'training divides by 1 - p and evaluation multiplies by it',
    subject: () => new ScalesOnBothSides({ claims: lockedDropout({ output: 0.3 }), cell: 'gru' }),
    caughtBy: 'evaluation-is-the-mean',
  },
];
