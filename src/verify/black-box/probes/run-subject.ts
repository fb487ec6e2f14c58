import { messageOf } from '../../../errors.ts';
import { uniform } from '../../../random/draws.ts';
import { fold, type Key } from '../../../random/key.ts';
import type { Subject, SubjectCall, SubjectWeights } from '../../subject.ts';
import { GATES, kindOf } from '../decoding/cell-step.ts';
import { expectOutputs, type Outputs, SubjectFailure } from '../properties/output-fits.ts';

/** Run a subject and check the form of its outputs. @throws SubjectFailure when it throws, or they are not [B][T][H] */
export async function run(
  subject: Pick<Subject, 'forward' | 'hiddenSize'>,
  x: number[][][],
  call: SubjectCall,
): Promise<Outputs> {
  // A copy: a subject may write into what it is given.
  const copy = x.map((rows) => rows.map((row) => [...row]));
  // Even to look at what came may throw.
  return attempt('forward', async () => expectOutputs(await subject.forward(copy, call), x, subject));
}

/** Give a subject these weights, in both directions if it has two. @throws SubjectFailure when it throws */
export async function setWeights(subject: Subject, weights: SubjectWeights): Promise<void> {
  await attempt('setWeights', () => subject.setWeights(weights, weights));
}

/** How long a subject may take for one call, in ms. */
const PATIENCE = 60_000;

async function attempt<R>(name: string, work: () => R | Promise<R>): Promise<R> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new SubjectFailure(`${name}() did not answer within ${PATIENCE / 1000} s`)),
      PATIENCE,
    );
  });
  try {
    return await Promise.race([work(), late]);
  } catch (error) {
    if (error instanceof SubjectFailure) throw error;
    throw new SubjectFailure(`${name}() threw: ${messageOf(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** Weights between -0.8 and 0.8. */
export function randomWeights(subject: Subject, source: Key): SubjectWeights {
  const { inputSize, hiddenSize } = subject;
  const rows = GATES[kindOf(subject)].length * hiddenSize;
  const matrix = (name: string, width: number): number[][] => {
    const values = uniform(fold(source, name), rows * width, -0.8, 0.8);
    return Array.from({ length: rows }, (_, r) => [...values.slice(r * width, (r + 1) * width)]);
  };
  const vector = (name: string): number[] => matrix(name, 1).map(([value]) => value as number);
  return {
    weight_ih: matrix('weight_ih', inputSize),
    weight_hh: matrix('weight_hh', hiddenSize),
    bias_ih: vector('bias_ih'),
    bias_hh: vector('bias_hh'),
  };
}

/** Inputs between -1 and 1, [B][T][I]. */
export function randomInputs(source: Key, batch: number, time: number, inputSize: number): number[][][] {
  const values = uniform(source, batch * time * inputSize, -1, 1);
  return Array.from({ length: batch }, (_, b) =>
    Array.from({ length: time }, (_, t) => [
      ...values.slice((b * time + t) * inputSize, (b * time + t + 1) * inputSize),
    ]),
  );
}
