/**
 * The typed errors of keepgate. Every message is one line: who, what was expected, what came, what to do. They share a
 * base class, so a caller can tell a mistake in the input from a fault in the program.
 * @example
 * ```ts
 * import { KeepgateError, variational } from 'keepgate';
 *
 * try {
 *   variational({ recurrent: 1.5 });
 * } catch (error) {
 *   if (!(error instanceof KeepgateError)) throw error;
 *   console.log(`${error.name}: ${error.message}`);
 *   // prints: RateError: recurrent: a dropout rate in [0, 1) was expected, the probability to drop, but 1.5 came...
 * }
 * ```
 */
export class KeepgateError extends Error {
  // Written out in each class: a bundler that shortens names would change `new.target.name`.
  override readonly name: string = 'KeepgateError';

  constructor(message: string) {
    // One line, always: text quoted from a file may carry line breaks and control characters.
    super(message.replace(/\p{Cc}+/gu, ' '));
  }
}

/**
 * An array has the wrong number of axes or entries.
 * @example
 * ```ts
 * import { tensor } from 'keepgate';
 *
 * tensor([1, 2, 3], [2, 2]);
 * // throws: ShapeError: tensor: 4 numbers for shape [2, 2] were expected, but 3 came...
 * ```
 */
export class ShapeError extends KeepgateError {
  override readonly name: string = 'ShapeError';
}

/**
 * A dropout rate is not a number in [0, 1).
 * @example
 * ```ts
 * import { variational } from 'keepgate';
 *
 * variational({ recurrent: 1 });
 * // throws: RateError: recurrent: a dropout rate in [0, 1) was expected, the probability to drop, but 1 came...
 * ```
 */
export class RateError extends KeepgateError {
  override readonly name: string = 'RateError';
}

/**
 * A dropout site is unknown, named twice, lacking in the cell, or given an option that it does not have.
 * @example
 * ```ts
 * import { gru, zoneout } from 'keepgate';
 *
 * gru({ units: 8, dropout: zoneout({ cell: 0.1, hidden: 0.1 }) });
 * // throws: SiteError: gru: a site of input, recurrent, weight, update, zoneHidden, output was expected, but 'zoneCell' came...
 * ```
 */
export class SiteError extends KeepgateError {
  override readonly name: string = 'SiteError';
}

/**
 * An engine does not exist, lacks something on this machine or was lost, or a handle is used after it was released.
 * @example
 * ```ts
 * import { createEngine } from 'keepgate';
 *
 * await createEngine('reference', { threads: 2 });
 * // throws: EngineError: reference: no option was expected, but "threads" came...
 * ```
 */
export class EngineError extends KeepgateError {
  override readonly name: string = 'EngineError';
}

/**
 * Data from the user (a file, a batch, a label) is not what it should be.
 * @example
 * ```ts
 * import { tensor } from 'keepgate';
 *
 * tensor([[1, Number.NaN]]);
 * // throws: DataError: tensor: finite numbers were expected, but NaN came at index [0, 1]...
 * ```
 */
export class DataError extends KeepgateError {
  override readonly name: string = 'DataError';
}

/**
 * A model is put together in a way that cannot work, or a saved one cannot be read back.
 * @example
 * ```ts
 * import { sequential } from 'keepgate';
 *
 * sequential([]);
 * // throws: ModelError: sequential: at least one layer was expected, but none came...
 * ```
 */
export class ModelError extends KeepgateError {
  override readonly name: string = 'ModelError';
}

/**
 * An option has a value that it cannot have.
 * @example
 * ```ts
 * import { dense } from 'keepgate';
 *
 * dense({ units: 0 });
 * // throws: OptionError: dense: a whole number from 1 was expected as units, but 0 came...
 * ```
 */
export class OptionError extends KeepgateError {
  override readonly name: string = 'OptionError';
}

/**
 * Training stopped because the loss is no longer a finite number; the model keeps its last good weights.
 * @example
 * ```ts
 * import { dense, key, meanSquaredError, sequential, sgd } from 'keepgate';
 *
 * const model = sequential([dense({ units: 1 })]);
 * const options = { key: key(1), epochs: 20, loss: meanSquaredError(), optimizer: sgd({ learningRate: 1e30 }) };
 * await model.fit({ x: [[1], [2]], y: [[3], [5]] }, options);
 * // throws: DivergedError: fit: a finite loss was expected, but step...
 * await model.dispose();
 * ```
 */
export class DivergedError extends KeepgateError {
  override readonly name: string = 'DivergedError';
  /** The number of the step, from 1, whose loss was not finite. */
  readonly step: number;
  constructor(message: string, step: number) {
    super(message);
    this.step = step;
  }
}

/**
 * Work was stopped by its AbortSignal.
 * @example
 * ```ts
 * import { AbortError, dense, key, meanSquaredError, sequential } from 'keepgate';
 *
 * const model = sequential([dense({ units: 1 })]);
 * const signal = AbortSignal.abort('too late');
 * const options = { key: key(1), epochs: 1, loss: meanSquaredError(), signal };
 * const error = await model.fit({ x: [[1]], y: [[2]] }, options).catch((reason: unknown) => reason);
 * console.log(error instanceof AbortError && error.cause); // prints: too late
 * await model.dispose();
 * ```
 */
export class AbortError extends KeepgateError {
  override readonly name: string = 'AbortError';
  /** The signal's reason. */
  override readonly cause: unknown;
  constructor(message: string, cause: unknown) {
    super(message);
    this.cause = cause;
  }
}

/** How a value is shown in a message: short, and in one line. */
export function show(value: unknown): string {
  const text =
    typeof value === 'string'
      ? JSON.stringify(value)
      : Array.isArray(value)
        ? `[${value.map(String).join(', ')}]`
        : Object.prototype.toString.call(value) === '[object Object]'
          ? showObject(value as object)
          : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** The entries of an object, but for what is inside of them. */
function showObject(value: object): string {
  const entries = Object.entries(value).map(([name, entry]) => {
    const isDeep = typeof entry === 'function' || (typeof entry === 'object' && entry !== null);
    return `${name}: ${isDeep ? '...' : show(entry)}`;
  });
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}
