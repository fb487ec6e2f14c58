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
      return typeof value === 'object' && value !== null && mark in value;
    },
  });
}
