import type { Random } from './random.ts';

/** A few small changes of bytes: what a broken disk, a wrong editor or an attacker might do. */
export function damaged(bytes: Uint8Array, pieces: readonly Uint8Array[], random: Random): Uint8Array {
  let now = bytes;
  for (let left = 1 + random.below(4); left > 0; left--) now = random.one(CHANGES)(now, pieces, random);
  return now;
}

/** The same of a JSON document, which stays one: other values, names and lists in its places. */
export function damagedJson(text: string, random: Random): string {
  const value: unknown = JSON.parse(text);
  const places: { readonly holder: Record<string, unknown>; readonly name: string }[] = [];
  const walk = (holder: Record<string, unknown>): void => {
    for (const [name, inner] of Object.entries(holder)) {
      places.push({ holder, name });
      if (typeof inner === 'object' && inner !== null) walk(inner as Record<string, unknown>);
    }
  };
  walk({ value });
  for (let left = 1 + random.below(3); left > 0; left--) {
    const { holder, name } = random.one(places);
    if (name === 'value') continue;
    const kind = random.below(8);
    if (kind < 2) delete holder[name];
    else if (kind < 3) put(holder, random.one(NAMES), holder[name]);
    else if (kind < 4) put(holder, name, random.one(places).holder[random.one(places).name]);
    else put(holder, name, random.one(VALUES));
  }
  try {
    return JSON.stringify(value) ?? 'null';
  } catch {
    // A value inside of itself.
    return text;
  }
}

/** As JSON.parse does: an entry called __proto__ is one like others. */
function put(holder: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true });
}

type Change = (bytes: Uint8Array, pieces: readonly Uint8Array[], random: Random) => Uint8Array;

const CHANGES: readonly Change[] = [
  // A bit.
  (bytes, _, random) => changed(bytes, random.below(bytes.length), (byte) => byte ^ (1 << random.below(8))),
  // A byte, of those that mean something.
  (bytes, _, random) => changed(bytes, random.below(bytes.length), () => random.one([0, 9, 10, 13, 34, 44, 59, 255])),
  // An end.
  (bytes, _, random) => bytes.slice(0, random.below(bytes.length + 1)),
  // A hole.
  (bytes, _, random) => {
    const from = random.below(bytes.length + 1);
    return joined([bytes.subarray(0, from), bytes.subarray(from + random.below(16))]);
  },
  // Something put in, or a part that comes again.
  (bytes, pieces, random) => {
    const at = random.below(bytes.length + 1);
    const from = random.below(bytes.length + 1);
    const piece = random.once(3) ? bytes.subarray(from, from + random.below(64)) : random.one(pieces);
    return joined([bytes.subarray(0, at), piece, bytes.subarray(at)]);
  },
];

const NAMES = ['', '__proto__', 'constructor', 'toString', 'type', 'units', 'format', 'dtype', 'shape', '0'];
const VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1,
  1.5,
  1e308,
  2 ** 31,
  2 ** 53,
  '',
  'lstm',
  '\u0000\ud800',
  [],
  [1, -1],
  [[]],
  {},
  { type: 'dense', units: 1 },
  { toString: 1 },
  new Array(300).fill(0),
];

function changed(bytes: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const copy = bytes.slice();
  if (at < copy.length) copy[at] = change(copy[at] as number);
  return copy;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
