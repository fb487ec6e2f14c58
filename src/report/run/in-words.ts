import { percent } from '../table.ts';
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

/** A score as it is read: a share as a percentage, a loss with four decimals. */
export function scoreInWords(name: string, value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  return isShare(name) ? percent(value) : value.toFixed(4);
}

/** Whether a score is a share of 1: a loss, a perplexity and the like are not. */
export function isShare(name: string): boolean {
  return /accuracy|precision|recall|f1|auc|top-?\d/i.test(name);
}

export function sharesBetween({ from, to }: Interval): string {
  return `95%: ${(100 * from).toFixed(1)} to ${(100 * to).toFixed(1)}`;
}
