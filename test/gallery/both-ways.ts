import type { Subject, SubjectCall, SubjectWeights } from '../../src/verify/subject.ts';
import { HonestLayer, type LayerOptions } from './honest.ts';

/** Two honest layers, of which one reads each sample from its last valid step to its first: y is [B][T][2H]. */
export class BothWays implements Subject {
  readonly name: string;
  readonly cell: Subject['cell'];
  readonly resetAfter?: boolean;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly claims: Subject['claims'];
  readonly bidirectional = true;
  private readonly ahead: HonestLayer;
  private readonly back: HonestLayer;

  constructor(options: LayerOptions) {
    this.ahead = new HonestLayer(options);
    this.back = new HonestLayer(options);
    this.name = `${this.ahead.name}, ${new.target.name}`;
    this.cell = this.ahead.cell;
    if (this.ahead.resetAfter !== undefined) this.resetAfter = this.ahead.resetAfter;
    this.inputSize = this.ahead.inputSize;
    this.hiddenSize = this.ahead.hiddenSize;
    this.claims = this.ahead.claims;
  }

  setWeights(weights: SubjectWeights, reverse: SubjectWeights): void {
    this.ahead.setWeights(weights);
    this.back.setWeights(reverse);
  }

  forward(x: number[][][], call: SubjectCall): number[][][] {
    const lengths = this.validSteps(x, call);
    const turn = (samples: number[][][]): number[][][] =>
      samples.map((steps, b) => [...steps.slice(0, lengths[b]).reverse(), ...steps.slice(lengths[b])]);
    const ahead = this.ahead.forward(x, call);
    const back = turn(this.back.forward(turn(x), { ...call, seed: this.reverseSeed(call.seed) }));
    return ahead.map((steps, b) => steps.map((row, t) => [...row, ...((back[b] as number[][])[t] as number[])]));
  }

  protected validSteps(x: number[][][], { lengths }: SubjectCall): readonly number[] {
    return lengths ?? x.map((steps) => steps.length);
  }

  protected reverseSeed(seed: number): number {
    return seed + 2 ** 40;
  }
}
