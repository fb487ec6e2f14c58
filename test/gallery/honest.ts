import type { SchemeLike, Site } from 'keepgate';
import { type MaskRule, rulesAt } from '../../src/masks/scheme.ts';
import { SITES } from '../../src/masks/sites.ts';
import type { Subject, SubjectCall, SubjectWeights } from '../../src/verify/subject.ts';
import { dot, product, sigmoid, sum, uniform, zeros } from './numbers.ts';

/** The state of one sample, [H] each. Only the LSTM uses c. */
export interface State {
  readonly h: readonly number[];
  readonly c: readonly number[];
}

/** What a step gives: what it hands on, and what it carries. */
export interface Step extends State {
  readonly y: readonly number[];
}

/** One entry of one mask. For the site `weight`, `unit` counts through U row by row. */
export interface Place {
  readonly sample: number;
  readonly step: number;
  readonly gate: number;
  readonly unit: number;
}

/** All that the draw of an entry depends on. */
export interface Draw extends Place {
  readonly seed: number;
  readonly stream: string;
}

/** The factor of a site at a unit, for the sample and the step that it was made for. */
export type FactorOf = (site: Site, unit: number, gate?: number) => number;

export type LayerOptions = Partial<Pick<Subject, 'name' | 'cell' | 'resetAfter' | 'inputSize' | 'hiddenSize'>> &
  Pick<Subject, 'claims'>;

/**
 * A recurrent layer with dropout at all eight sites, written in the most ordinary way: numbers, loops, and none of
 * keepgate's masks, cells or engines. The wrong implementations of the gallery each override one of its parts.
 */
export class HonestLayer implements Subject {
  readonly name: string;
  readonly cell: Subject['cell'];
  readonly resetAfter?: boolean;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly claims: SchemeLike;
  protected readonly rules: readonly MaskRule[];
  protected readonly ruleOf: ReadonlyMap<Site, MaskRule>;
  protected weights: SubjectWeights = { weight_ih: [], weight_hh: [], bias_ih: [], bias_hh: [] };

  constructor({ claims, cell = 'lstm', resetAfter, inputSize = 4, hiddenSize = 4, name }: LayerOptions) {
    this.name = name ?? `${new.target.name} (${cell}${resetAfter === false ? ', reset before' : ''})`;
    this.cell = cell;
    if (resetAfter !== undefined) this.resetAfter = resetAfter;
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.claims = claims;
    this.rules = rulesAt(claims, 0);
    this.ruleOf = new Map(this.rules.map((rule) => [rule.site, rule]));
  }

  setWeights(weights: SubjectWeights): void {
    this.weights = weights;
  }

  forward(x: number[][][], call: SubjectCall): number[][][] {
    return x.map((steps, sample) => this.run(steps, sample, call));
  }

  // --- the loop over time ---

  /** x [T][I] of one sample to y [T][H]: 0 past its length. */
  protected run(x: readonly number[][], sample: number, call: SubjectCall): number[][] {
    const length = call.lengths?.[sample] ?? x.length;
    let state = this.start(sample);
    return x.map((now, step) => {
      if (step >= length) return zeros(this.hiddenSize);
      const { y, h, c } = this.step(now, state, (site, unit, gate = 0) =>
        this.factor(site, { sample, step, gate, unit }, call),
      );
      state = { h, c };
      return [...y];
    });
  }

  protected start(_sample: number): State {
    return { h: zeros(this.hiddenSize), c: zeros(this.hiddenSize) };
  }

  // --- masks: drawn by counter, so that an entry depends on its own place alone ---

  protected factor(site: Site, place: Place, call: SubjectCall): number {
    const rule = this.ruleOf.get(site);
    if (!rule) return 1;
    return call.training ? this.trainingFactor(rule, place, call) : this.evalFactor(rule, place, call);
  }

  protected trainingFactor(rule: MaskRule, place: Place, call: SubjectCall): number {
    return this.value(rule, place, call) * this.scale(rule);
  }

  protected evalFactor({ site, scaling, rate }: MaskRule, _place: Place, _call: SubjectCall): number {
    return SITES[site].kind === 'multiplies' && scaling !== 'literal' ? 1 : 1 - rate;
  }

  protected scale({ site, scaling, distribution, rate }: MaskRule): number {
    const isScaled = SITES[site].kind === 'multiplies' && scaling === 'inverted' && distribution !== 'gaussian';
    return isScaled ? 1 / (1 - rate) : 1;
  }

  /** 1 keeps and 0 drops; other distributions have other numbers. */
  protected value(rule: MaskRule, place: Place, call: SubjectCall): number {
    const { seed, stream, gate, sample, step, unit } = this.draw(rule, place, call);
    const u = uniform(seed, stream, [gate, sample, step, unit]);
    const odds = rule.rate / (1 - rule.rate);
    if (rule.distribution === 'bernoulli') return u < this.rate(rule) ? 0 : 1;
    if (rule.distribution === 'gaussian') {
      const angle = 2 * Math.PI * uniform(seed, `${stream} angle`, [gate, sample, step, unit]);
      return 1 + Math.sqrt(-2 * odds * Math.log(1 - u)) * Math.cos(angle);
    }
    return sigmoid(-(Math.log(odds) + Math.log(u / (1 - u))) / rule.distribution.temperature);
  }

