import type { Key } from '../../random/key.ts';
import type { Space } from '../space.ts';
import { gridSampler } from './grid-sampler.ts';
import { randomSampler } from './random-sampler.ts';
import type { Sampler } from './sampler.ts';
import { sobolSampler } from './sobol-sampler.ts';
import { tpeSampler } from './tpe-sampler.ts';

/** Every sampler by its name. */
export const SAMPLERS: Readonly<Record<SamplerName, (space: Space, key: Key) => Sampler>> = {
  random: randomSampler,
  grid: gridSampler,
  sobol: sobolSampler,
  tpe: tpeSampler,
};

/** How trials are chosen: each by itself, on a grid, as evenly as can be, or from what came of those before. */
export type SamplerName = 'random' | 'grid' | 'sobol' | 'tpe';
