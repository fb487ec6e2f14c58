import { fold, type Key } from '../../random/key.ts';
import type { Choice, Dimension } from '../dimension.ts';
import { isUsed, type Params, paramsOf, type Space } from '../space.ts';
import type { Value } from '../training-options.ts';
import { ParzenDensity } from './parzen.ts';
import { randomSampler } from './random-sampler.ts';
import type { Observed, Sampler } from './sampler.ts';

/** Scores that must have come before it says anything of its own. */
const FIRST = 10;

/** Of so many draws the best is taken. */
const CANDIDATES = 24;

/**
 * The tree-structured Parzen estimator (Bergstra et al. 2011), with Optuna's defaults: of draws near the best tenth of the trials, at
 * most 25, the one that is likeliest there in comparison with all others. What all trials have is drawn at once, the scheme
 * among it, and then what this scheme has in braces, from the trials that have the same names. Trials on their way to a first score count as bad,
 * so that others are tried beside them.
 */
export function tpeSampler(space: Space, key: Key): Sampler {
  const random = randomSampler(space, key);
  const stream = fold(key, 'tpe');
  const schemes = (space.dimensions[0] as Choice).choices as readonly string[];
  const isCommon = ({ name }: Dimension): boolean => schemes.every((scheme) => isUsed(space, scheme, name));
  const common = space.dimensions.filter(isCommon);
  return {
    trials: Number.POSITIVE_INFINITY,
    ask(number, history) {
      if (history.filter(({ state }) => state !== 'first').length < FIRST) return random.ask(number, history);
      const parts = splitHistory(history);
      const trial = fold(stream, number);
      const first = likeliest(common, parts, fold(trial, 'common'));
      const own = space.dimensions.filter((one) => !isCommon(one) && isUsed(space, first.scheme as string, one.name));
      const values = { ...first, ...likeliest(own, parts, fold(trial, 'scheme')) };
      return paramsOf(space, ({ name }) => values[name] as Value);
    },
  };
}

/** The best trials, and all others, each in the order of their numbers. */
interface Parts {
  readonly below: readonly Observed[];
  readonly above: readonly Observed[];
}

/** Complete trials come first, by their losses; then those that were scored after more epochs; then those that diverged. */
export function splitHistory(history: readonly Observed[]): Parts {
  const scores = history.filter(({ state }) => state !== 'first').length;
  const size = Math.min(Math.ceil(0.1 * scores), 25);
  const ranks = history.map(rankOf);
  const order = history.map((_, i) => i).sort((a, b) => compare(ranks[a] as Rank, ranks[b] as Rank) || a - b);
  const best = new Set(order.slice(0, size));
  return { below: history.filter((_, i) => best.has(i)), above: history.filter((_, i) => !best.has(i)) };
}

type Rank = readonly [number, number];

function rankOf({ state, epochs, loss }: Observed): Rank {
  if (state === 'first') return [Number.POSITIVE_INFINITY, 0];
  if (loss === null) return [1, 0];
  return [state === 'complete' ? Number.NEGATIVE_INFINITY : -epochs, loss];
}

function compare([a, lossA]: Rank, [b, lossB]: Rank): number {
  return a === b ? lossA - lossB : a < b ? -1 : 1;
}

/** Of draws from the density of the best, the one with the largest ratio of densities. */
function likeliest(dimensions: readonly Dimension[], { below, above }: Parts, key: Key): Params {
  if (dimensions.length === 0) return {};
  const density = (part: readonly Observed[]): ParzenDensity => {
    const seen = part.filter(({ params }) => dimensions.every(({ name }) => Object.hasOwn(params, name)));
    return new ParzenDensity(
      dimensions,
      seen.map(({ params }) => params),
    );
  };
  const good = density(below);
  const candidates = Array.from({ length: CANDIDATES }, (_, i) => good.draw(fold(key, i)));
  return candidates[bestOf(candidates, good, density(above))] as Params;
}

/** The index of the candidate that is likeliest by the first density in comparison with the second. */
export function bestOf(candidates: readonly Params[], good: ParzenDensity, bad: ParzenDensity): number {
  const scores = candidates.map((params) => good.logDensity(params) - bad.logDensity(params));
  return scores.indexOf(Math.max(...scores));
}