  protected rate(rule: MaskRule): number {
    return rule.rate;
  }

  /** What the entry at a place depends on: 0 along every axis that it is shared along. */
  protected draw({ site, stream, tied, scope, shared }: MaskRule, place: Place, { seed }: SubjectCall): Draw {
    const ofUnit = site === 'weight' ? Math.floor(place.unit / this.hiddenSize) : 0;
    return {
      seed,
      stream,
      sample: site === 'weight' || shared.includes('batch') ? 0 : place.sample,
      step: scope === 'step' ? place.step : 0,
      gate: tied ? 0 : place.gate,
      unit: shared.includes('unit') ? ofUnit : place.unit,
    };
  }

  // --- one step: see src/cells/*.ts for the equations ---

  protected step(x: readonly number[], state: State, f: FactorOf): Step {
    const next = this[this.cell](x, state, f);
    return { ...next, y: next.h.map((h, j) => h * f('output', j)) };
  }

  protected lstm(x: readonly number[], { h, c }: State, f: FactorOf): State {
    const a = this.byGate(sum(this.fromInput(x, f), this.fromState(h, f)));
    const cNew = c.map((old, j) => {
      const update = sigmoid(a(0, j)) * Math.tanh(a(2, j)) * f('update', j);
      return (sigmoid(a(1, j)) * old + update) * f('memory', j);
    });
    const hNew = cNew.map((value, j) => sigmoid(a(3, j)) * Math.tanh(value));
    return { h: blend(hNew, h, f, 'zoneHidden'), c: blend(cNew, c, f, 'zoneCell') };
  }

  protected gru(x: readonly number[], { h, c }: State, f: FactorOf): State {
    const a = this.byGate(this.fromInput(x, f));
    const b = this.byGate(this.fromState(h, f));
    const r = h.map((_, j) => sigmoid(a(0, j) + b(0, j)));
    const reset = this.resetAfter !== false ? b : this.byGate(this.fromState(product(r, h), f));
    const hNew = h.map((old, j) => {
      const z = sigmoid(a(1, j) + b(1, j));
      const n = Math.tanh(a(2, j) + (this.resetAfter !== false ? (r[j] as number) : 1) * reset(2, j));
      return (1 - z) * n * f('update', j) + z * this.carried(old, j, f);
    });
    return { h: blend(hNew, h, f, 'zoneHidden'), c };
  }

  /** What the GRU's gate z keeps of a unit. */
  protected carried(old: number, _unit: number, _f: FactorOf): number {
    return old;
  }

  protected rnn(x: readonly number[], { h, c }: State, f: FactorOf): State {
    const hNew = sum(this.fromInput(x, f), this.fromState(h, f)).map((a, j) => Math.tanh(a) * f('update', j));
    return { h: blend(hNew, h, f, 'zoneHidden'), c };
  }

  /** W (x ⊙ input) + b_ih, [G*H] */
  protected fromInput(x: readonly number[], f: FactorOf): number[] {
    const { weight_ih, bias_ih } = this.weights;
    const masked = this.gates.map((gate) => x.map((value, i) => value * f('input', i, gate)));
    return weight_ih.map((row, k) => dot(row, this.ofRow(masked, k)) + (bias_ih[k] as number));
  }

  /** (U ⊙ weight) (h ⊙ recurrent) + b_hh, [G*H] */
  protected fromState(h: readonly number[], f: FactorOf): number[] {
    const { weight_hh, bias_hh } = this.weights;
    const masked = this.gates.map((gate) => h.map((value, j) => value * f('recurrent', j, gate)));
    return weight_hh.map((row, k) => {
      const dropped = row.map((u, j) => u * f('weight', k * this.hiddenSize + j));
      return dot(dropped, this.ofRow(masked, k)) + (bias_hh[k] as number);
    });
  }

  protected get gates(): readonly number[] {
    return { lstm: [0, 1, 2, 3], gru: [0, 1, 2], rnn: [0] }[this.cell];
  }

  /** What belongs to the gate that row k of a weight is of. */
  protected ofRow<V>(perGate: readonly V[], k: number): V {
    return perGate[Math.floor(k / this.hiddenSize)] as V;
  }

  protected byGate(values: readonly number[]): (gate: number, unit: number) => number {
    return (gate, unit) => values[gate * this.hiddenSize + unit] as number;
  }
}

/** [zone | new, old]: the factor's share of the new state, the rest of the old one. */
export function blend(
  fresh: readonly number[],
  old: readonly number[],
  f: FactorOf,
  zone: 'zoneCell' | 'zoneHidden',
): number[] {
  return fresh.map((value, j) => {
    const keep = f(zone, j);
    return keep * value + (1 - keep) * (old[j] as number);
  });
}
