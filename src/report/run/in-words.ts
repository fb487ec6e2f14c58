import type { Interval } from './intervals.ts';

/** How far apart two shares are: 0.059 is `5.9 points`. */
export function points(difference: number): string {
  const shown = (100 * difference).toFixed(1);
  return `${shown === '-0.0' ? '0.0' : shown} points`;
}

/** A difference with its sign: 0.059 is `+5.9 points`. */
export function signedPoints(difference: number): string {
  const shown = points(difference);
  return shown.startsWith('-') || shown.startsWith('0.0') ? shown : `+${shown}`;
}

export function counts(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
}

export function sharesBetween({ from, to }: Interval): string {
  return `95%: ${(100 * from).toFixed(1)} to ${(100 * to).toFixed(1)}`;
}

/** So many characters of a name are read: its beginning, and its end, which tells it from others. */
const NAME = { most: 60, from: 40, to: 18 };

/** The name of a class or a scheme, however long it is. */
export function shortName(name: string): string {
  const letters = Array.from(name);
  if (letters.length <= NAME.most) return name;
  return `${letters.slice(0, NAME.from).join('')} … ${letters.slice(-NAME.to).join('')}`;
}
