import { optionsOf } from '../../checks.ts';
import { DataError } from '../../errors.ts';
import type { LengthsLike } from '../../layers/recurrent/lengths.ts';
import type { Loss } from '../losses/loss.ts';
import type { Architecture } from '../model/network.ts';
import { readSamples, type Sample, type Samples } from './samples.ts';
import { readTargets, type Target, type Targets, targetsOf } from './targets.ts';

/**
 * What a model learns from, one entry a sample. An input is what the first layer takes: token ids [T], a sequence
 * [T][I], or a vector [I]; samples need not be equally long. A target is a class number or a list of values; for a
 * model that hands on every step, a list of them, one a step. Wherever a list of numbers is, a typed array may be, and
 * all samples together may be one tensor: `tensor(data, [N, T, I])`, which copies nothing.
 */
export interface Examples {
  /** Inputs, one a sample: a list of them, or a tensor [N,T] of ids, [N,T,I] or [N,I]. */
  readonly x: Samples;
  /** Targets, as many. */
  readonly y: Targets;
  /**
   * Valid steps of each sample, where inputs are padded behind them; all are valid when left out. Targets that are one
   * a step are padded as the inputs are, with anything.
   */
  readonly lengths?: LengthsLike;
}

/** Examples that were checked, without padding. */
export interface CheckedExamples {
  readonly x: readonly Sample[];
  /** As many. */
  readonly y: readonly Target[];
}

/** Check all examples before any is used. @throws DataError or ShapeError for what a model cannot learn from */
export function checkExamples(loss: Loss, architecture: Architecture, examples: Examples): CheckedExamples {
  const { x, y, lengths } = examplesOf(examples);
  const samples = readSamples('examples', x, lengths, architecture);
  const targets = targetsOf(y);
  if (samples.length !== targets.length) {
    throw new DataError(
      `examples: as many targets as inputs were expected, but ${samples.length} inputs and ${targets.length} targets came`,
    );
  }
  if (samples.length === 0) throw new DataError('examples: at least one sample was expected, but none came');
  return { x: samples, y: readTargets(loss, architecture.output, targets, samples) };
}

/** @throws OptionError unless they have inputs and targets, and nothing unknown */
export function examplesOf(examples: Examples): Examples {
  return optionsOf('examples', examples, { x: true, y: true, lengths: true });
}

/** Some of the examples, in this order. */
export function pick({ x, y }: CheckedExamples, indices: readonly number[]): CheckedExamples {
  return { x: indices.map((i) => x[i] as Sample), y: indices.map((i) => y[i] as Target) };
}
