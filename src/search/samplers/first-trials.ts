import { isPlain, readable } from '../../checks.ts';
import { OptionError, show } from '../../errors.ts';
import { uniform } from '../../random/draws.ts';
import { fold, type Key } from '../../random/key.ts';
import { hasValue, valueAt } from '../dimension.ts';
import { type Params, paramsOf, type Space } from '../space.ts';
import type { Value } from '../training-options.ts';
import type { Sampler } from './sampler.ts';

/**
 * Trials to begin with, checked.
 * @throws OptionError for a name that the space does not have, and a value that the name cannot have there
 */
export function firstTrials(space: Space, given: unknown): readonly Params[] {
  const trials = readable('search', () => (Array.isArray(given) ? Array.from(given, copyOf) : null));
  if (trials === null) {
    throw new OptionError(`search: first: a list of params was expected, but ${show(given)} came`);
  }
  for (const [i, trial] of trials.entries()) {
    for (const [name, value] of Object.entries(trial)) {
      const dimension = space.dimensions.find((one) => one.name === name);
      if (dimension === undefined || !hasValue(dimension, value)) {
        const expected = dimension === undefined ? 'names of the space were' : `a value of the space's ${name} was`;
        const came = dimension === undefined ? show(name) : show(value);
        throw new OptionError(`search: first: ${expected} expected, but ${came} came at index ${i}`);
      }
    }
  }
  return trials;
}

function copyOf(trial: unknown): Params {
  return isPlain(trial) ? (Object.fromEntries(Object.entries(trial)) as Params) : { [show(trial)]: 0 };
}

/** The trials that are given, and then those of a sampler, which numbers its own from 0. */
export function beginningWith(first: readonly Params[], space: Space, key: Key, sampler: Sampler): Sampler {
  if (first.length === 0) return sampler;
  const stream = fold(key, 'first');
  return {
    trials: sampler.trials + first.length,
    ask(number, history) {
      const given = first[number];
      if (given === undefined) return sampler.ask(number - first.length, history);
      const trial = fold(stream, number);
      return paramsOf(space, (one) =>
        Object.hasOwn(given, one.name)
          ? (given[one.name] as Value)
          : valueAt(one, uniform(fold(trial, one.name), 1)[0] as number),
      );
    },
  };
}
