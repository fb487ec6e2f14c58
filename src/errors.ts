import { isDetached, tellAcrossCopies, typedArrayName } from './realms.ts';

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
  static {
    tellAcrossCopies(KeepgateError, 'KeepgateError');
  }

  // Written out in each class: a bundler that shortens names would change `new.target.name`.
  override readonly name: string = 'KeepgateError';

  constructor(message: string) {
    // One line, always: text quoted from a file may carry line breaks and control characters.
    super((typeof message === 'string' ? message : show(message)).replace(/\p{Cc}+/gu, ' '));
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
  static {
    tellAcrossCopies(ShapeError, 'ShapeError');
  }

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
  static {
    tellAcrossCopies(RateError, 'RateError');
  }

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
  static {
    tellAcrossCopies(SiteError, 'SiteError');
  }

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
  static {
    tellAcrossCopies(EngineError, 'EngineError');
  }

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
  static {
    tellAcrossCopies(DataError, 'DataError');
  }

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
  static {
    tellAcrossCopies(ModelError, 'ModelError');
  }

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
  static {
    tellAcrossCopies(OptionError, 'OptionError');
  }

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
  static {
    tellAcrossCopies(DivergedError, 'DivergedError');
  }

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
  static {
    tellAcrossCopies(AbortError, 'AbortError');
  }

  override readonly name: string = 'AbortError';
  /** The signal's reason. */
  override readonly cause: unknown;
  constructor(message: string, cause: unknown) {
    super(message);
    this.cause = cause;
  }
}

/** How many entries of a list or an object are shown. */
const SHOWN = 20;

/** How a value is shown in a message: short, and in one line. Whatever the value is, it never throws. */
export function show(value: unknown): string {
  let text: string;
  try {
    text = textOf(value);
  } catch {
    text = 'something that cannot be shown';
  }
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 100 ? value.slice(0, 100) : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return value.name ? `the function ${value.name}` : 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return listText(value);
  const name = typedArrayName(value);
  const tag = name ?? Object.prototype.toString.call(value).slice(8, -1);
  if (isDetached(value)) return `a detached ${tag} (it was transferred)`;
  if (name !== undefined) return `${name} ${listText(value as ArrayLike<unknown>)}`;
  if (tag === 'Error' || value instanceof KeepgateError) return messageOf(value);
  return tag === 'Object' ? objectText(value) : `a ${tag}`;
}

function listText(list: ArrayLike<unknown>): string {
  const shown = Array.from({ length: Math.min(list.length, SHOWN) }, (_, i) => entryText(list[i]));
  return `[${shown.join(', ')}${list.length > SHOWN ? ', ...' : ''}]`;
}

/** The entries of an object, but for what is inside of them. */
function objectText(value: object): string {
  const shown = Object.keys(value)
    .slice(0, SHOWN)
    .map((name) => `${name}: ${entryText((value as Record<string, unknown>)[name])}`);
  return shown.length === 0 ? '{}' : `{ ${shown.join(', ')} }`;
}

/** Lists in lists are shown too, as long as they are short; what else has entries is left out. */
function entryText(entry: unknown): string {
  if (Array.isArray(entry) && entry.length <= 4 && entry.every((one) => typeof one !== 'object'))
    return listText(entry);
  const isLong = typeof entry === 'function' || (typeof entry === 'object' && entry !== null);
  return isLong && !isDetached(entry) ? '...' : textOf(entry);
}

/** What an error of any realm says, or what was thrown in place of one. */
export function messageOf(error: unknown): string {
  const message = fieldOf(error, 'message');
  return typeof message === 'string' ? message : show(error);
}

/** The code of an error of the system, such as 'ENOENT'; undefined for others. */
export function errorCode(error: unknown): string | undefined {
  const code = fieldOf(error, 'code');
  return typeof code === 'string' ? code : undefined;
}

function fieldOf(error: unknown, name: 'message' | 'code'): unknown {
  try {
    return (error as Partial<Record<typeof name, unknown>> | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}
