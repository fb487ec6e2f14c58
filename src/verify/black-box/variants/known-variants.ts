import type { ElementwiseActivation } from '../../../cells/activations.ts';
import type { CellClaim, SubjectWeights } from '../../subject.ts';
import {
  type Activations,
  activationNames,
  type CellForm,
  type CellKind,
  type Fault,
  formOf,
  GATES,
  kindOf,
  LSTM,
  PLAIN_ACTIVATIONS,
} from '../decoding/cell-step.ts';

/** A cell that is taken for the claimed one elsewhere. */
export interface Variant {
  /** In words, each thing in which it differs from the claimed cell. */
  readonly differences: readonly string[];
  readonly kind: CellKind;
  readonly form: CellForm;
  /** The weights with which the equations of `kind` and `form` do what it does with these. */
  effective(weights: SubjectWeights): SubjectWeights;
  /** The weights to give it, so that it does what those equations do with these. */
  adapted(weights: SubjectWeights): SubjectWeights;
}

/** One thing in which a cell may differ, or none. */
type Change = Partial<Omit<Variant, 'differences' | 'form'>> & {
  readonly says?: string;
  readonly activations?: Activations;
  readonly fault?: Fault;
};

/** All that are known of a cell, those that differ least first. The first is the cell itself. */
export function knownVariants(subject: CellClaim): readonly Variant[] {
  const kind = kindOf(subject);
  const lists = [ordersOf(kind), activationsOf(subject), resetsOf(kind), othersOf(kind)];
  const combined = lists.reduce<Change[][]>(
    (all, list) => all.flatMap((changes) => [NONE, ...list].map((change) => [...changes, change])),
    [[]],
  );
  return combined
    .map((changes) => variantOf(kind, formOf(subject).activations, changes))
    .sort((a, b) => a.differences.length - b.differences.length);
}

const NONE: Change = {};

function variantOf(kind: CellKind, claimed: Activations, changes: readonly Change[]): Variant {
  const inTurn = (name: 'effective' | 'adapted', weights: SubjectWeights, order: readonly Change[]): SubjectWeights =>
    order.reduce((given, change) => change[name]?.(given) ?? given, weights);
  return {
    differences: changes.flatMap(({ says }) => says ?? []),
    kind: changes.reduce((so, change) => change.kind ?? so, kind),
    form: {
      activations: changes.reduce((so, { activations }) => activations ?? so, claimed),
      fault: changes.reduce<Fault | null>((so, { fault }) => fault ?? so, null),
    },
    effective: (weights) => inTurn('effective', weights, changes),
    adapted: (weights) => inTurn('adapted', weights, [...changes].reverse()),
  };
}

/** Rows of weights read in another order of gates. */
function ordersOf(kind: CellKind): Change[] {
  const gates = GATES[kind];
  return permutations(gates.map((_, gate) => gate))
    .filter((order) => order.some((gate, n) => gate !== n))
    .map((order) => ({
      says: `the gates are in the order ${order.map((gate) => gates[gate]).join(', ')}, not ${gates.join(', ')}`,
      effective: (weights) =>
        byGates(
          weights,
          gates.map((_, gate) => order.indexOf(gate)),
        ),
      adapted: (weights) => byGates(weights, order),
    }));
}

function permutations(values: readonly number[]): number[][] {
  if (values.length === 0) return [[]];
  return values.flatMap((value) =>
    permutations(values.filter((other) => other !== value)).map((rest) => [value, ...rest]),
  );
}

/** The blocks of rows in another order: the nth is that of the nth of these gates. */
function byGates(weights: SubjectWeights, order: readonly number[]): SubjectWeights {
  const rows = <R>(all: readonly R[]): R[] => {
    const size = all.length / order.length;
    return order.flatMap((gate) => all.slice(gate * size, (gate + 1) * size));
  };
  const { weight_ih, weight_hh, bias_ih, bias_hh } = weights;
  return { weight_ih: rows(weight_ih), weight_hh: rows(weight_hh), bias_ih: rows(bias_ih), bias_hh: rows(bias_hh) };
}

/** What the gates may be squashed by, in words. */
const GATE_ACTIVATIONS: readonly (readonly [ElementwiseActivation, string])[] = [
  ['sigmoid', 'the sigmoid'],
  ['hardSigmoid0.2', 'hard_sigmoid, 0.2 x + 0.5 cut off at 0 and 1 (Keras 2, TensorFlow.js)'],
  ['hardSigmoid', 'hard_sigmoid, x / 6 + 0.5 cut off at 0 and 1 (Keras 3, PyTorch)'],
];

