import type { Algebra } from '../engines/kernel.ts';
import type { Cell } from './cell.ts';

/**
 * Functions on each number, which cells and `dense` apply. Two have the name hard_sigmoid elsewhere: 'hardSigmoid' is
 * x / 6 + 0.5, as in Keras 3 and PyTorch, and 'hardSigmoid0.2' is 0.2 x + 0.5, as in Keras 2, TensorFlow.js and by
 * default in ONNX, both cut off at 0 and 1.
 */
export type ElementwiseActivation = 'linear' | 'relu' | 'tanh' | 'sigmoid' | 'hardSigmoid' | 'hardSigmoid0.2';

/** An activation as maths for kernels. */
export interface ActivationFormula {
  value<V>(algebra: Algebra<V>, x: V): V;
  /** By its argument, from y, the value there: a kernel saves values, and no arguments. Where there is a corner, it is 0. */
  derivative<V>(algebra: Algebra<V>, y: V): V;
}

export const ACTIVATIONS: Readonly<Record<ElementwiseActivation, ActivationFormula>> = {
  linear: {
    value: (_, x) => x,
    derivative: ({ constant }) => constant(1),
  },
  relu: {
    value: atLeastZero,
    derivative: ({ constant, greater }, y) => greater(y, constant(0)),
  },
  tanh: {
    value: ({ tanh }, x) => tanh(x),
    derivative: ({ constant, sub, mul }, y) => sub(constant(1), mul(y, y)),
  },
  sigmoid: {
    value: ({ sigmoid }, x) => sigmoid(x),
    derivative: ({ constant, sub, mul }, y) => mul(y, sub(constant(1), y)),
  },
  hardSigmoid: hardSigmoid(1 / 6),
  'hardSigmoid0.2': hardSigmoid(0.2),
};

/** max(0, x); NaN stays, and what is -Infinity is 0 as well. */
function atLeastZero<V>({ constant, greater, blend }: Algebra<V>, x: V): V {
  const zero = constant(0);
  return blend(greater(zero, x), zero, x);
}

function hardSigmoid(slope: number): ActivationFormula {
  return {
    value(algebra, x) {
      const { constant, add, mul, greater, blend } = algebra;
      const one = constant(1);
      const line = atLeastZero(algebra, add(mul(x, constant(slope)), constant(0.5)));
      return blend(greater(line, one), one, line);
    },
    derivative({ constant, mul, greater }, y) {
      return mul(constant(slope), mul(greater(y, constant(0)), greater(constant(1), y)));
    },
  };
}

/** The activations of a cell, in Keras' terms. */
export interface CellActivations {
  /** Of what is new: n of the RNN and the GRU, g of the LSTM and what its gate o lets out of c. */
  readonly activation: ElementwiseActivation;
  /** Of the gates: i, f, o of the LSTM and r, z of the GRU. */
  readonly recurrentActivation: ElementwiseActivation;
}

/** Those of a cell that is told nothing else. */
export const USUAL: CellActivations = { activation: 'tanh', recurrentActivation: 'sigmoid' };

/** The same as maths. */
export interface CellFormulas {
  readonly value: ActivationFormula;
  readonly gate: ActivationFormula;
}

/**
 * A cell for each choice of activations. Each is made once: what an engine compiles belongs to the kernels of a cell.
 * @param traits what its name says in brackets, before what is unusual
 */
export function variantsOf(
  name: string,
  traits: readonly string[],
  make: (name: string, formulas: CellFormulas) => Cell,
): (activations: CellActivations) => Cell {
  const made = new Map<string, Cell>();
  return ({ activation, recurrentActivation }) => {
    const unusual = [
      ...traits,
      ...(activation === USUAL.activation ? [] : [activation]),
      ...(recurrentActivation === USUAL.recurrentActivation ? [] : [`gates ${recurrentActivation}`]),
    ];
    const full = unusual.length === 0 ? name : `${name} (${unusual.join(', ')})`;
    const found =
      made.get(full) ?? make(full, { value: ACTIVATIONS[activation], gate: ACTIVATIONS[recurrentActivation] });
    made.set(full, found);
    return found;
  };
}
