import { rowSize } from '../../layers/signature.ts';
import type { CheckedExamples } from '../examples/examples.ts';
import { cut, type Sample } from '../examples/samples.ts';
import type { Target } from '../examples/targets.ts';
import type { Loss } from '../losses/loss.ts';
import { headsOf } from '../losses/loss-by-head.ts';
import type { Architecture } from '../model/network.ts';

/** What says how wide rows of inputs and targets are. */
export interface Widths {
  readonly loss: Loss;
  readonly architecture: Pick<Architecture, 'inputs' | 'outputs'>;
}

/** How many chunks of `bptt` steps a batch has whose longest sample has so many steps: one at least. */
export function chunkCount(longest: number, bptt: number): number {
  return Math.max(1, Math.ceil(longest / bptt));
}

export function longestOf({ steps }: Pick<CheckedExamples, 'steps'>): number {
  return steps.reduce((longest, one) => Math.max(longest, one), 0);
}

/** A batch of a model that predicts every step, in chunks of `bptt` steps. Samples that have ended have none there. */
export function* inChunks(batch: CheckedExamples, bptt: number, widths: Widths): Generator<CheckedExamples> {
  const { inputs, outputs } = widths.architecture;
  const heads = headsOf(widths.loss, outputs);
  for (let chunk = 0; chunk < chunkCount(longestOf(batch), bptt); chunk++) {
    const placesOf = (i: number): [number, number] => {
      const steps = batch.steps[i] as number;
      return [Math.min(steps, chunk * bptt), Math.min(steps, (chunk + 1) * bptt)];
    };
    const x = Object.entries(inputs).map(([name, input]) => {
      const samples = batch.x[name] as readonly Sample[];
      // What each sample has one of is there in all of its chunks.
      if (input.over === 'batch') return [name, samples] as const;
      const size = input.vocabulary === undefined ? rowSize('model', input) : 1;
      return [name, samples.map((sample, i) => cutSample(sample, placesOf(i), size))] as const;
    });
    const y = heads.map(({ name, loss, output }) => {
      const width = loss.target === 'class' ? 1 : rowSize('model', output);
      const targets = batch.y[name] as readonly Target[];
      return [
        name,
        targets.map((target, i) => {
          const [from, to] = placesOf(i);
          return cut(target as readonly number[], from * width, to * width, 1) as Target;
        }),
      ] as const;
    });
    const steps = batch.steps.map((_, i) => placesOf(i)[1] - placesOf(i)[0]);
    yield { ...batch, x: Object.fromEntries(x), steps, y: Object.fromEntries(y) };
  }
}

function cutSample({ values }: Sample, [from, to]: readonly [number, number], size: number): Sample {
  const steps = to - from;
  return { steps, values: cut(values as readonly number[], from, to, size) as Sample['values'], given: steps, from: 0 };
}
