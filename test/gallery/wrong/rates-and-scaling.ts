import { lockedDropout, naive, variational, zoneout } from 'keepgate';
import type { MaskRule } from '../../../src/masks/scheme.ts';
import type { SubjectCall } from '../../../src/verify/subject.ts';
import type { Wrong } from '../entry.ts';
import { HonestLayer, type Place } from '../honest.ts';

const GAL = variational({ input: 0.2, recurrent: 0.35 });

class ScaledByTheDropRate extends HonestLayer {
  protected override scale({ rate }: MaskRule): number {
    return 1 / rate;
  }
}

class Unscaled extends HonestLayer {
  protected override scale(): number {
    return 1;
  }
}

class ScaledThoughLiteral extends HonestLayer {
  protected override scale({ rate }: MaskRule): number {
    return 1 / (1 - rate);
  }
}

class AppliedTwice extends HonestLayer {
  protected override trainingFactor(rule: MaskRule, place: Place, call: SubjectCall): number {
    return super.trainingFactor(rule, place, call) ** 2;
  }
}

class TenPointsMore extends HonestLayer {
  protected override rate({ rate }: MaskRule): number {
    return rate + 0.1;
  }
}

class Clamped extends HonestLayer {
  protected override rate({ rate }: MaskRule): number {
    return Math.min(rate, 0.5);
  }
}

/** The rate is read as the probability to keep. */
class KeptAtTheDropRate extends HonestLayer {
  protected override rate({ rate }: MaskRule): number {
    return 1 - rate;
  }
}

/** Every site drops, scales and evaluates at the first one's rate. */
class ReadsTheFirstRate extends HonestLayer {
  protected override factor(...[site, place, call]: Parameters<HonestLayer['factor']>): number {
    const rule = this.ruleOf.get(site);
    if (!rule) return 1;
    const read = { ...rule, rate: this.rules[0]?.rate ?? 0 };
    return call.training ? this.trainingFactor(read, place, call) : this.evalFactor(read, place, call);
  }
}

/** Each of two sites has the other's rate. */
class SwappedRates extends HonestLayer {
  protected override factor(...[site, place, call]: Parameters<HonestLayer['factor']>): number {
    const rule = this.ruleOf.get(site);
    const other = this.rules.find((candidate) => candidate.site !== site);
    if (!rule || !other) return 1;
    const read = { ...rule, rate: other.rate };
    return call.training ? this.trainingFactor(read, place, call) : this.evalFactor(read, place, call);
  }
}

export const ratesAndScaling: readonly Wrong[] = [
  {
    name: 'scaled-by-the-drop-rate',
    group: 'ours',
    says: 'what is kept is divided by p, not by 1 - p',
    subject: () => new ScaledByTheDropRate({ claims: GAL }),
    caughtBy: 'scaling-as-claimed',
  },
  {
    name: 'unscaled-though-inverted',
    group: 'ours',
    says: 'nothing is scaled, in training or in evaluation (Flair drops words so)',
    subject: () => new Unscaled({ claims: GAL, cell: 'gru' }),
    caughtBy: 'scaling-as-claimed',
  },
  {
    name: 'scaled-though-literal',
    group: 'ours',
    says: 'what is kept is divided by 1 - p and evaluation is multiplied by it as well',
    subject: () => new ScaledThoughLiteral({ claims: [{ site: 'output', rate: 0.3, scaling: 'literal' }] }),
    caughtBy: 'scaling-as-claimed',
  },
  {
    name: 'mask-applied-twice',
    group: 'ours',
    says: 'an inverted mask is multiplied in twice, so that what is kept is scaled twice',
    subject: () => new AppliedTwice({ claims: lockedDropout({ output: 0.3 }), cell: 'rnn' }),
    caughtBy: 'scaling-as-claimed',
  },
  {
    name: 'zone-polarity-reversed',
    group: 'E5',
    says: 'a unit keeps its old state with the probability to take the new one (a gist of zoneout_theano.py)',
    subject: () => new KeptAtTheDropRate({ claims: zoneout({ hidden: 0.15, scope: 'step' }), cell: 'gru' }),
    caughtBy: 'rate-as-claimed',
  },
  {
    name: 'zone-rates-swapped',
    group: 'E5',
    says: "c is zoned out at h's rate and h at c's (zoneout_pmnist.py)",
    subject: () => new SwappedRates({ claims: zoneout({ cell: 0.5, hidden: 0.05, scope: 'step' }) }),
    caughtBy: 'rate-as-claimed',
  },
  {
    name: 'recurrent-reads-the-input-rate',
    group: 'E12',
    says: "the recurrent mask is drawn at the input's rate (Keras, SimpleRNN)",
    subject: () => new ReadsTheFirstRate({ claims: variational({ input: 0.15, recurrent: 0.45 }), cell: 'rnn' }),
    caughtBy: 'rate-as-claimed',
  },
  {
    name: 'rate-clamped',
    group: 'E2',
    says: 'a rate that is thought too large becomes another, silently (TensorFlow.js 4.22 and Keras clamp)',
    subject: () => new Clamped({ claims: variational({ recurrent: 0.65 }) }),
    caughtBy: 'rate-as-claimed',
  },
  {
    name: 'rate-a-tenth-too-high',
    group: 'ours',
    says: '0.35 is dropped where 0.25 is claimed',
    subject: () => new TenPointsMore({ claims: variational({ input: 0.25, recurrent: 0.25 }) }),
    caughtBy: 'rate-as-claimed',
  },
  {
    name: 'rate-is-the-keep-rate',
    group: 'ours',
    says: 'the rate is taken for the probability to keep',
    subject: () => new KeptAtTheDropRate({ claims: naive({ input: 0.2, output: 0.3 }) }),
    caughtBy: 'rate-as-claimed',
  },
];
