import { DataError, show } from '../../errors.ts';

/** The own getters of buffers, which tell them in any realm. */
const LENGTHS = [ArrayBuffer, globalThis.SharedArrayBuffer].flatMap((type) => {
  const getter = type && Object.getOwnPropertyDescriptor(type.prototype, 'byteLength')?.get;
  return getter ? [getter] : [];
});

/**
 * The bytes of a buffer, or of an array or a DataView over one: nothing is copied.
 * @throws DataError for what has none
 */
export function bytesOf(who: string, value: unknown): Uint8Array {
  try {
    if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    if (LENGTHS.some((getter) => isOf(getter, value))) return new Uint8Array(value as ArrayBufferLike);
  } catch {
    throw new DataError(
      `${who}: bytes were expected, but a buffer came that was handed to another thread; keep a copy`,
    );
  }
  throw new DataError(`${who}: the bytes of a file were expected, but ${show(value)} came; read it first`);
}

function isOf(getter: () => unknown, value: unknown): boolean {
  try {
    getter.call(value);
    return true;
  } catch {
    return false;
  }
}
