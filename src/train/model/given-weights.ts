import { expectBoolean, expectObject, expectWhole, optionsOf, partsOf } from '../../checks.ts';
import { ModelError, OptionError, show } from '../../errors.ts';
import type { Layer } from '../../layers/layer.ts';
import { type InputSignatureLike, parseInputs, type Signatures } from '../../layers/signature.ts';
import type { WeightSpec } from '../../layers/weight-spec.ts';
import { expectShape, flatOf, Tensor, type TensorLike, tensor } from '../../tensor/tensor.ts';
import { expectLoss, type Loss } from '../losses/loss.ts';
import { weightSpecs } from '../pass.ts';
import type { SavedModel } from './saved-model.ts';

/** What weights are for, and what made them. */
export interface GivenWeights {
  /** What goes into the model. */
  readonly input: InputSignatureLike;
  /** What they were trained for: predictions apply its softmax or sigmoid. None when left out. */
  readonly loss?: Loss | null;
  /** How many updates made them, which schedules of dropout rates and masks go on from; 0 when left out. */
  readonly updates?: number;
  /** How many finished epochs made them, which the orders of samples go on from; 0 when left out. */
  readonly epochs?: number;
  /** All weights are expected, and no others. With false, `setWeights` takes some, and nothing but this option. */
  readonly strict?: true;
}

/** What came of `setWeights(weights, { strict: false })`, by path. */
export interface WeightsReport {
  /** Weights of the model that were not given: they stay as they are. */
  readonly missing: readonly string[];
  /** What was given that the model has not: it was left aside. */
  readonly unexpected: readonly string[];
}

/** What `setWeights` was told. @throws OptionError, ModelError or ShapeError for what no model of these layers can be */
export function checkedWeights(
  layers: readonly Layer[],
  weights: Readonly<Record<string, TensorLike>>,
  trained: GivenWeights,
): Omit<SavedModel, 'layers'> {
  const {
    input: like,
    loss = null,
    updates = 0,
    epochs = 0,
    strict = true,
  } = optionsOf('setWeights', trained, { input: true, loss: true, updates: true, epochs: true, strict: true });
  expectBoolean('setWeights', 'strict', strict);
  const inputs = parseInputs('setWeights', Object.keys(layers[0]?.inputs ?? {}), like);
  expectWhole('setWeights', 'updates', updates, 0);
  expectWhole('setWeights', 'epochs', epochs, 0);
  if (loss !== null) expectLoss('setWeights', loss);
  return { inputs, loss, weights: expectWeights(layers, inputs, weights), updates, epochs };
}

/** @throws ModelError or ShapeError unless these are all weights of the layers for an input */
export function expectWeights(
  layers: readonly Layer[],
  inputs: Signatures,
  weights: Readonly<Record<string, TensorLike>>,
): Record<string, Tensor> {
  const wanted = weightSpecs(layers, inputs);
  expectObject('setWeights', weights);
  const stray = Object.keys(weights).find((path) => !Object.hasOwn(wanted, path));
  if (stray !== undefined)
    throw new ModelError(
      `setWeights: ${Object.keys(wanted).join(', ')} were expected, but ${stray} came; pass what getWeights() of such a model gives`,
    );
  const checked: Record<string, Tensor> = {};
  for (const [path, { shape }] of Object.entries(wanted)) {
    const given = weights[path];
    if (!given)
      throw new ModelError(
        `setWeights: a weight ${path} of shape [${shape}] was expected, but it is missing; set all weights`,
      );
    checked[path] = checkedWeight(path, given, shape);
  }
  return checked;
}

/** Whether not all weights are to be set. @throws OptionError for more options */
export function isSome(trained: GivenWeights | { readonly strict: false }): trained is { readonly strict: false } {
  if (trained === undefined || trained === null) {
    throw new OptionError(
      `setWeights: what goes into the model was expected beside its weights, but ${show(trained)} came; pass { input: { kind: 'sequence', size: 3 } }, such as build() takes, or { strict: false } after build()`,
    );
  }
  const { strict } = partsOf<{ strict: unknown }>('setWeights', trained, 'strict');
  if (strict === false) optionsOf('setWeights', trained as { strict: false }, { strict: true });
  return strict === false;
}

/**
 * Those that a model of these layers has.
 * @throws ModelError when it has none of them, ShapeError for one of another shape
 */
export function someWeights(
  layers: readonly Layer[],
  inputs: Signatures,
  weights: Readonly<Record<string, TensorLike>>,
): WeightsReport & { readonly found: Record<string, Tensor> } {
  const wanted = weightSpecs(layers, inputs);
  expectObject('setWeights', weights);
  const [given, all] = [Object.keys(weights), Object.keys(wanted)];
  const known = given.filter((path) => Object.hasOwn(wanted, path));
  if (known.length === 0) {
    throw new ModelError(
      `setWeights: some of ${all.join(', ')} were expected, but ${given.join(', ') || 'nothing'} came; rename them, see getWeights()`,
    );
  }
  return {
    found: Object.fromEntries(
      known.map((path) => [path, checkedWeight(path, weights[path] as TensorLike, (wanted[path] as WeightSpec).shape)]),
    ),
    missing: all.filter((path) => !Object.hasOwn(weights, path)),
    unexpected: given.filter((path) => !Object.hasOwn(wanted, path)),
  };
}

/** A copy: what the caller does with the array while it is uploaded is not to change the model. */
function checkedWeight(path: string, given: TensorLike, shape: readonly number[]): Tensor {
  const values = tensor(given);
  expectShape(`setWeights: ${path}`, values, shape, '[rows,columns]');
  return new Tensor(flatOf(values).slice(), shape);
}
