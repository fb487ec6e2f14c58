import type { Wrong } from './entry.ts';
import { batchMates } from './wrong/batch-mates.ts';
import { cellVariants } from './wrong/cell-variants.ts';
import { directions } from './wrong/directions.ts';
import { evaluation } from './wrong/evaluation.ts';
import { indices } from './wrong/indices.ts';
import { maskLifetime } from './wrong/mask-lifetime.ts';
import { maskSharing } from './wrong/mask-sharing.ts';
import { places } from './wrong/places.ts';
import { ratesAndScaling } from './wrong/rates-and-scaling.ts';
import { zones } from './wrong/zones.ts';

/** Every wrong implementation. A new one is one more entry in a file of `wrong/`. */
export const GALLERY: readonly Wrong[] = [
  ...places,
  ...maskLifetime,
  ...maskSharing,
  ...indices,
  ...ratesAndScaling,
  ...zones,
  ...cellVariants,
  ...evaluation,
  ...batchMates,
  ...directions,
];

/** Every wrong cell. */
export { cells as WRONG_CELLS } from './wrong/cells.ts';

/** Plans that are drawn wrongly. */
export { plans as WRONG_PLANS } from './wrong/plans.ts';
