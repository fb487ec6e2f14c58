import { percent } from '../report/table.ts';

/** Scores as people read them, the loss first: `loss 0.1234, accuracy 91.0%, f1-macro 0.8123`. */
export function scoresText(scores: Readonly<Record<string, number>>): string {
  return Object.entries(scores)
    .map(([name, value]) => `${name} ${scoreText(name, value)}`)
    .join(', ');
}

/** Shares of what is right are percentages. */
export function scoreText(name: string, value: number): string {
  return name === 'accuracy' || name.startsWith('top-') ? percent(value) : value.toFixed(4);
}
