import { expectNumber, expectWhole, optionsOf, readable } from '../../checks.ts';
import type { StopSignal } from '../../engines/give-way.ts';
import { ModelError, OptionError, show } from '../../errors.ts';
import type { Nested } from '../../tensor/tensor.ts';
import type { Model } from '../model/model.ts';

/** What `decode` is told. */
export interface DecodeOptions {
  /** The id that a target begins with, as in training. */
  readonly start: number;
  /** The id that ends one. */
  readonly end: number;
  /** The most ids that are written for a source, the end among them. */
  readonly maxLength: number;
  /** How many beginnings are kept at each step, the likeliest ones; 1, the likeliest id at each step, when left out. */
  readonly beam?: number;
  /** α of Wu et al. 2016 (arXiv:1609.08144): the logarithm of a probability counts over ((5 + length) / 6)^α. 0 when left out. */
  readonly lengthPenalty?: number;
  /** Ends the work between two steps, with an AbortError. */
  readonly signal?: StopSignal;
}

/** What was written for a source. */
export interface Decoded {
  /** Without the start and the end. */
  readonly ids: readonly number[];
  /** The logarithm of its probability, that of the end included. */
  readonly logProbability: number;
  /** Whether it came to its end within `maxLength`. */
  readonly ended: boolean;
}

/**
 * Writes targets by a model of `encoderDecoder` or of one's own with inputs `source` and `target`, whose last step says what comes next: greedily, or by a beam
 * search, which keeps the likeliest beginnings. Nothing is dropped. It predicts anew for each step, so that a target of L ids costs L (L + 1) / 2 steps.
 * @param source samples of the input `source`
 * @returns the likeliest target for each, in order
 * @throws ModelError for a model without probabilities at every step of a target, OptionError for wrong options
 * @example
 * ```ts
 * import { decode, dense, embedding, encoderDecoder, gru, key, sequential } from 'keepgate';
 *
 * const encoder = [embedding({ vocabulary: 4, units: 2 }), gru({ units: 3 })];
 * const decoder = [embedding({ vocabulary: 4, units: 2 }), gru({ units: 3, returnSequences: true })];
 * const model = sequential([encoderDecoder({ encoder, decoder }), dense({ units: 4, activation: 'softmax' })]);
 * const ids = { kind: 'tokens', vocabulary: 4 } as const;
 * await model.build({ inputs: { source: ids, target: ids } }, key(1));
 * const found = await decode(model, [[2, 3], [3]], { start: 0, end: 1, maxLength: 5, beam: 3 });
 * console.log(found.length, found.every(({ ids, ended }) => ended || ids.length === 5)); // prints: 2 true
 * await model.dispose();
 * ```
 */
export async function decode(
  model: Model,
  source: readonly Nested[],
  options: DecodeOptions,
): Promise<readonly Decoded[]> {
  const who = 'decode';
  const known = { start: true, end: true, maxLength: true, beam: true, lengthPenalty: true, signal: true } as const;
  const told = optionsOf(who, options, known);
  const { start, end, maxLength, beam = 1, lengthPenalty = 0, signal } = told;
  expectWhole(who, 'start', start, 0);
  expectWhole(who, 'end', end, 0);
  expectWhole(who, 'maxLength', maxLength, 1);
  expectWhole(who, 'beam', beam, 1);
  expectNumber(who, 'lengthPenalty', lengthPenalty);
  expectDecoder(who, model, source);
  let beams: readonly (readonly Decoded[])[] = source.map(() => [{ ids: [], logProbability: 0, ended: false }]);
  for (let step = 0; step < maxLength; step++) {
    const open = beams.flatMap((kept, i) => kept.filter(({ ended }) => !ended).map((one) => ({ one, i })));
    if (open.length === 0) break;
    const x = { source: open.map(({ i }) => source[i] as Nested), target: open.map(({ one }) => [start, ...one.ids]) };
    const predicted = await model.predict<number[][][]>(x, signal === undefined ? {} : { signal });
    const grown = new Map(
      open.map(({ one }, row) => [one, continued(one, (predicted[row] as number[][]).at(-1) ?? [], end)]),
    );
    beams = beams.map((kept) =>
      best(
        kept.flatMap((one) => grown.get(one) ?? [one]),
        beam,
        lengthPenalty,
      ),
    );
  }
  return beams.map(([first]) => first as Decoded);
}

/** A beginning with each id behind it; with the end it is over. */
function continued(one: Decoded, probabilities: readonly number[], end: number): Decoded[] {
  return probabilities.map((p, id) => ({
    ids: id === end ? one.ids : [...one.ids, id],
    logProbability: one.logProbability + Math.log(p),
    ended: id === end,
  }));
}

/** The likeliest, the first of equal ones before the others. */
function best(all: readonly Decoded[], beam: number, lengthPenalty: number): Decoded[] {
  const score = ({ ids, ended, logProbability }: Decoded): number =>
    logProbability / ((5 + ids.length + (ended ? 1 : 0)) / 6) ** lengthPenalty;
  const scored = all.map((one) => [score(one), one] as const).sort(([a], [b]) => b - a);
  return scored.slice(0, beam).map(([, one]) => one);
}

/** @throws ModelError unless it gives probabilities at each step of a target */
function expectDecoder(who: string, model: Model, source: unknown): void {
  if (!Array.isArray(source)) {
    throw new OptionError(`${who}: a list of samples was expected as source, but ${show(source)} came; pass x.source`);
  }
  if (!readable(who, () => Array.isArray(model?.layers) && typeof model.predict === 'function'))
    throw new ModelError(`${who}: a model was expected, but ${show(model)} came; sequential() makes one`);
  const names = Object.keys(model.layers[0]?.inputs ?? {});
  const ends = model.layers.at(-1)?.activation?.name;
  const isOne = names.includes('source') && names.includes('target');
  if (isOne && (model.loss?.link === 'softmax' || ends === 'softmax')) return;
  throw new ModelError(
    `${who}: a model with inputs source and target that was trained by softmaxCrossEntropy() was expected, but ${
      isOne ? 'one without probabilities' : `inputs ${names.join(', ')}`
    } came; begin it with encoderDecoder()`,
  );
}
