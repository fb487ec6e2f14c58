import { percent } from './table.ts';

/** From here on decimals are noise, and digits before them too many to read. */
const LARGE = 1e6;

/** A score as it is read: a share as a percentage, a loss with four decimals, and one that is not finite by its name. */
export function scoreInWords(name: string, value: number | undefined): string {
  if (value === undefined) return '–';
  if (!Number.isFinite(value)) return String(value);
  if (isShare(name)) return percent(value);
  return Math.abs(value) < LARGE ? value.toFixed(4) : value.toExponential(4);
}

/** Scores in one line, the loss first: `loss 0.1234, accuracy 91.0%`. */
export function scoresInWords(scores: Readonly<Record<string, number>>): string {
  return Object.entries(scores)
    .map(([name, value]) => `${name} ${scoreInWords(name, value)}`)
    .join(', ');
}

/** Whether a score is a share of 1: a loss, a perplexity and the like are not. */
export function isShare(name: string): boolean {
  return /accuracy|precision|recall|f1|auc|top-?\d/i.test(name);
}
