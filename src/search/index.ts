export { type Params, type Space, type SpaceJson, type SpaceOptions, spaceOf } from './space.ts';
export { defaultSpace } from './default-space.ts';
export type { Choice, Dimension, NumberRange } from './dimension.ts';
export type { Value } from './training-options.ts';
