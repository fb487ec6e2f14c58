import { linePrinter, terminalBar, terminalWidth } from '#platform/process/terminal.js';
import { expectFunction, expectText, optionsOf } from '../../checks.ts';
import type { Callback, StepProgress } from './callback.ts';
import { type Elapsed, epochLine, progressLine } from './progress-line.ts';

/** What `progressBar` can be told. */
export interface ProgressBarOptions {
  /** Stands before it: the name of what trains. */
  readonly title?: string;
  /** Takes a line after each epoch. Standard output in Node; a page hands it in. */
  readonly print?: (line: string) => void;
}

const NOTHING: Elapsed = { seconds: 0, samples: 0, timesteps: 0, steps: 0 };

/**
 * A bar on the terminal while a model trains, with the loss, the metrics, samples and timesteps (for texts, tokens) a second and
 * the time that is left, and a line after each epoch. Where there is no terminal, the lines alone.
 * @throws OptionError for an option that it does not have; KeepgateError in a page without `print`
 * @example
 * ```ts
 * import { dense, key, meanSquaredError, progressBar, sequential } from 'keepgate';
 *
 * const model = sequential([dense({ units: 1 })]);
 * const bar = progressBar({ print: (line) => console.log(line) });
 * const options = { key: key(1), epochs: 2, loss: meanSquaredError(), callbacks: [bar] };
 * await model.fit({ x: [[0], [1]], y: [[1], [3]] }, options);
 * // prints: epoch 1/2: loss ...
 * // prints: epoch 2/2: loss ...
 * await model.dispose();
 * ```
 */
export function progressBar(options: ProgressBarOptions = {}): Callback {
  const { title = '', print = linePrinter() } = optionsOf('progressBar', options, { title: true, print: true });
  expectText('progressBar', 'title', title);
  expectFunction('progressBar', 'print', print);
  let drawn: Drawing | null = null;
  let began: number | null = null;
  let elapsed = NOTHING;
  let epochs = 0;
  return {
    async onStep(progress) {
      const { samples, timesteps } = progress;
      // The first step is not counted: engines make ready in it.
      if (began !== null) {
        elapsed = {
          seconds: (performance.now() - began) / 1000,
          samples: elapsed.samples + samples,
          timesteps: elapsed.timesteps + timesteps,
          steps: elapsed.steps + 1,
        };
      }
      began ??= performance.now();
      epochs = progress.epochs;
      if (terminalWidth() === null) return;
      drawn ??= await drawing(title);
      drawn.draw(progress, elapsed);
    },
    onEpoch(epoch) {
      drawn?.clear();
      const line = epochLine(epoch, epochs, (performance.now() - (began ?? performance.now())) / 1000);
      print(title === '' ? line : `${title}: ${line}`);
    },
    onEnd() {
      drawn?.clear();
      [drawn, began, elapsed] = [null, null, NOTHING];
    },
  };
}

interface Drawing {
  draw(progress: StepProgress, elapsed: Elapsed): void;
  /** The line is free again. */
  clear(): void;
}

async function drawing(title: string): Promise<Drawing> {
  const bar = await terminalBar((_, { value, total }, { progress, elapsed }: Payload) =>
    progressLine({ ...progress, step: value, steps: total }, elapsed, { title, width: terminalWidth() ?? 80 }),
  );
  return {
    draw(progress, elapsed) {
      const payload: Payload = { progress, elapsed };
      if (bar.isActive) bar.update(progress.step, payload);
      else bar.start(progress.steps, progress.step, payload);
    },
    clear: () => bar.stop(),
  };
}

interface Payload {
  readonly progress: StepProgress;
  readonly elapsed: Elapsed;
}
