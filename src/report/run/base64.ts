/** Bytes as base64: in a link of a page it has no sign that HTML knows. */
export function toBase64Bytes(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

export function toBase64(text: string): string {
  return toBase64Bytes(new TextEncoder().encode(text));
}

/** The text behind {@link toBase64}; empty for what is none. */
export function fromBase64(text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0)));
  } catch {
    return '';
  }
}
