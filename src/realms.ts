/** What a value is, also where its class is of another realm (a VM, an iframe) or of another copy of this package. */

/** The own getter of typed arrays, which tells them in any realm. */
const TYPED_ARRAY_TAG = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get;

/** 'Float32Array' and so on; undefined for what is no typed array. Its class may be that of another realm: of a VM, an iframe. */
export function typedArrayName(value: unknown): string | undefined {
  return TYPED_ARRAY_TAG?.call(value);
}

/** The own getter of array buffers, which throws for all else. */
const BYTE_LENGTH = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength')?.get;

/**
 * The bytes of a Uint8Array or an ArrayBuffer of any realm, as those of this realm over the same memory; copied where it is shared
 * with threads, which TextDecoder refuses. Undefined for what is neither.
 */
export function bytesOf(value: unknown): Uint8Array | undefined {
  try {
    if (typedArrayName(value) !== 'Uint8Array') {
      BYTE_LENGTH?.call(value);
      return new Uint8Array(value as ArrayBuffer);
    }
    const { buffer, byteOffset, byteLength } = value as Uint8Array;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    return Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]' ? bytes.slice() : bytes;
  } catch {
    // Neither, or its memory was handed to a thread.
    return undefined;
  }
}

/**
 * Whether the memory of a typed array, a DataView or an ArrayBuffer of any realm was transferred, such as to a thread: it is empty since then, and
 * nothing else tells it from one that always was.
 */
export function isDetached(value: unknown): boolean {
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value;
  try {
    // Throws for what is no buffer, and not for one that is detached.
    if (BYTE_LENGTH?.call(buffer) !== 0) return false;
  } catch {
    return false;
  }
  try {
    new Uint8Array(buffer as ArrayBuffer);
    return false;
  } catch {
    return true;
  }
}

/**
 * Makes `instanceof` true for what another copy of this package made of its class of that name: programs may hold two.
 * Called in a static block of the class.
 */
export function tellAcrossCopies(type: new (...args: never) => object, name: string): void {
  const mark = Symbol.for(`keepgate.${name}`);
  const ordinary = Function.prototype[Symbol.hasInstance];
  Object.defineProperty(type.prototype, mark, { value: true });
  Object.defineProperty(type, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      // A class derived from this one inherits the function, and not the mark.
      if (this !== type) return ordinary.call(this, value);
      if (typeof value !== 'object' || value === null) return false;
      try {
        return mark in value;
      } catch {
        // A proxy that does not want to be asked.
        return false;
      }
    },
  });
}
