/** The checksum of HDF5's metadata: Bob Jenkins' lookup3, `hashlittle` from 0 (burtleburtle.net/bob/c/lookup3.c, public domain). */
export function lookup3(bytes: Uint8Array): number {
  const state = Uint32Array.of(0, 0, 0).fill(0xdeadbeef + bytes.length);
  let at = 0;
  // The last 1 to 12 bytes are mixed in another way.
  for (; bytes.length - at > 12; at += 12) {
    add(state, bytes.subarray(at, at + 12));
    mix(state);
  }
  if (bytes.length > at) {
    add(state, bytes.subarray(at));
    finish(state);
  }
  return state[2] as number;
}

/** Little-endian words; what is missing is 0. */
function add(state: Uint32Array, bytes: Uint8Array): void {
  for (const [i, byte] of bytes.entries()) state[i >> 2] = (state[i >> 2] as number) + byte * 2 ** (8 * (i & 3));
}

/** a -= c, a ^= rot(c, k), c += b, and so on around. */
function mix(state: Uint32Array): void {
  for (const [i, k] of [4, 6, 8, 16, 19, 4].entries()) {
    const [a, b, c] = [i % 3, (i + 1) % 3, (i + 2) % 3];
    state[a] = ((state[a] as number) - (state[c] as number)) >>> 0;
    state[a] = (state[a] as number) ^ rotated(state[c] as number, k);
    state[c] = (state[c] as number) + (state[b] as number);
  }
}

/** c ^= b, c -= rot(b, k), and so on around. */
function finish(state: Uint32Array): void {
  for (const [i, k] of [14, 11, 25, 16, 4, 14, 24].entries()) {
    const [c, b] = [(i + 2) % 3, (i + 1) % 3];
    state[c] = (state[c] as number) ^ (state[b] as number);
    state[c] = (state[c] as number) - rotated(state[b] as number, k);
  }
}

function rotated(value: number, k: number): number {
  return ((value << k) | (value >>> (32 - k))) >>> 0;
}
