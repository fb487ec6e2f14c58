import { type Key, permutation, uniform } from 'keepgate';

/** Questions such as 12+345, written backwards and filled up with spaces in front, and their answers, filled up behind. */
export interface Sums {
  readonly questions: number[][];
  readonly answers: number[][];
}

const CHARACTERS = ' 0123456789+';

/** The id that a decoder begins with, which no character has. */
export const START: number = CHARACTERS.length;

/** Characters as ids. */
function ids(text: string): number[] {
  return Array.from(text, (character) => CHARACTERS.indexOf(character));
}

/** What ids say, without the spaces behind. */
export function written(of: readonly number[]): string {
  return Array.from(of, (id) => CHARACTERS[id] ?? '?')
    .join('')
    .trimEnd();
}

/**
 * Different sums of two numbers of at most so many digits, each length as often as the others; 3+5 is 5+3.
 * A tenth of them are for testing.
 */
export function sumsOf(key: Key, digits: number, count: number): { readonly train: Sums; readonly test: Sums } {
  const found = new Map<string, readonly [number, number]>();
  const most = (10 ** digits * (10 ** digits + 1)) / 2;
  const draws = uniform(key, 40 * Math.min(count, most));
  for (let i = 0; i + 3 < draws.length && found.size < Math.min(count, most); i += 4) {
    const number = (at: number): number => {
      const length = 1 + Math.floor((draws[at] as number) * digits);
      return Math.floor((draws[at + 1] as number) * 10 ** length);
    };
    const pair = [number(i), number(i + 2)].sort((a, b) => a - b) as [number, number];
    if (!found.has(pair.join())) found.set(pair.join(), (draws[i] as number) < 0.5 ? pair : [pair[1], pair[0]]);
  }
  const all = [...found.values()];
  const order = permutation(key, all.length).map((i) => all[i] as readonly [number, number]);
  const asIds = (pairs: readonly (readonly [number, number])[]): Sums => ({
    questions: pairs.map(([a, b]) => ids([...`${a}+${b}`.padEnd(2 * digits + 1)].reverse().join(''))),
    answers: pairs.map(([a, b]) => ids(`${a + b}`.padEnd(digits + 1))),
  });
  const tests = Math.ceil(order.length / 10);
  return { train: asIds(order.slice(tests)), test: asIds(order.slice(0, tests)) };
}
