/** What comes out of a pickle: data alone. Lists are arrays, dicts are Maps, sets are Sets; all else is one of these classes. */

/** What `import` would find in Python: here a name, and nothing that could be called. */
export class Global {
  readonly module: string;
  readonly name: string;
  constructor(module: string, name: string) {
    this.module = module;
    this.name = name;
  }

  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

/** A list that never grows. */
export class Tuple {
  readonly items: readonly unknown[];
  constructor(items: readonly unknown[]) {
    this.items = items;
  }
}

/** An object of a class that is not known here: its class, and what it would be made of. */
export class Stub {
  readonly type: Global;
  /** What Python would restore it from; mostly a Map of its attributes. */
  state: unknown = null;
  constructor(type: Global) {
    this.type = type;
  }
}

/** The numbers that tensors are views of, by their place in the file. */
export class StorageRef {
  readonly key: string;
  /** As safetensors names it, such as F32; null for bytes whose tensors say it. */
  readonly dtype: string | null;
  /** How many numbers, or bytes, it has. */
  readonly count: number;
  /** The part of it that is meant, in numbers: old files have such. */
  readonly offset: number;
  constructor(key: string, dtype: string | null, count: number, offset: number) {
    this.key = key;
    this.dtype = dtype;
    this.count = count;
    this.offset = offset;
  }
}

/** A tensor: a storage, and where in it the numbers are. Not yet checked. */
export class TensorRef {
  readonly storage: StorageRef;
  readonly dtype: string;
  readonly offset: unknown;
  readonly shape: unknown;
  readonly strides: unknown;
  constructor(storage: StorageRef, dtype: string, offset: unknown, shape: unknown, strides: unknown) {
    this.storage = storage;
    this.dtype = dtype;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/** A tensor that is none of numbers in rows, and why it cannot be had. */
export class Unreadable {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}
