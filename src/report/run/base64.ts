/** Arguments of one call. */
const PIECE = 0x8000;

/** Bytes as base64: in a link of a page it has no sign that HTML knows. */
export function toBase64Bytes(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += PIECE) text += String.fromCharCode(...bytes.subarray(i, i + PIECE));
  return btoa(text);
}

export function toBase64(text: string): string {
  return toBase64Bytes(new TextEncoder().encode(text));
}

/** The bytes behind {@link toBase64Bytes}. @throws an error of the host for what is no base64 */
export function fromBase64Bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0));
}

/** The text behind {@link toBase64}; empty for what is none. */
export function fromBase64(text: string): string {
  try {
    return new TextDecoder().decode(fromBase64Bytes(text));
  } catch {
    return '';
  }
}