/** What may be in place of tanh, in words. */
const VALUE_ACTIVATIONS: readonly (readonly [ElementwiseActivation, string])[] = [
  ['tanh', 'tanh'],
  ['relu', 'relu'],
  ['sigmoid', 'a sigmoid'],
  ['linear', 'no function'],
];

/** Those that are not claimed: of the gates, of the other values, and of both. */
function activationsOf(subject: CellClaim): Change[] {
  const { activation, recurrentActivation } = activationNames(subject);
  const { gate, value } = formOf(subject).activations;
  const others = kindOf(subject) === 'rnn' ? [] : GATE_ACTIVATIONS.filter(([name]) => name !== recurrentActivation);
  const gates = others.map(([name, words]) => ({
    of: PLAIN_ACTIVATIONS[name],
    says: `the gates are squashed by ${words}`,
  }));
  const values = VALUE_ACTIVATIONS.filter(([name]) => name !== activation).map(([name, words]) => ({
    of: PLAIN_ACTIVATIONS[name],
    says: `${words} is in place of ${activation}`,
  }));
  return [
    ...gates.map(({ of, says }): Change => ({ says, activations: { gate: of, value } })),
    ...values.map(({ of, says }): Change => ({ says, activations: { gate, value: of } })),
    ...gates.flatMap((ofGates) =>
      values.map(
        (ofValues): Change => ({
          says: `${ofGates.says}, and ${ofValues.says}`,
          activations: { gate: ofGates.of, value: ofValues.of },
        }),
      ),
    ),
  ];
}

function resetsOf(kind: CellKind): Change[] {
  if (kind === 'gru')
    return [{ says: 'the reset gate is before the product (resetAfter: false)', kind: 'gruResetBefore' }];
  if (kind === 'gruResetBefore')
    return [{ says: 'the reset gate is after the product (resetAfter: true)', kind: 'gru' }];
  return [];
}

/** What else is seen, each alone. */
function othersOf(kind: CellKind): Change[] {
  const biases = (change: (weights: SubjectWeights) => Partial<SubjectWeights>) => (weights: SubjectWeights) => ({
    ...weights,
    ...change(weights),
  });
  const added = (by: number, gate: number) =>
    biases(({ bias_hh }) => {
      const size = bias_hh.length / GATES[kind].length;
      return { bias_hh: bias_hh.map((bias, row) => (Math.floor(row / size) === gate ? bias + by : bias)) };
    });
  const none = (bias: readonly number[]): number[] => bias.map(() => 0);
  const sum = (a: readonly number[], b: readonly number[]): number[] => a.map((value, n) => value + (b[n] as number));
  const flipped = ({ weight_ih, weight_hh, bias_ih, bias_hh }: SubjectWeights): SubjectWeights => {
    const turn = (row: number): number =>
      GATES[kind][Math.floor(row / (bias_hh.length / GATES[kind].length))] === 'z' ? -1 : 1;
    const rows = (all: number[][]): number[][] => all.map((row, n) => row.map((value) => turn(n) * value));
    const vector = (all: number[]): number[] => all.map((value, n) => turn(n) * value);
    return {
      weight_ih: rows(weight_ih),
      weight_hh: rows(weight_hh),
      bias_ih: vector(bias_ih),
      bias_hh: vector(bias_hh),
    };
  };
  const one: readonly Change[] = [
    {
      says: 'bias_hh is not added',
      effective: biases(({ bias_hh }) => ({ bias_hh: none(bias_hh) })),
      adapted: biases(({ bias_ih, bias_hh }) => ({ bias_ih: sum(bias_ih, bias_hh) })),
    },
    {
      says: 'bias_ih is not added',
      effective: biases(({ bias_ih }) => ({ bias_ih: none(bias_ih) })),
      adapted: biases(({ bias_ih, bias_hh }) => ({ bias_hh: sum(bias_ih, bias_hh) })),
    },
  ];
  if (kind === 'rnn') return [...one];
  if (kind === 'lstm') {
    return [
      ...one,
      { says: "1 is added to the forget gate's bias", effective: added(1, LSTM.f), adapted: added(-1, LSTM.f) },
      {
        says: 'the forget gate keeps h, where it should keep c: an LSTM without a cell',
        fault: 'keeps h in place of c',
      },
      { says: 'the forget gate is 1 - i (coupled gates)', fault: 'forgets what it does not take' },
    ];
  }
  return [
    ...one,
    {
      says: "z takes what is new and 1 - z keeps the old state (Cho et al. 2014): PyTorch's are the other way round",
      effective: flipped,
      adapted: flipped,
    },
  ];
}
