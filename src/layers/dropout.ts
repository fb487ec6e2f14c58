import { expectNoMore } from '../checks.ts';
import { kernel } from '../engines/kernel.ts';
import { resolveScheme, type Scope } from '../masks/scheme.ts';
import { expectKind } from './expect.ts';
import type { Layer } from './layer.ts';

export interface DropoutOptions {
  /** The probability to drop, in [0, 1). */
  readonly rate: number;
  /** On a sequence: one mask for all steps ('sequence', the default: locked dropout), or one per step ('step'). */
  readonly scope?: Scope;
}

/** Inverted dropout between layers, on a vector or a sequence (Srivastava et al. 2014; locked: Merity et al. 2017). */
export function dropout({ rate, scope = 'sequence', ...rest }: DropoutOptions): Layer {
  expectNoMore('dropout', rest);
  const scheme = resolveScheme([{ site: 'output', rate, scope }]);
  return {
    config: { type: 'dropout', rate, scope },
    takes: ['vector', 'sequence'],

    output(input) {
      expectKind('dropout', input, 'vector', 'sequence');
      return input;
    },

    weightShapes: () => ({}),
    initialise: () => ({}),

    run({ ops, plan, batch, time }, _, x) {
      const size = x.shape.at(-1) ?? 0;
      const { masks } = plan(scheme, 'output', { batch, time, inputSize: size, hiddenSize: size, gates: 1 });
      const factors = ops.uploadFactors(masks);
      const multiply = (values: typeof x): typeof x =>
        ops.run(outputFactor, { inputs: { x: values }, factors, batch }).y;
      return { y: multiply(x), backward: (dy) => ({ x: () => multiply(dy), weights: {} }) };
    },
  };
}

const outputFactor = kernel({
  name: 'outputFactor',
  inputs: { x: ['x'] },
  factors: { output: 0 },
  outputs: { y: ['y'] },
  body: (a, v) => ({ y: a.mul(v.x, v.output) }),
});
