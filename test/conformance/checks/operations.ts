import type { Check } from './check.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { FACTORS } from './factors.ts';
import { LIFETIMES } from './lifetimes.ts';
import { MEMORY } from './memory.ts';
import { NORMALISATION } from './normalisation.ts';
import { PRODUCTS } from './products.ts';
import { TABLES } from './tables.ts';

/** Every operation of `Ops`. */
export const OPERATIONS: readonly Check[] = [
  ...MEMORY,
  ...LIFETIMES,
  ...PRODUCTS,
  ...ELEMENTWISE,
  ...FACTORS,
  ...NORMALISATION,
  ...TABLES,
];
