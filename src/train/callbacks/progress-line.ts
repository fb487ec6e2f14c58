import { scoresInWords } from '../../report/score-in-words.ts';
import type { Epoch } from '../history.ts';
import type { StepProgress } from './callback.ts';

/** What went by since a moment. */
export interface Elapsed {
  readonly seconds: number;
  readonly samples: number;
  readonly timesteps: number;
  /** Steps of training. */
  readonly steps: number;
}

/** Where a run stands, in one line: epoch, share, scores, what a second does, and what is left, as far as it has room. */
export function progressLine(
  { step, steps, epoch, epochs, scores }: Pick<StepProgress, 'step' | 'steps' | 'epoch' | 'epochs' | 'scores'>,
  { seconds, samples, timesteps, steps: done }: Elapsed,
  { title = '', width }: { readonly title?: string; readonly width: number },
): string {
  const share = Math.min(1, step / steps);
  const aSecond = (count: number): string => Math.round(count / Math.max(seconds, 1e-3)).toLocaleString('en');
  // Nobody knows how long a stream is.
  const known = Number.isFinite(steps);
  const parts = [
    `${title === '' ? '' : `${title}: `}epoch ${epoch}/${epochs}`,
    ...(known ? [`${bar(share)} ${Math.floor(100 * share)}%`] : []),
    scoresInWords(scores),
    ...(known && done > 0 ? [`${duration((seconds / done) * (steps - step))} left`] : []),
    `${aSecond(samples)} samples/s`,
    ...(timesteps > samples ? [`${aSecond(timesteps)} tokens/s`] : []),
  ];
  // What has no room is left out: a line that wraps cannot be drawn over.
  let line = '';
  for (const part of parts) {
    const longer = line === '' ? part : `${line} | ${part}`;
    if (longer.length < width) line = longer;
  }
  return line;
}

/** An epoch that is over, in one line. */
export function epochLine({ epoch, training, validation }: Epoch, epochs: number, seconds: number): string {
  const held = validation ? `, validation: ${scoresInWords(validation)}` : '';
  return `epoch ${epoch}/${epochs}: ${scoresInWords(training)}${held} (${duration(seconds)})`;
}

const CELLS = 20;

export function bar(share: number): string {
  const full = Math.round(CELLS * share);
  return '█'.repeat(full) + '░'.repeat(CELLS - full);
}

/** Seconds as they are read. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.floor(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
