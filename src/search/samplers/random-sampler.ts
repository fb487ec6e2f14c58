import { uniform } from '../../random/draws.ts';
import { fold, type Key } from '../../random/key.ts';
import { valueAt } from '../dimension.ts';
import { paramsOf, type Space } from '../space.ts';
import type { Sampler } from './sampler.ts';

/** Each trial by itself. A name has a stream of its own: one more name changes no value of the others. */
export function randomSampler(space: Space, key: Key): Sampler {
  const stream = fold(key, 'random');
  return {
    trials: Number.POSITIVE_INFINITY,
    ask(number) {
      const trial = fold(stream, number);
      return paramsOf(space, (one) => valueAt(one, uniform(fold(trial, one.name), 1)[0] as number));
    },
  };
}
