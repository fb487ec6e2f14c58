import { OptionError } from '../../errors.ts';
import { permutation } from '../../random/draws.ts';
import { fold, type Key } from '../../random/key.ts';
import { type Choice, gridValues } from '../dimension.ts';
import { isUsed, type Params, paramsOf, type Space } from '../space.ts';
import type { Value } from '../training-options.ts';
import type { Sampler } from './sampler.ts';

/** More trials nobody waits for. */
const MOST = 1_000_000;

/** The points of one scheme. */
interface Grid {
  readonly scheme: string;
  readonly axes: readonly { readonly name: string; readonly values: readonly Value[] }[];
  readonly points: number;
}

/**
 * Each point of a grid once, in a random order, so that the first ones are spread over all of it: of each scheme all
 * combinations of what it has a use for.
 * @throws OptionError for a grid of more than a million points
 */
export function gridSampler(space: Space, key: Key): Sampler {
  const [schemes, ...others] = space.dimensions;
  const grids: readonly Grid[] = ((schemes as Choice).choices as readonly string[]).map((scheme) => {
    const axes = others
      .filter(({ name }) => isUsed(space, scheme, name))
      .map((one) => ({ name: one.name, values: gridValues(one) }));
    return { scheme, axes, points: axes.reduce((product, { values }) => product * values.length, 1) };
  });
  const trials = grids.reduce((sum, { points }) => sum + points, 0);
  if (trials > MOST) {
    throw new OptionError(
      `grid: at most ${MOST} points were expected, but the space has ${trials}; give its ranges fewer points`,
    );
  }
  const order = permutation(fold(key, 'grid'), trials);
  const at = (point: number): Params => {
    let [index, rest] = [0, point];
    for (; rest >= (grids[index] as Grid).points; index++) rest -= (grids[index] as Grid).points;
    const { scheme, axes } = grids[index] as Grid;
    const values = new Map<string, Value>([['scheme', scheme]]);
    for (const { name, values: axis } of axes) {
      values.set(name, axis[rest % axis.length] as Value);
      rest = Math.floor(rest / axis.length);
    }
    return paramsOf(space, ({ name }) => values.get(name) as Value);
  };
  return { trials, ask: (number) => at(order[number] as number) };
}
