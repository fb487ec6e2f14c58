import type { CellActivations } from '../../../cells/activations.ts';
import { activated } from './activated.ts';
import type { GraphBuilder } from './graph-builder.ts';

/** A factor as a step of a lane has it: for all gates, or one for each. */
export type StepFactor = { readonly tied: string } | { readonly gates: readonly string[] };

/** What a step is made of, by the names of values. */
export interface Step {
  /** x_t Wᵀ + b_ih, [B, G*H] */
  readonly input: string;
  /** The state before it: [B,H] each. */
  readonly state: Readonly<Record<string, string>>;
  /** Uᵀ [H, G*H], whole and by gate; b_hh by gate, if there is one. */
  readonly recurrent: string;
  readonly recurrentOf: readonly string[];
  readonly bias: string | undefined;
  readonly biasOf: readonly string[];
  readonly factors: Readonly<Record<string, StepFactor>>;
  /** 1 where a step of a sample is valid, [B,1]; all are when left out. */
  readonly live: string | undefined;
}

/** y [B,H], zero past a sample's length, and the state, which is held there. */
export interface StepResult {
  readonly y: string;
  readonly state: Readonly<Record<string, string>>;
}

/** The equations of src/cells as nodes, with all of their sites. */
export class StepBody {
  readonly #graph: GraphBuilder;
  readonly #step: Step;
  readonly #activations: CellActivations;
  readonly #gates: number;

  constructor(graph: GraphBuilder, step: Step, activations: CellActivations, gates: number) {
    this.#graph = graph;
    this.#step = step;
    this.#activations = activations;
    this.#gates = gates;
  }

  lstm(): StepResult {
    const { h = '', c = '' } = this.#step.state;
    const [i = '', f = '', g = '', o = ''] = this.#split(this.#sum(this.#step.input, this.#product(h)));
    const kept = this.#mul(this.#gate(f), c);
    const added = this.#mul(this.#gate(i), this.#at('update', this.#value(g)));
    const next = this.#at('memory', this.#sum(kept, added));
    const zoned = this.#zone('zoneCell', next, c);
    const result = this.#hidden(this.#mul(this.#gate(o), this.#value(next)), h);
    return { y: result.y, state: { h: result.h, c: this.#held(zoned, c) } };
  }

  gru(): StepResult {
    const { h = '' } = this.#step.state;
    const [ar = '', az = '', an = ''] = this.#split(this.#step.input);
    const [br = '', bz = '', bn = ''] = this.#split(this.#product(h));
    const [r, z] = [this.#gate(this.#sum(ar, br)), this.#gate(this.#sum(az, bz))];
    return this.#update(z, this.#value(this.#sum(an, this.#mul(r, bn))), h);
  }

  gruResetBefore(): StepResult {
    const { h = '' } = this.#step.state;
    const [ar = '', az = '', an = ''] = this.#split(this.#step.input);
    const [r, z] = [ar, az].map((a, gate) => this.#gate(this.#sum(a, this.#productOf(gate, this.#masked(h, gate)))));
    const bn = this.#productOf(2, this.#mul(r as string, this.#masked(h, 2)));
    return this.#update(z as string, this.#value(this.#sum(an, bn)), h);
  }

  rnn(): StepResult {
    const { h = '' } = this.#step.state;
    const n = this.#value(this.#sum(this.#step.input, this.#product(h)));
    const result = this.#hidden(this.#at('update', n), h);
    return { y: result.y, state: { h: result.h } };
  }

  /** (1 - z) (n update) + z h' */
  #update(z: string, n: string, h: string): StepResult {
    const fresh = this.#mul(this.#graph.node('Sub', [this.#graph.number(1), z]), this.#at('update', n));
    const result = this.#hidden(this.#sum(fresh, this.#mul(z, h)), h);
    return { y: result.y, state: { h: result.h } };
  }

  #hidden(next: string, old: string): { readonly y: string; readonly h: string } {
    const zoned = this.#zone('zoneHidden', next, old);
    const out = this.#at('output', zoned);
    const { live } = this.#step;
    return { y: live === undefined ? out : this.#mul(out, live), h: this.#held(zoned, old) };
  }

  /** keep new + (1 - keep) old */
  #zone(site: string, next: string, old: string): string {
    const factor = this.#step.factors[site];
    return factor && 'tied' in factor ? this.#blend(factor.tied, next, old) : next;
  }

  #held(next: string, old: string): string {
    const { live } = this.#step;
    return live === undefined ? next : this.#blend(live, next, old);
  }

  #blend(keep: string, next: string, old: string): string {
    const rest = this.#graph.node('Sub', [this.#graph.number(1), keep]);
    return this.#sum(this.#mul(keep, next), this.#mul(rest, old));
  }

  /** The value times the factor of a site, if it has one. */
  #at(site: string, value: string): string {
    const factor = this.#step.factors[site];
    return factor && 'tied' in factor ? this.#mul(value, factor.tied) : value;
  }

  /** h' under the site `recurrent`, as it enters the product of a gate. */
  #masked(h: string, gate: number): string {
    const { recurrent: factor } = this.#step.factors;
    if (!factor) return h;
    return this.#mul(h, 'tied' in factor ? factor.tied : (factor.gates[gate] as string));
  }

  /** (h' recurrent) Uᵀ + b_hh, [B, G*H] */
  #product(h: string): string {
    const { recurrent: factor } = this.#step.factors;
    const { recurrent, bias } = this.#step;
    if (!factor || 'tied' in factor)
      return this.#sum(this.#graph.node('MatMul', [this.#masked(h, 0), recurrent]), bias);
    const parts = Array.from({ length: this.#gates }, (_, gate) => this.#productOf(gate, this.#masked(h, gate)));
    return this.#graph.node('Concat', parts, { axis: 1 });
  }

  #productOf(gate: number, entering: string): string {
    const { recurrentOf, biasOf } = this.#step;
    return this.#sum(this.#graph.node('MatMul', [entering, recurrentOf[gate] as string]), biasOf[gate]);
  }

  #split(all: string): readonly string[] {
    return this.#gates === 1 ? [all] : this.#graph.nodeOf('Split', [all], this.#gates, { axis: 1 });
  }

  #sum(a: string, b: string | undefined): string {
    return b === undefined ? a : this.#graph.node('Add', [a, b]);
  }

  #mul(a: string, b: string): string {
    return this.#graph.node('Mul', [a, b]);
  }

  #gate(x: string): string {
    return activated(this.#graph, x, this.#activations.recurrentActivation);
  }

  #value(x: string): string {
    return activated(this.#graph, x, this.#activations.activation);
  }
}
