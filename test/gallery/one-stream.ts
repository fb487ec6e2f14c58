import type { MaskRule } from '../../src/masks/scheme.ts';
import type { SubjectCall } from '../../src/verify/subject.ts';
import { type Draw, HonestLayer, type LayerOptions, type Place } from './honest.ts';

/** In which order a call draws the entries of a site. */
export type DrawOrder =
  | 'all samples of a step, then the next step'
  | 'all steps of a sample, then the next sample'
  | 'all of a gate, then the next gate'
  | 'valid steps alone';

/**
 * An honest layer that draws its masks one after another from one generator for each call, site after site: so that which
 * numbers an entry gets depends on how many samples, steps and sites there are, and on nothing else.
 */
export class OneStream extends HonestLayer {
  private readonly order: DrawOrder;
  private lengths: readonly number[] = [];
  private time = 0;

  constructor({ order, ...options }: LayerOptions & { readonly order: DrawOrder }) {
    super(options);
    this.order = order;
  }

  override forward(x: number[][][], call: SubjectCall): number[][][] {
    this.time = x[0]?.length ?? 0;
    this.lengths = call.lengths ?? x.map(() => this.time);
    return super.forward(x, call);
  }

  protected override draw(rule: MaskRule, place: Place, call: SubjectCall): Draw {
    const own = super.draw(rule, place, call);
    const before = this.rules.slice(0, this.rules.indexOf(rule)).reduce((sum, one) => sum + this.count(one), 0);
    const unit = before + this.position(rule, own);
    return { seed: call.seed, stream: 'one', sample: 0, step: 0, gate: 0, unit };
  }

  /** How many entries a site has in this call. */
  private count(rule: MaskRule): number {
    const steps = rule.scope === 'step' ? this.time : 1;
    return steps * this.lengths.length * this.gates.length * this.width(rule);
  }

  private width({ site }: MaskRule): number {
    if (site === 'weight') return this.gates.length * this.hiddenSize ** 2;
    return site === 'input' ? this.inputSize : this.hiddenSize;
  }

  private position(rule: MaskRule, { gate, sample, step, unit }: Draw): number {
    const [samples, gates] = [this.lengths.length, this.gates.length];
    const steps = rule.scope === 'step' ? this.time : 1;
    const at = {
      'all samples of a step, then the next step': (step * samples + sample) * gates + gate,
      'all steps of a sample, then the next sample': (sample * steps + step) * gates + gate,
      'all of a gate, then the next gate': (gate * steps + step) * samples + sample,
      'valid steps alone': (rule.scope === 'step' ? this.validBefore(sample, step) : sample) * gates + gate,
    };
    return at[this.order] * this.width(rule) + unit;
  }

  /** How many steps of samples are valid before this one, in the order in which packed data has them. */
  private validBefore(sample: number, step: number): number {
    const earlier = this.lengths.reduce((sum, length) => sum + Math.min(length, step), 0);
    return earlier + this.lengths.slice(0, sample).filter((length) => length > step).length;
  }
}
