import { uniform } from '../../random/draws.ts';
import { fold, type Key } from '../../random/key.ts';
import { bounds, type Choice, type Dimension, type NumberRange, rangeValue } from '../dimension.ts';
import type { Params } from '../space.ts';
import type { Value } from '../training-options.ts';
import { logCdf, logMass } from './normal-distribution.ts';

/** Observations up to which all weigh the same; of more, the oldest weigh less. */
const RECENT = 25;

/** The width of a component where there is one observation and one name, as a share of the range (Optuna's). */
const WIDTH = 0.2;

/**
 * A density over params (Parzen 1962), as Optuna has it for multivariate TPE: a component for each observation, the product of a
 * truncated normal for each range and of a softened choice, and one for the prior, which is flat or nearly so.
 */
export class ParzenDensity {
  readonly #dimensions: readonly Dimension[];
  readonly #observations: readonly Params[];
  /** One a component, the prior last; they add up to 1. */
  readonly #weights: readonly number[];

  /** @param observations of all dimensions, the oldest first */
  constructor(dimensions: readonly Dimension[], observations: readonly Params[]) {
    this.#dimensions = dimensions;
    this.#observations = observations;
    const weights = [...weightsOf(observations.length), 1];
    const sum = weights.reduce((total, weight) => total + weight, 0);
    this.#weights = weights.map((weight) => weight / sum);
  }

  /** The logarithm of the density. */
  logDensity(params: Params): number {
    const terms = this.#weights.map((weight, component) =>
      this.#dimensions.reduce(
        (log, one) => log + this.#logOf(one, component, params[one.name] as Value),
        Math.log(weight),
      ),
    );
    const most = Math.max(...terms);
    return most + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - most), 0));
  }

  /** A draw from it: a component, and then a value of each dimension. */
  draw(key: Key): Params {
    const component = indexAt(this.#weights, uniform(fold(key, 'component'), 1)[0] as number);
    const values = this.#dimensions.map((one) => {
      const u = uniform(fold(fold(key, 'value'), one.name), 1)[0] as number;
      if (one.kind === 'choice')
        return [one.name, one.choices[indexAt(this.#shares(one, component), u)] as Value] as const;
      return [one.name, rangeValue(one, quantile(this.#normal(one, component), bounds(one), u))] as const;
    });
    return Object.fromEntries(values);
  }

  #logOf(one: Dimension, component: number, value: Value): number {
    if (one.kind === 'choice') return Math.log(this.#shares(one, component)[one.choices.indexOf(value)] as number);
    const normal = this.#normal(one, component);
    const { mean, deviation } = normal;
    const [low, high] = bounds(one);
    const all = logMass((low - mean) / deviation, (high - mean) / deviation);
    if (one.whole && !one.log) {
      // Of an integer it is all that is rounded to it.
      const x = value as number;
      return logMass((x - 0.5 - mean) / deviation, (x + 0.5 - mean) / deviation) - all;
    }
    const z = (scaled(one, value) - mean) / deviation;
    return -(z * z) / 2 - Math.log(Math.sqrt(2 * Math.PI) * deviation) - all;
  }

  /** The probabilities of the choices. */
  #shares({ name, choices }: Choice, component: number): readonly number[] {
    const soft = 1 / (this.#observations.length + 1);
    const seen = this.#observations[component]?.[name];
    const shares = choices.map((choice) => soft + (choice === seen ? 1 : 0));
    const sum = shares.reduce((total, share) => total + share, 0);
    return shares.map((share) => share / sum);
  }

  #normal(one: NumberRange, component: number): Normal {
    const count = this.#observations.length;
    const [low, high] = bounds(one);
    const seen = this.#observations[component];
    if (!seen) return { mean: (low + high) / 2, deviation: high - low };
    const width = WIDTH * Math.max(1, count) ** (-1 / (this.#dimensions.length + 4));
    const least = 1 / Math.min(100, count + 2);
    return {
      mean: scaled(one, seen[one.name] as Value),
      deviation: (high - low) * Math.min(1, Math.max(least, width)),
    };
  }
}

interface Normal {
  readonly mean: number;
  readonly deviation: number;
}

function scaled({ log }: NumberRange, value: Value): number {
  return log ? Math.log(value as number) : (value as number);
}

/** Of the observations, the oldest first: the last 25 weigh 1, and those before them rise to it. */
function weightsOf(count: number): readonly number[] {
  const old = Math.max(0, count - RECENT);
  return Array.from({ length: count }, (_, i) => {
    if (i >= old) return 1;
    return old === 1 ? 1 / count : 1 / count + (1 - 1 / count) * (i / (old - 1));
  });
}

/** The index that a number of [0, 1) falls on, when it is shared out so. */
function indexAt(shares: readonly number[], u: number): number {
  let sum = 0;
  const index = shares.findIndex((share) => {
    sum += share;
    return u < sum;
  });
  return index === -1 ? shares.length - 1 : index;
}

/** Where the share u of a truncated normal is below. Its mean is within the ends, so that nothing is lost in a tail. */
function quantile({ mean, deviation }: Normal, [low, high]: readonly [number, number], u: number): number {
  const below = (x: number): number => Math.exp(logCdf((x - mean) / deviation));
  const [from, to] = [below(low), below(high)];
  let [left, right] = [low, high];
  for (let i = 0; i < 60; i++) {
    const middle = (left + right) / 2;
    if (below(middle) - from < u * (to - from)) left = middle;
    else right = middle;
  }
  return (left + right) / 2;
}
