export const zeros = (count: number): number[] => Array<number>(count).fill(0);

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

export const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);

export const sum = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((value, i) => value + (b[i] as number));

export const product = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((value, i) => value * (b[i] as number));

/** A number on [0, 1) that depends on its arguments and on nothing else: a generator without a state. */
export function uniform(seed: number, stream: string, counter: readonly number[]): number {
  let hash = mix(seed >>> 0) ^ mix(Math.floor(seed / 2 ** 32) + 1) ^ hashOf(stream);
  for (const value of counter) hash = mix(hash + value);
  return mix(hash) / 2 ** 32;
}

const hashes = new Map<string, number>();

function hashOf(name: string): number {
  let hash = hashes.get(name) ?? 0;
  if (hash === 0) {
    for (let i = 0; i < name.length; i++) hash = mix(hash + name.charCodeAt(i));
    hashes.set(name, hash);
  }
  return hash;
}

/** A bijection of 32-bit words in which each bit in changes each bit out half of the time (murmur3's finaliser). */
function mix(value: number): number {
  let word = (value + 0x9e3779b9) >>> 0;
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}
