/**
 * The typed errors of keepgate. Every message is one line: who, what was expected, what came, what to do.
 * They share a base class, so a caller can tell a mistake in the input from a fault in the program.
 */
export class KeepgateError extends Error {
  // Written out in each class: a bundler that shortens names would change `new.target.name`.
  override readonly name: string = 'KeepgateError';

  constructor(message: string) {
    // One line, always: text quoted from a file may carry line breaks and control characters.
    super(message.replace(/\p{Cc}+/gu, ' '));
  }
}

/** An array has the wrong number of axes or entries. */
export class ShapeError extends KeepgateError {
  override readonly name: string = 'ShapeError';
}

/** A dropout rate is not a number in [0, 1). */
export class RateError extends KeepgateError {
  override readonly name: string = 'RateError';
}

/** A dropout site is unknown, named twice, lacking in the cell, or given an option that it does not have. */
export class SiteError extends KeepgateError {
  override readonly name: string = 'SiteError';
}

/** An engine does not exist, or a handle is used after it was released. */
export class EngineError extends KeepgateError {
  override readonly name: string = 'EngineError';
}

/** Data from the user (a file, a batch, a label) is not what it should be. */
export class DataError extends KeepgateError {
  override readonly name: string = 'DataError';
}

/** A model is put together in a way that cannot work, or a saved one cannot be read back. */
export class ModelError extends KeepgateError {
  override readonly name: string = 'ModelError';
}

/** An option has a value that it cannot have. */
export class OptionError extends KeepgateError {
  override readonly name: string = 'OptionError';
}

/** Training stopped because the loss is no longer a finite number; the model keeps its last good weights. */
export class DivergedError extends KeepgateError {
  override readonly name: string = 'DivergedError';
  /** The number of the step, from 1, whose loss was not finite. */
  readonly step: number;
  constructor(message: string, step: number) {
    super(message);
    this.step = step;
  }
}

/** Work was stopped by its AbortSignal. */
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
