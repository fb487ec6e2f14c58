import { rowSize } from '../../layers/signature.ts';
import type { CheckedExamples } from '../examples/examples.ts';
import { cut, type Sample } from '../examples/samples.ts';
import type { Loss } from '../losses/loss.ts';
import type { Architecture } from '../model/network.ts';

/** What says how wide rows of inputs and targets are. */
export interface Widths {
  readonly loss: Loss;
  readonly architecture: Pick<Architecture, 'input' | 'output'>;
}

/** How many chunks of `bptt` steps a batch has whose longest sample has so many steps: one at least. */
export function chunkCount(longest: number, bptt: number): number {
  return Math.max(1, Math.ceil(longest / bptt));
}

export function longestOf(samples: readonly Pick<Sample, 'steps'>[]): number {
  return samples.reduce((longest, { steps }) => Math.max(longest, steps), 0);
}

/** A batch of a model that predicts every step, in chunks of `bptt` steps. Samples that have ended have none there. */
export function* inChunks(batch: CheckedExamples, bptt: number, widths: Widths): Generator<CheckedExamples> {
  const { input, output } = widths.architecture;
  const size = input.vocabulary === undefined ? rowSize('model', input) : 1;
  const width = widths.loss.target === 'class' ? 1 : rowSize('model', output);
  for (let chunk = 0; chunk < chunkCount(longestOf(batch.x), bptt); chunk++) {
    const placesOf = ({ steps }: Sample): [number, number] => [
      Math.min(steps, chunk * bptt),
      Math.min(steps, (chunk + 1) * bptt),
    ];
    yield {
      ...batch,
      x: batch.x.map((sample) => {
        const [from, to] = placesOf(sample);
        const values = cut(sample.values as readonly number[], from, to, size) as Sample['values'];
        return { steps: to - from, values, given: to - from, from: 0 };
      }),
      y: batch.y.map((target, i) => {
        const [from, to] = placesOf(batch.x[i] as Sample);
        return cut(target as readonly number[], from * width, to * width, 1) as ArrayLike<number>;
      }),
    };
  }
}
