/** What the makers of Keras' layers have in common. */
import { ModelError, show } from '../../../errors.ts';
import type { Layer } from '../../../layers/layer.ts';
import type { Tensor } from '../../../tensor/tensor.ts';

/** Who is written for: their functions of one name differ, and so does what they lack. */
export type KerasDialect = 'keras' | 'tfjs';

/** A layer as Keras has it. */
export interface WrittenLayer {
  readonly className: string;
  /** `lstm`, `lstm_1`, ... */
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** In Keras' order; of a Bidirectional `forward` and `backward` are in front. */
  readonly weights: readonly (readonly [string, Tensor])[];
  /** Of a Bidirectional. */
  readonly inside?: WrittenLayer;
}

/** A model in one line of layers. */
export interface WrittenModel {
  readonly layers: readonly WrittenLayer[];
  /** What goes in, without the batch: null is a length of any size. */
  readonly input: { readonly shape: readonly (number | null)[]; readonly dtype: 'float32' | 'int32' };
  /** What is in the file otherwise than in the model, a line each. */
  readonly notes: readonly string[];
}

/** What the makers of layers share. */
export interface Writing {
  readonly dialect: KerasDialect;
  readonly notes: string[];
  /** The name of the next layer of a class. */
  nameOf(className: string): string;
  /** The weight of a path, in float32. */
  weight(path: string): Tensor;
}

/** Says that what is dropped is no part of the file. */
export function noteDropout(
  { notes }: Writing,
  who: string,
  { dropout, activationRegularization }: Layer['config'],
): void {
  if (Array.isArray(dropout) && dropout.length > 0)
    notes.push(`${who}: what it drops in training is no part of the file`);
  if (activationRegularization !== undefined)
    notes.push(`${who}: the costs of its activations are no part of the file`);
}

/** The names of activations; two programs mean another function by hard_sigmoid. */
const ACTIVATIONS: Readonly<Record<KerasDialect, Readonly<Record<string, string>>>> = {
  keras: { hardSigmoid: 'hard_sigmoid' },
  tfjs: { 'hardSigmoid0.2': 'hard_sigmoid' },
};
const SAME_NAMES = new Set(['linear', 'relu', 'tanh', 'sigmoid', 'softmax']);

/** @throws ModelError for one that is not there */
export function activationIn(dialect: KerasDialect, who: string, name: unknown): string {
  const found = SAME_NAMES.has(String(name)) ? String(name) : ACTIVATIONS[dialect][String(name)];
  if (found !== undefined) return found;
  const program = dialect === 'keras' ? 'Keras 3' : 'TensorFlow.js';
  throw refused(
    who,
    `an activation that ${program} has`,
    show(name),
    `its hard_sigmoid is ${show(Object.keys(ACTIVATIONS[dialect])[0])}`,
  );
}

/** The error of a layer that cannot be had exactly. */
export function refused(who: string, expected: string, came: string, advice: string): ModelError {
  return new ModelError(`exportModel: ${who}: ${expected} was expected, but ${came} came; ${advice}`);
}
