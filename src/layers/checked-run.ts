import { expectObject } from '../checks.ts';
import type { Handle } from '../engines/ops.ts';
import { expectHandle } from '../engines/operand-checks.ts';
import { ModelError, show } from '../errors.ts';
import { sizeOf } from '../tensor/tensor.ts';
import { isMoved, type WeightSpec } from './weight-spec.ts';

/** What a layer said of itself when it was last asked; null before. */
export interface Promised {
  /** The names of what it hands on. */
  outputs: readonly string[] | null;
  weights: Readonly<Record<string, WeightSpec>> | null;
}

type Handles = Readonly<Record<string, Handle>>;
type Batches = Readonly<Record<string, { readonly values: Handle }>>;

/** A `LayerRun`, by what is checked of it. */
interface Run {
  readonly outputs: Batches;
  readonly penalties?: readonly (() => Handle)[];
  statistics?(): Readonly<Partial<Handles>>;
  state?(): Handles;
  backward(
    grads: Handles,
    state?: Handles,
  ): {
    readonly weights: Readonly<Partial<Handles>>;
    readonly inputs: Readonly<Partial<Record<string, () => Handle>>>;
    readonly state?: Handles;
  };
}

/**
 * A run that is checked by names and shapes, where it is asked for results: that costs two microseconds, and no wait.
 * @param weights that it runs with
 * @param inputs that it runs over
 * @throws ModelError when it gives what the layer did not promise
 */
export function checkedRun(type: string, promised: Promised, run: Run, weights: Handles, inputs: Batches): Run {
  expectRun(type, run, promised);
  const { outputs, penalties } = run;
  const specOf = (name: string): WeightSpec | undefined => promised.weights?.[name];
  return {
    outputs,
    ...(penalties ? { penalties } : {}),
    ...(run.statistics && {
      statistics() {
        const found = run.statistics?.() ?? {};
        const known = Object.keys(weights).filter(
          (name) => !promised.weights || (specOf(name)?.role === 'statistic' && specOf(name)?.trainable !== false),
        );
        expectLikeWeights(`${type}: statistics`, found, known, weights);
        return found;
      },
    }),
    ...(run.state && { state: () => run.state?.() ?? {} }),
    backward(grads, state) {
      expectObject(`${type}: backward`, grads);
      for (const name of promised.outputs ?? []) expectHandle(type, `the gradient by ${name}`, grads[name]);
      const found = run.backward(grads, state);
      const moved = Object.keys(weights).filter((name) => {
        const spec = specOf(name);
        return !spec || isMoved(spec);
      });
      expectRecord(`${type}: backward`, found);
      expectLikeWeights(`${type}: gradients of weights`, found.weights, moved, weights);
      const byState = found.state && { state: found.state };
      return { weights: found.weights, inputs: checkedInputGrads(type, found.inputs, inputs), ...byState };
    },
  };
}

/** @throws ModelError unless it is a run that hands on a batch for each promised name */
function expectRun(type: string, run: Run, promised: Promised): void {
  const came = run instanceof Promise ? 'a promise' : show(run);
  if (typeof run?.backward !== 'function' || typeof run.outputs !== 'object' || run.outputs === null) {
    throw new ModelError(`${type}: run was expected to give { outputs, backward }, but ${came} came; see LayerRun`);
  }
  for (const name of promised.outputs ?? []) {
    if (isHandle(run.outputs[name]?.values)) continue;
    throw new ModelError(
      `${type}: a batch was expected as the output ${name} of run, but ${show(run.outputs[name])} came; see atStepsOf() and onePerSample()`,
    );
  }
}

/** @throws ModelError unless each of these has the name and the shape of a weight; those left out are undefined */
function expectLikeWeights(
  who: string,
  found: Readonly<Partial<Handles>>,
  names: readonly string[],
  weights: Handles,
): void {
  expectRecord(who, found);
  for (const [name, handle] of Object.entries(found)) {
    if (handle === undefined) continue;
    if (!names.includes(name)) {
      throw new ModelError(
        `${who}: ${names.length > 0 ? `names of ${names.join(', ')} were` : 'nothing was'} expected, but ${show(name)} came; see weights() of the layer`,
      );
    }
    const { shape } = weights[name] as Handle;
    if (isHandle(handle) && handle.shape.length === shape.length && shape.every((size, i) => size === handle.shape[i]))
      continue;
    throw new ModelError(`${who}: ${name} of shape [${shape}] was expected, but ${shapeOrShow(handle)} came`);
  }
}

/** What gives the gradients of inputs, each checked when somebody asks for it. */
function checkedInputGrads(
  type: string,
  found: Readonly<Partial<Record<string, () => Handle>>>,
  inputs: Batches,
): Record<string, () => Handle> {
  const who = `${type}: gradients of inputs`;
  expectRecord(who, found);
  const checked = Object.entries(found).flatMap(([name, grad]) => {
    if (grad === undefined) return [];
    const input = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    if (!input || typeof grad !== 'function') {
      throw new ModelError(
        `${who}: a function for each of ${Object.keys(inputs).join(', ')} was expected, but ${show(grad)} came as ${show(name)}`,
      );
    }
    const ask = (): Handle => {
      const handle = grad();
      // Operations take [R,N] for [T,B,N], and so may this.
      if (isHandle(handle) && sizeOf(handle.shape) === sizeOf(input.values.shape)) return handle;
      throw new ModelError(
        `${who}: ${name} of shape [${input.values.shape}] was expected, but ${shapeOrShow(handle)} came`,
      );
    };
    return [[name, ask] as const];
  });
  return Object.fromEntries(checked);
}

function expectRecord(who: string, value: unknown): void {
  if (typeof value === 'object' && value !== null) return;
  throw new ModelError(`${who}: an object by name was expected, but ${show(value)} came; see LayerRun`);
}

function isHandle(value: unknown): value is Handle {
  return Array.isArray((value as Handle | undefined)?.shape);
}

function shapeOrShow(value: unknown): string {
  return isHandle(value) ? `shape [${value.shape}]` : show(value);
}
